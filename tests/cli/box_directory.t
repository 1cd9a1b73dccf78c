#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Directories as boxes.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"

# make_qcow2 FILE: an empty disk of 1 MiB in version 2 of the format: header, tables of one entry, all in clusters.
make_qcow2() {
	truncate -s 256K "$1"
	printf '%b' 'QFI\0373\0\0\0\002' '\0\0\0\0\0\0\0\0\0\0\0\0' '\0\0\0\020\0\0\0\0\0\020\0\0\0\0\0\0' \
		'\0\0\0\001\0\0\0\0\0\001\0\0' '\0\0\0\0\0\002\0\0\0\0\0\001' | dd of="$1" conv=notrunc status=none
	printf '\0\0\0\0\0\3\0\0' | dd of="$1" bs=1 seek=$((0x20000)) conv=notrunc status=none
	printf '\0\1\0\1\0\1\0\1' | dd of="$1" bs=1 seek=$((0x30000)) conv=notrunc status=none
}

new_project
mkdir plain unpacked
make_qcow2 unpacked/box.img
echo '{"provider": "libvirt", "format": "qcow2", "virtual_size": 1}' >unpacked/metadata.json
exits 0 'a box that was unpacked' bothy box add --name unpacked ./unpacked
ok 'has its disk' cmp unpacked/box.img "$BOTHY_HOME"/fake-bases/*.0
is "$(stored)" "$one_box" 'and nothing else is left'
exits 0 'again' bothy box add --json --name unpacked ./unpacked
is "$(json .new)" false 'it is the same box'
exits 0 'its whole path' bothy box add unpacked/
is "$(names | cut -d' ' -f1)" "$PROJECT/unpacked"$'\n'unpacked 'is its name'
exits 1 'a directory that is no box' bothy box add ./plain
like "$err" "'\./plain'|'$PROJECT/plain'" 'is told'
exits 1 'a word that is also a directory' bothy box add plain
like "$err" "'plain' not found.*the folder of that name is './plain'" 'has a hint'
exits 0 'both names' bothy box remove -q --all unpacked
is "$(stored)" "$nothing" 'can be removed'
done_testing
