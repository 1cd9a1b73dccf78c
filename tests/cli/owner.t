#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is written into a project: whose it is, and who may read it.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

three_machines
bothy up -q
is "$(find .bothy -name 'id_ed25519' -o -name 'host_ed25519' | wc -l)" 6 'each machine has two keys'
is "$(find .bothy \( -name 'id_ed25519' -o -name 'host_ed25519' \) ! -perm 600)" '' 'private keys are 0600'
is "$(find .bothy -perm /022)" '' 'nothing can be written by others'
is "$(find .bothy "$BOTHY_HOME" -name '*.??????' -type f ! -name '*.lock')" '' 'no temporary file stays'
bothy destroy -f -q
umask 077
bothy up -q
is "$(find .bothy \( -name 'id_ed25519' -o -name 'host_ed25519' \) ! -perm 600)" '' 'under a strict umask too'
umask 000
bothy destroy -f -q
bothy up -q
is "$(find .bothy -perm /022)" '' 'nor does a lax one open anything'
umask 022

if ((EUID != 0)); then
	skip 'under sudo all belongs to the owner of the directory' 'needs root'
	done_testing
fi
three_machines
chown -R 12345:23456 .
mkdir deep && chown 12345:23456 deep
exits 0 'root in a directory of somebody' bothy -C deep up -q
is "$(find . ! -uid 12345 -o ! -gid 23456)" '' 'all that was made belongs to that user'
exits 0 'again, after a change' bothy provision
is "$(find . ! -uid 12345 -o ! -gid 23456)" '' 'still'
BOTHY_FAKE=kill=1 run bothy destroy -f
bothy up -q
is "$(find . ! -uid 12345 -o ! -gid 23456)" '' 'also after a process was killed'
rm bothy.lua
exits 0 'init in it' bothy init box.img
is "$(stat -c %u:%g bothy.lua)" 12345:23456 'as well'

# The user can work on with what root has made.
base=${PROJECT%/*}
chmod 711 "$TEST_TMP" "$base" && chown -R 12345:23456 "$base"
user() { setpriv --reuid 12345 --regid 23456 --clear-groups "$BOTHY" "$@"; }
if setpriv --reuid 12345 --regid 23456 --clear-groups test -x "$BOTHY"; then
	exits 0 'the user can go on' user destroy -f
	is "$(engine '.machines | length')" 0 'to the end'
	ok 'and nothing of root is in the way' test ! -e .bothy
else
	skip 'the user can go on' 'the program is where only root may look'
fi
done_testing
