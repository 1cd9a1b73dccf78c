#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boxes where an engine does not answer: what can be shown is, with a warning; nothing goes that may be in use.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

new_project
make_box box.img
mkdir -p rootfs/{bin,etc,sbin} && touch rootfs/bin/sh rootfs/sbin/init rootfs/etc/os-release && chmod +x rootfs/bin/sh rootfs/sbin/init
tar -czf rootfs.tar.gz -C rootfs .
nowhere="qemu+unix:///system?socket=$PWD/nowhere"

BOTHY_LIBVIRT_URI=$nowhere exits 0 'an empty store is no question to engines' bothy box list
like "$err$out" '^no box is in the store' 'which says so'
bothy box add -q --name used --box-version 1 box.img
echo 'machine { box = "used" }' >bothy.lua
bothy up -q
printf x | dd of=box.img conv=notrunc status=none
bothy box add -q --name used --box-version 2 box.img
bothy box add -q --name tree --provider container rootfs.tar.gz

# unknown N: what --json and people are told of boxes for VMs, and how many warnings there are.
unknown() {
	is "$(bothy box list --json 2>/dev/null | jq -cS 'map({ (.name + (.version // "")): .in_use }) | add')" "$1" 'what is not known is null'
	exits 69 'box list' bothy box list
	is "$(wc -l <<<"$out")" 3 'shows all boxes'
	is "$(grep -o 'in use.*' <<<"$out" | paste -sd,)" "$2" 'with a question mark at those'
	is "$(grep -c '^warning: ' <<<"$err")" "$3" 'a warning tells of each engine'
}
BOTHY_FAKE=down unknown '{"tree":false,"used1":null,"used2":null}' 'in use?,in use?' 1
BOTHY_FAKE=down exits 69 'of one that does not answer' bothy box list
like "$err" "^warning: which boxes for 'kvm' are in use is not known: cannot reach the fake engine: it is down"$'\n''hint: ' 'with why, and what to do'
export BOTHY_LIBVIRT_URI=$nowhere
unknown '{"tree":false,"used1":true,"used2":null}' 'in use?,in use' 1
mkdir -p "$BOTHY_HOME/machines/somebody" # where there is a container, it may be one of that box
unknown '{"tree":null,"used1":true,"used2":null}' 'in use?,in use?,in use' 2
BOTHY_FAKE=down unknown '{"tree":null,"used1":null,"used2":null}' 'in use?,in use?,in use?' 2
exits 69 'box info' bothy box info tree
like "$out" '^tree ' 'tells what it can'
is "$(grep -c '^warning: ' <<<"$err")" 1 'and warns of the engine of that box alone'
exits 69 'as JSON' bothy box info tree --json
is "$(json '.[0].in_use')" null 'it is not known'
exits 1 'a box that is not there' bothy box info nobody
unlike "$err" 'warning' 'is just that'

exits 69 'box prune' bothy box prune --unused 1 --max-size 0
is "$(grep -c '^warning: ' <<<"$err")" 2 'warns'
is "$(bothy box list 2>/dev/null | wc -l)" 3 'and removes nothing that may be in use'
exits 69 'as JSON' bothy box prune --max-size 0 --json
is "$(json -c .removed)" '[]' 'likewise'
exits 69 'box remove of what a container may stand on' bothy box remove tree
like "$err" "^error: cannot remove box 'tree': whether a machine uses it is not known: cannot reach libvirt" 'refuses'
rm -r "$BOTHY_HOME/machines"
export BOTHY_LIBVIRT_URI=test:///default
BOTHY_FAKE=down exits 69 'where only the engine of VMs does not answer' bothy box prune --max-size 0 --dry-run
like "$out" '^tree ' 'what is for containers may go'
unlike "$out" 'used' 'and nothing else'
exits 0 'when all answer' bothy box list
unlike "$err$out" 'warning|in use\?' 'there is no doubt'
exits 0 'and what is not in use' bothy box prune --max-size 0
is "$(bothy box list | awk '{ print $1, $2 }')" 'used 1' 'goes'
done_testing
