#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A store on a disk that is really full: what is said, what is left, and the way out.
if ((EUID != 0)) || ! unshare --mount true 2>/dev/null; then
	echo '1..0 # SKIP needs root and mount namespaces'
	exit 0
fi
[[ ${BOTHY_TEST_MOUNTS:-} ]] || BOTHY_TEST_MOUNTS=1 exec unshare --mount --propagation private bash "$0"
. "${0%/*}/../lib.sh"
. "${0%/*}/failio.sh"
. "${0%/*}/store.sh"
. "$TOP/tests/cli/web.sh"

# on_disk SIZE: an empty store on a disk of that size.
on_disk() {
	export BOTHY_HOME=$TEST_TMP/small
	mkdir -p "$BOTHY_HOME"
	umount "$BOTHY_HOME" 2>/dev/null
	mount -t tmpfs -o "size=$1" none "$BOTHY_HOME" || exit
}
at_exit "umount '$TEST_TMP/small' 2>/dev/null"

# has_no_room WHERE HINT [REGEX]: the box does not fit, which is said; nothing is left but those files.
has_no_room() {
	on_disk 4M
	exits 1 "$label that does not fit" "$BOTHY" box add "${add[@]}"
	like "$err" "error: cannot use box .*'$BOTHY_HOME/?$1.*no space left on device" '  is told where there is no room'
	like "$err" "hint: $2" '  and what to do'
	is "$(is_right; nothing_but "${3:-}"; echo "$listed")" '[]' '  is not in the store'
}

# fits: it does once the disk is larger.
fits() {
	mount -o remount,size=48M "$BOTHY_HOME"
	is "$(can_be_added)" '' '  and can be added when there is room'
}

new_project
make_box raw.img && noise raw 16 >>raw.img && disk=$PWD/raw.img
a_box 'a disk image' --provider fake raw.img
has_no_room fake-bases 'make room there'
fits

serve
cp raw.img "$FILES/web.img" && disk=$FILES/web.img
a_box 'a box from the web' --provider fake "$WEB/web.img"
has_no_room '(downloads|fake-bases)' 'make room there' 'downloads/.*'
forget_requests
fits
like "$(requests web.img)" ' range=bytes=[1-9]' '  from where the download ended'

disk=''
mkdir -p root.d/usr/share && noise root 6 >root.d/usr/share/noise && make_rootfs root
a_box 'a root filesystem' root
has_no_room '' 'make room there'
like "$err" "member '.*usr/share/noise'" '  at which member'
fits

mount -o remount,size=16M "$BOTHY_HOME"
head -c 16M /dev/zero >"$BOTHY_HOME/else" 2>/dev/null
ok 'the disk is full' test "$(df --output=avail "$BOTHY_HOME" | tail -n 1)" -eq 0
exits 0 'a box can be removed all the same' "$BOTHY" box remove "$box_name"
is "$("$BOTHY" box list --json; nothing_but else)" '[]' '  and is gone'
ok '  which makes room' test "$(df --output=avail "$BOTHY_HOME" | tail -n 1)" -gt 5000
done_testing
