#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One login shared by many commands into a real container, and never into another one.
. "${0%/*}/live.sh" debian-rootfs

project 'machine "web" { provider = "container", box = "@debian-rootfs@", memory = 256,
	provision = { shell [[ useradd -m dev || true ]] } }'
before=$(host_state)
keepers() { pgrep -f "connection-keeper $PROJECT/.bothy/machines/web\$"; }
no_keeper() { ! keepers; }
in_web() { bothy exec -- "$@"; }
# sshd's process for a connection is the parent of what runs there.
# shellcheck disable=SC2016 # for the guest's shell
connection() { in_web sh -c 'echo $PPID'; }

exits 0 'it comes up' bothy up
exits 0 'and has no keeper yet' no_keeper
first=$(connection)
for ((i = 0; i < 9; i++)); do echo "$first"; done >"$TEST_TMP/wanted"
for ((i = 0; i < 9; i++)); do connection; done >"$TEST_TMP/got"
ok 'ten commands have one connection' cmp "$TEST_TMP/wanted" "$TEST_TMP/got"
# shellcheck disable=SC2016 # for the guest's shell
is "$(bothy ssh web -c 'echo $PPID')" "$first" 'ssh has the same'
is "$(BOTHY_KEEP=0 connection | grep -c "^$first\$")" 0 'BOTHY_KEEP=0 has its own'
exits 64 'what is no time' env BOTHY_KEEP=soon "$BOTHY" exec -- true
like "$err" "BOTHY_KEEP: 'soon'" 'is told'
is "$(keepers | wc -l)" 1 'there is one keeper'
exits 0 'provisioning' bothy provision
is "$(connection | grep -c "^$first\$")" 0 'makes the next command log in anew, for groups may have changed'
exits 3 'a status passes' in_web sh -c 'exit 3'
is "$(seq 20000 | in_web sha256sum | cut -c 1-64)" "$(seq 20000 | sha256sum | cut -c 1-64)" 'and input'
is "$(in_web head -c 1G /dev/zero | wc -c)" 1073741824 'and a gigabyte'
ok 'which it does not hold in memory' test "$(awk '/VmHWM/ { print $2 }' "/proc/$(keepers)/status")" -lt 65536
jobs=() got=()
for ((i = 0; i < 15; i++)); do
	in_web sh -c "sleep 1; exit $i" </dev/null &
	jobs+=($!)
done
for job in "${jobs[@]}"; do
	wait "$job"
	got+=($?)
done
is "${got[*]}" '0 1 2 3 4 5 6 7 8 9 10 11 12 13 14' 'fifteen at once, more than sshd lets share a login'

# --- its end ---------------------------------------------------------------------------------

kill -9 "$(keepers)"
exits 0 'killed, it is not missed' in_web true
in_background in_web sleep 100
ok 'in the middle of a command' wait_until 10 in_web pgrep -x sleep
kill -9 "$(keepers)"
ends 1 'that one fails'
like "$out" "error: the session in 'web': .* has ended" 'and says why'
exits 0 'the next one does not' in_web true
exits 0 'halt' bothy halt
exits 0 'ends it' no_keeper
exits 1 'then exec' in_web true
like "$err" "error: machine 'web' is not running" 'says so'
exits 0 'up again' bothy up
exits 0 'exec' in_web true
exits 0 'reload' bothy reload
exits 0 'ends it' no_keeper
exits 0 'and exec is there again' in_web true
virsh -q -c lxc:/// destroy "$(virsh -q -c lxc:/// list --name | head -n 1)"
exits 1 'switched off behind our back' in_web true
like "$err" "error: machine 'web' is not running" 'it is not taken for running'
exits 0 'up once more' bothy up
in_web sh -c 'echo old >/root/old'
exits 0 'a machine that is made anew' bothy destroy -f
exits 0 'under the same name' bothy up
exits 1 'is not the old one' in_web test -e /root/old
mv .bothy/machines/web .bothy/machines/kept
exits 1 'without its keys' in_web true
like "$err" "error: there is no key" 'nobody gets in'
ok 'and a keeper that is lost ends' wait_until 10 no_keeper
mv .bothy/machines/kept .bothy/machines/web
exits 0 'with them' in_web true
ssh-keygen -q -t ed25519 -N '' -f "$TEST_TMP/other"
cp "$TEST_TMP/other" .bothy/machines/web/host_ed25519
exits 1 'with another host key expected' in_web true
like "$err" 'error: .*another host key' 'the open connection does not count'
exits 0 'destroy' bothy destroy -f
exits 0 'leaves no keeper' no_keeper
is "$(host_state)" "$before" 'and nothing else'
done_testing
