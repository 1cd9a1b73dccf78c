#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A box file that was taken in is read again only if it has changed.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"

# settled FILE: its last change is old enough for another one to have another time.
settled() { (($(date +%s%3N) - $(stat -c %.3Z "$1" | tr -d .) > 200)); }

memories() { find "$BOTHY_HOME/digests" -name '*.json' 2>/dev/null; }

# What is read is remembered by a new file.
inodes() { memories | xargs -r stat -c %i | sort; }

one_machine
exits 1 'a box that is refused' bothy box add --checksum "sha256:$(digest_of bothy.lua)" box.img
is "$(memories)" '' 'is not remembered'

ok 'the change gets old' wait_until 10 settled box.img
ln -s box.img link.img
exits 0 'a file' bothy box add --provider fake ./link.img
is "$(memories | wc -l)" 1 'is remembered once'
is "$(jq -r .path "$(memories)")" "$PROJECT/box.img" '  by its path'
is "$(jq -r .sha256 "$(memories)")" "$(digest_of box.img)" '  with its digest'
before=$(inodes)
exits 0 'up' bothy up
is "$(inodes)" "$before" 'does not read it again'
# Same length, same time of change: only the kernel's own time tells.
cp -p box.img old.img
printf x | dd of=box.img bs=1 seek=60000 conv=notrunc status=none
touch -r old.img box.img
exits 1 'up after a change' bothy up
like "$err" "box $(digest_of old.img | cut -c1-12) → $(digest_of box.img | cut -c1-12)" \
	'sees what is in the file now'

# What is packed first has no file of its own.
new_project
mkdir box && make_box box/box.img
echo '{"provider":"libvirt","disks":[{"path":"box.img"}]}' >box/metadata.json
if qemu-img convert -f raw -O qcow2 box/box.img box/new 2>/dev/null && mv box/new box/box.img; then
	exits 0 'a directory' bothy box add --provider fake --name packed ./box
	is "$(memories)" '' 'is not remembered'
else
	skip 'a directory' 'needs qemu-img'
fi

# --- what is gone is forgotten ------------------------------------------------------------------

new_project
for name in stays goes; do make_box_of "$name.img" "$name"; done
for name in stays goes; do
	ok 'the change gets old' wait_until 10 settled "$name.img"
	exits 0 "a file that $name" bothy box add -q --provider fake "$PWD/$name.img"
done
is "$(memories | wc -l)" 2 'both are remembered'
rm goes.img && echo damaged >"$BOTHY_HOME/digests/$(printf 0%.0s {1..64}).json"
exits 0 'prune --dry-run' bothy box prune --dry-run
is "$(memories | wc -l)" 3 'forgets nothing'
exits 0 'prune' bothy box prune
is "$(memories | xargs jq -r .path)" "$PWD/stays.img" 'forgets what is gone, and what cannot be read'
done_testing
