#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boxes into the store: paths, names, checksums, names that are taken.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"

serve
arch=$(dpkg --print-architecture 2>/dev/null || echo amd64)

# --- files ------------------------------------------------------------------------------------

new_project
make_box_of a.img one
digest=$(digest_of a.img)
exits 0 'a file' bothy box add a.img
like "$out$err" "added '$PROJECT/a.img' \(kvm, $arch, 1 MiB\) in [0-9.]+ s" 'is added'
is "$(stored)" "$one_box" 'with its content, and its disk with the engine'
ok 'byte for byte' holds a.img
is "$(names)" "$PROJECT/a.img - kvm $arch" 'under its whole path'
exits 0 'the same by another path' bothy box add --json "../${PROJECT##*/}/./a.img"
is "$(json -S .)" "{\"architecture\":\"$arch\",\"digest\":\"$digest\",\"name\":\"$PROJECT/a.img\",\"new\":false,\"provider\":\"kvm\",\"size_bytes\":65536,\"version\":null}" \
	'is that box, which is here already'
is "$(stored)" "$one_box" 'once'
exits 0 'a file: URL' bothy box add "file://$PROJECT/a.img"
is "$(names)" "$PROJECT/a.img - kvm $arch" 'too'
exits 0 'with a name and a version' bothy box add --json --name mine --box-version 1.2 a.img
is "$(json '[.name, .version, .new] | join(" ")')" 'mine 1.2 false' 'it has both'
exits 0 'Vagrant'"'"'s order of words' bothy box add other ./a.img
is "$(names | cut -d' ' -f1,2)" "$PROJECT/a.img -"$'\n''mine 1.2'$'\n''other -' 'gives a name, too'
is "$(stored)" 'names=3 boxes=1 fake-bases=1 downloads=0' 'three names, one content'

exits 64 'a version that is none' bothy box add --name x --box-version '>= 1' a.img
like "$err" "'>= 1'" 'is told'
make_box_of b.img two
exits 1 'other content under the same name' bothy box add --name mine --box-version 1.2 b.img
like "$err" "there is another box 'mine' 1.2 already.*--force" 'is refused'
is "$(bothy box info --json mine | jq -r '.[0].digest')" "$digest" 'the box is what it was'
is "$(stored)" 'names=3 boxes=1 fake-bases=1 downloads=0' 'and nothing else came'
exits 0 'with --force' bothy box add -f --name mine --box-version 1.2 b.img
is "$(bothy box info --json mine | jq -r '.[0].digest')" "$(digest_of b.img)" 'it is replaced'
exits 0 'another version' bothy box add --name mine --box-version 1.10 a.img
is "$(names | grep ^mine)" "mine 1.10 kvm $arch"$'\n'"mine 1.2 kvm $arch" 'newest first'
exits 0 'the same file changed' cp b.img a.img
exits 1 'under its path' bothy box add a.img
like "$err" 'another box.*--force' 'is another box'

# --- what comes back --------------------------------------------------------------------------

new_project
make_box_of a.img one
digest=$(digest_of a.img)
for sum in sha256 sha512 sha384 sha1 md5; do
	exits 0 "--checksum $sum:…" bothy box add -f --checksum "$sum:$("${sum}sum" a.img | cut -d' ' -f1)" a.img
	hex=$("${sum}sum" b.img 2>/dev/null || "${sum}sum" /dev/null)
	exits 1 'a wrong one' bothy box add -f --checksum "$sum:${hex%% *}" a.img
	like "$err" "$sum" 'names it'
	ok 'the box that was there stays' holds a.img
done
bothy box remove -q "$PROJECT/a.img"
exits 1 'a wrong one of a new box' bothy box add --checksum "sha256:${digest//[0-9]/0}" a.img
like "$err" "cannot use box 'a.img'.*$digest" 'tells what it is'
is "$(stored)" "$nothing" 'and leaves nothing'
exits 64 'a checksum that is none' bothy box add --checksum sha256:12 a.img
exits 64 'an unknown kind' bothy box add --checksum crc32:12345678 a.img
exits 64 'an empty source' bothy box add ''
exits 64 'no source' bothy box add
exits 64 'three words' bothy box add a b c
exits 64 'an option that is none' bothy box add --chekcsum=x a.img
like "$err" "did you mean '--checksum'" 'has a nearest one'
exits 64 '--insecure without a checksum' bothy box add --insecure "$WEB/a.img"
exits 64 'a provider that is none' bothy box add --provider kwm a.img
like "$err" "there is no provider 'kwm'" 'is told'
exits 1 'a file that is missing' bothy box add ./c.img
like "$err" "box './c.img' not found: there is no file '$PROJECT/c.img'" 'is told'
is "$(bothy box add --json ./c.img 2>&1 | jq -r .error.kind)" not_found 'as JSON, too'
exits 1 'a name nobody knows' bothy box add debain/12
like "$err" "'debain/12' not found.*did you mean 'debian/12'" 'has a nearest one'
echo 'not a box' >text.img
exits 1 'no box at all' bothy box add text.img
like "$err" "cannot use box 'text.img': not a box that is understood" 'is told once'
exits 1 'a disk as a container' bothy box add --provider container a.img
like "$err" "cannot use box 'a.img': it is a disk image, for provider \"kvm\"" 'is told'
is "$(stored)" "$nothing" 'nothing of all that is in the store'
exits 0 'list' bothy box list
like "$out$err" 'no box is in the store' 'says so'
is "$(bothy box list --json | jq -c .)" '[]' 'an empty list'
BOTHY_FAKE=fail=1 run bothy box add a.img
is "$status" 1 'an engine that fails'
is "$(stored)" "$nothing" 'leaves nothing'
BOTHY_FAKE=half=1 run bothy box add a.img
exits 0 'after one that fails in the middle' bothy box add a.img
is "$(stored)" "$one_box" 'all is well'
BOTHY_FAKE=kill=1 run bothy box add -f a.img
exits 0 'after one that was killed' bothy box add a.img
is "$(stored)" "$one_box" 'all is well, too'
done_testing
