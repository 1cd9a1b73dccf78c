#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy halt and destroy: order, questions, exit codes, and what stays behind.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# before OPERATION SUBJECT SUBJECT: the first was done to one before the other.
before() {
	local log
	log=$(operations)
	(($(grep -n "$1 $2" <<<"$log" | tail -n 1 | cut -d: -f1) < $(grep -n "$1 $3" <<<"$log" | tail -n 1 | cut -d: -f1)))
}

three_machines
exits 0 'halt with nothing there' bothy halt
like "$out" '^nothing to do' 'has nothing to do'
exits 0 'destroy as well' bothy destroy
like "$out" '^nothing to do' 'and does not ask'
ok 'nothing is left of it' test ! -e .bothy

bothy up -q
exits 0 'halt' bothy halt
is "$(states)" 'db=stopped node=stopped web=stopped' 'stops all'
ok 'who depends on another goes first' before machine_stop web db
exits 0 'again' bothy halt
is "$out" 'nothing to do: no machine is running' 'has nothing to do'
bothy up -q
exits 0 'one' bothy halt node
is "$(states)" 'db=running node=stopped web=running' 'leaves the others'
exits 0 'by force' bothy halt --force web
is "$(states)" 'db=running node=stopped web=stopped' 'works too'
exits 0 'as JSON' bothy halt --json
is "$(json -c '[.steps[] | .id]')" '["db/stop"]' 'is one document with the steps'
exits 0 'and with nothing to do' bothy halt --json
is "$(json .)" '{"steps":[]}' 'an empty one'

bothy up -q
exits 1 'destroy where nobody can be asked' bothy destroy
like "$err" "cannot ask whether to destroy machine '[a-z]+' and its data: standard input is not a terminal" \
	'refuses'
like "$err" "hint: 'bothy destroy -f' does not ask" 'and says what to type'
exits 1 'as JSON' bothy destroy --json
is "$(json .error.kind)" declined 'too'
is "$(states)" 'db=running node=running web=running' 'nothing happened'

exits 1 'no to all' answering 'n\nn\nn\n' "$BOTHY" destroy
is "$(states)" 'db=running node=running web=running' 'is 1 and nothing happened'
exits 1 'a mere return' answering '\n\n\n' "$BOTHY" destroy
is "$(states)" 'db=running node=running web=running' 'means no'
exits 2 'yes to one of two' answering 'y\nn\n' "$BOTHY" destroy web db
is "$(states)" 'db=running node=running web=not_created' 'is 2, and that one is gone'
ok 'its keys are gone too' test ! -e .bothy/machines/web -a -e .bothy/machines/db
exits 0 'yes to all' answering 'y\ny\n' "$BOTHY" destroy
is "$(states)" 'db=not_created node=not_created web=not_created' 'is 0 and all are gone'
is "$(engine '.networks | length')" 0 'the network as well'
ok 'the directory of the project is as before' test ! -e .bothy

bothy up -q
exits 0 'one, without a question' bothy destroy -f db
is "$(states)" 'db=not_created node=running web=running' 'it alone is gone'
ok 'the lock stays as long as there is a machine' test -e .bothy/lock
mkdir .bothy/logs && : >.bothy/logs/kept
exits 0 'all' bothy destroy --force
is "$(find .bothy | sort | tr '\n' ' ')" '.bothy .bothy/logs .bothy/logs/kept ' 'logs stay, nothing else'
exits 0 'again' bothy destroy -f
is "$out" 'nothing to do: no machine exists' 'has nothing to do'

bothy up -q
BOTHY_FAKE=fail=1 exits 1 'a halt that fails' bothy halt node
is "$(states)" 'db=running node=running web=running' 'leaves things as they are'
BOTHY_FAKE=fail=2 exits 1 'a destroy that fails in the middle' bothy destroy -f
like "$err" "cannot remove machine '" 'names what it could not remove'
exits 0 'the next one' bothy destroy -f
is "$(engine '.machines | length')" 0 'finishes'
bothy up -q
bothy destroy -f -q
ok 'who depends on another goes first' before machine_remove web db

bothy up -q
sed -i '/machine "node"/d' bothy.lua
exits 0 'a machine that the file no longer has' bothy status
like "$out" 'node  running .*no longer in the file' 'is shown'
exits 0 'destroyed' bothy destroy -f node
exits 64 'is unknown' bothy destroy -f node
done_testing
