#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C in the middle of up: undone, said, 130.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# interrupted OPERATION SIGNAL COMMAND…: sends the signal as soon as that was done; sets $status.
interrupted() {
	local before
	before=$(operations | wc -l)
	BOTHY_FAKE=delay=1000 "${@:3}" >"$TEST_TMP/out" 2>"$TEST_TMP/err" </dev/null &
	local pid=$!
	wait_until 20 was_done "$1" "$before" && kill "-$2" "$pid"
	wait "$pid"
	status=$? out=$(cat "$TEST_TMP/out") err=$(cat "$TEST_TMP/err")
}

three_machines
interrupted 'machine_create node' INT "$BOTHY" up node
is "$status" 130 'Ctrl-C is 130'
like "$err" '^error: .*interrupted' 'the error says so'
like "$err" "hint: 'bothy up' goes on from there" 'and what to type'
like "$out" 'node  removed it again' 'what did not come up is undone'
is "$(engine '.machines | length')" 0 'it is gone'
is "$(engine '.networks | length')" 0 'with its network'
exits 0 'up' bothy up
is "$(states)" 'db=running node=running web=running' 'goes on'

bothy destroy -f -q
interrupted 'machine_start db' TERM "$BOTHY" up web
is "$status" 130 'an end by SIGTERM is 130 as well'
is "$(states)" 'db=running node=not_created web=not_created' 'what came up stays'
interrupted 'machine_start' HUP "$BOTHY" up --json
is "$status" 130 'a lost terminal too'
is "$(tail -n 1 <<<"$out" | jq -r .error.kind)" stopped 'the last line of the stream tells it'
exits 0 'up' bothy up -q

interrupted 'machine_stop web' INT "$BOTHY" halt
is "$status" 130 'Ctrl-C in halt'
exits 0 'halt' bothy halt
is "$(states)" 'db=stopped node=stopped web=stopped' 'goes on'
interrupted 'machine_remove' INT "$BOTHY" destroy -f
is "$status" 130 'Ctrl-C in destroy'
exits 0 'destroy' bothy destroy -f
is "$(engine '.machines, .networks | length' | sort -u)" 0 'goes on'
ok 'nothing stays in the project' test ! -e .bothy

bothy up -q
# Typed when the question is there: what comes before goes to nobody.
mkfifo keys
timeout 20 script -qefc "$BOTHY destroy" typescript <keys >/dev/null &
exec 9<>keys
ok 'a question' wait_until 10 grep -q 'y/N' typescript
interrupt() { printf '\003' >&9 && ! kill -0 $!; }
wait_until 10 interrupt
exec 9>&-
wait $!
is $? 130 'Ctrl-C at it'
is "$(states)" 'db=running node=running web=running' 'is not a yes'
done_testing
