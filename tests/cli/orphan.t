#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A forwarder whose project lost its directory: it lets the ports go, and 'up' waits for that.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/port.sh"

serve_words 'hello'
host=$(free_port)
one_machine_with "ports = { [$host] = $port }, boot_timeout = 60,"
at_exit "cd '$PROJECT' && '$BOTHY' destroy -f -q"
workers() { pgrep -f "forwarder-daemon worker $PWD/.bothy "; }
are_workers() { (($(workers | wc -l) == $1)); } # COUNT

exits 0 'up' bothy up
rm -r .bothy
exits 0 'up right after its directory was removed' bothy up
is "$(bothy port --guest "$port")" "$host" 'has the same port'
ok 'and there is one forwarder' wait_until 20 are_workers 1
exits 0 'up again' bothy up
like "$out" '^nothing to do' 'has nothing to do'

sed -i "s/ports = .*},/ports = { { host = $host, guest = $port, shift_if_taken = true } },/" bothy.lua
exits 0 'a port that may be another one' bothy up
rm -r .bothy
ok 'the forwarder of before ends' wait_until 20 no_forwarder
exits 0 'up' bothy up
is "$(bothy port --guest "$port")" "$host" 'is not another one'

# One that is slow to notice.
sed -i "s/ports = .*},/ports = { [$host] = $port },/" bothy.lua
exits 0 'a port that may be no other' bothy up
orphan=$(workers)
kill -STOP "$orphan"
at_exit "kill -KILL $orphan 2>/dev/null"
rm -r .bothy
"$BOTHY" up >"$TEST_TMP/log" 2>&1 </dev/null &
job=$!
ok 'up while the one of before holds the port' wait_until 20 are_workers 2
kill -CONT "$orphan"
status=0
wait "$job" || status=$?
is "$status" 0 'waits until it has let go'
unlike "$(cat "$TEST_TMP/log")" 'in use' 'and says nothing of it'
exits 0 'destroy' bothy destroy -f
ok 'nothing is left' wait_until 20 no_forwarder
done_testing
