#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No engine, and a second process: 69 and 75.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

one_machine
export BOTHY_FAKE=down
for command in plan up halt reload destroy provision status ssh ssh-config console; do
	exits 69 "$command where the engine is down" bothy "$command"
	like "$err" "^error: cannot reach the fake engine: it is down.hint: " '  says so'
	exits 69 'as JSON' bothy --json "$command"
	is "$(json -s 'length, .[0].error.kind' | tr '\n' ' ')" '1 engine ' '  is one document'
	is "$err" '' '  and nothing else'
done
exits 0 'validate needs no engine' bothy validate
unset BOTHY_FAKE

three_machines
BOTHY_FAKE=delay=2000 "$BOTHY" up >first.out 2>first.err </dev/null &
first=$!
# shellcheck disable=SC2016 # at_exit expands it
at_exit 'kill -INT $first 2>/dev/null'
ok 'a first process works' wait_until 10 grep -q network_ensure "$BOTHY_HOME/fake.json"
for command in up halt reload provision 'destroy -f'; do
	# shellcheck disable=SC2086 # an option may follow the command
	exits 75 "$command beside it" bothy $command
	like "$err" "cannot work on project 'project': '.*/lock' is locked by process $first \(up\)" '  names it'
	like "$err" 'hint: wait' '  with a hint'
done
exits 75 'as JSON' bothy --json up
is "$(json .error.kind)" busy 'too'
exits 0 'looking is allowed' bothy status
exits 0 'planning as well' bothy plan
kill -INT $first
wait $first
is $? 130 'the first one is interrupted'
exits 0 'then the second one can work' bothy up
is "$(states)" 'db=running node=running web=running' 'and brings everything up'

done=$(operations | wc -l)
BOTHY_FAKE=delay=100 "$BOTHY" destroy -f >first.out 2>&1 </dev/null &
first=$!
ok 'while one destroys' wait_until 10 was_done machine_remove "$done"
until run bothy up && ((status == 0)); do
	((status == 75)) || break
done
is "$status" 0 'others wait for their turn'
wait $first
is "$(states)" 'db=running node=running web=running' 'and find a lock of their own'
ok 'which is there' test -e .bothy/lock
done_testing
