#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy up: from nothing to everything, and again.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

three_machines_with 'post_up_message = "hello from here",'
exits 0 'the first up' bothy up
is "$(states)" 'db=running node=running web=running' 'starts all machines'
like "$out" '12 steps in [0-9.]+ s$' 'and counts its steps'
unlike "$out$err" $'\033|\r' 'no escapes and no carriage returns go through a pipe'
is "$(too_wide <<<"$out")" '' 'it fits 80 columns'
is "$(grep -c 'hello from here' <<<"$out")" 3 'each machine has its message'
ok 'db is provisioned before web starts' \
	test "$(operations | grep -n 'machine_provision db' | cut -d: -f1)" -lt \
	"$(operations | grep -n 'machine_start web' | cut -d: -f1)"

before=$(operations)
exits 0 'the second up' bothy up
is "$out" "nothing to do: everything is as 'bothy.lua' says" 'does nothing and says so'
is "$(operations)" "$before" 'the engine was not asked for anything'
exits 0 'quietly' bothy up -q
is "$out" '' 'it says nothing at all'

bothy destroy -f -q
exits 0 'one machine' bothy up web
is "$(states)" 'db=running node=not_created web=running' 'comes with its dependency'
unlike "$out" 'node  hello' 'the message of another is not shown'
exits 0 'again' bothy up web
like "$out" '^nothing to do' 'has nothing to do'
exits 0 'the rest' bothy up
is "$(grep -c hello <<<"$out")" 1 'only what was worked on has its message'

echo 'machine "lazy" { box = "box.img", autostart = false }' >>bothy.lua
exits 0 'a machine without autostart' bothy up
like "$out" '^nothing to do' 'is left alone'
exits 0 'unless it is named' bothy up lazy
is "$(states)" 'db=running lazy=running node=running web=running' 'then it runs'

bothy destroy -f -q
BOTHY_FAKE=fail-provision=shell-1 exits 1 'a provisioner that fails' bothy up
like "$err" "^error: provisioner 'shell-1' of machine 'db' failed: " 'is named with its machine'
like "$err" "hint: .*'bothy up'" 'with what to do next'
is "$(states)" 'db=running lazy=not_created node=running web=not_created' \
	'what it failed in stays, what needs it is undone, others came up'
like "$out" $'\n'"web +goes no further, since 'db' failed" 'what waited for it is told why it does not come up'
is "$(grep -c 'goes no further' <<<"$out")" 1 'and nobody else is'
exits 0 'the next up' bothy up
like "$out" 'provisioning shell-1 \(failed last time\)' 'continues there'
is "$(states)" 'db=running lazy=not_created node=running web=running' 'and finishes'

bothy destroy -f -q
BOTHY_FAKE=fail=3 exits 1 'a step that fails' bothy up node
like "$out" 'node  removed it again, since it did not come up' 'undoes what was created'
is "$(engine '.machines | length')" 0 'nothing is left'
is "$(engine '.networks | length')" 0 'no network either'
like "$err" '^error: .*operation 3' 'the error comes once, on standard error'
is "$(grep -c ^error: <<<"$err")" 1 'and it is one'
done_testing
