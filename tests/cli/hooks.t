#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hooks: when they run, with what, what a failure stops, and --no-hooks.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# Of what ran, one line each.
ran() { cat ran 2>/dev/null; }
steps() { jq -r '.steps[] | select(.kind == "hook") | .id' <<<"$out" | paste -sd' '; }

# shellcheck disable=SC2016 # a variable of the hook's shell
one_machine_with '
	provision = { shell "true" },
	hooks = {
		before_up = { host [[
			echo "$BOTHY_EVENT $BOTHY_MACHINE $BOTHY_PROJECT $PWD" >>ran
			read -r line || echo "no input" >>ran
		]], note "at last" },
		after_up = { host "printf out; echo err >&2; echo after >>ran", guest "systemctl restart app" },
		before_provision = host "echo provision >>ran",
		before_halt = guest "sync",
		after_halt = host "echo halted >>ran",
		before_destroy = host "echo destroy >>ran",
		after_destroy = host "echo gone >>ran",
	},'
exits 0 'the plan' bothy plan
like "$out" 'hook before_up +on this host: echo .*; needs trust' 'shows the hooks, and that they need trust'
unlike "$out" 'guest: systemctl.*; needs trust' 'but not where they run in the guest'
like "$out" "'bothy trust --show' tells what 'bothy.lua' wants" 'and how to learn more'
exits 0 'as JSON' bothy plan --json
is "$(steps)" 'default/hook/before_up-1 default/hook/before_up-2 default/hook/before_provision-1 default/hook/after_up-1 default/hook/after_up-2' \
	'there they are in order'
is "$(json '[.steps[] | select(.needs_trust) | .id] | join(" ")')" \
	'default/hook/before_up-1 default/hook/before_provision-1 default/hook/after_up-1' 'with what needs trust'
unlike "$err" 'at last' 'a note in a hook waits for its event'

exits 0 'trusting it' bothy trust
exits 0 'up' bothy up
is "$(ran)" "before_up default project $PROJECT
no input
provision
after" 'runs them in order, in the directory of the project, with the facts and no input'
like "$out" 'default  at last' 'the note is shown'
like "$out" '\| out.*\| err|\| err.*\| out' 'and what a command says'
like "$out" 'ran hook after_up-1 in' 'and that it ended'
is "$(operations | tail -1)" 'machine_provision default' 'a command for the guest is the business of the guest'
rm ran
exits 0 'up again' bothy up
is "$(ran)" '' 'where there is nothing to do no hook runs'
exits 0 'halt' bothy halt
is "$(ran)" halted 'has its own'
exits 0 'up without hooks' bothy up --no-hooks
is "$(ran)" halted 'runs none'
exits 0 'nor does reload' bothy reload --no-hooks
exits 0 'nor provision' bothy provision --no-hooks
exits 0 'nor halt' bothy halt --no-hooks
is "$(ran)" halted 'none has run'
exits 0 'destroy with an answer' answering 'y\n' "$BOTHY" destroy
is "$(ran)" 'halted
destroy
gone' 'asks once a machine and runs its hooks'
bothy up -q && rm ran
exits 0 'destroy without hooks' bothy destroy -f --no-hooks
is "$(ran)" '' 'runs none'
ok 'nothing is left' test ! -e .bothy

one_machine_with 'hooks = { before_up = { host "exit 3", host "echo no >>ran" } },'
bothy trust >/dev/null
exits 1 'a hook that fails before up' bothy up
like "$err" "error: before_up of machine 'default' \(bothy.lua:3\): 'exit 3' ended with status 3" 'is named with its place'
like "$err" 'hint: .*--no-hooks' 'and how to go on without'
is "$(ran)" '' 'the next one does not run'
is "$(engine '[(.machines, .networks)[]?] | length')" 0 'nothing is made'
exits 0 'without it' bothy up -q --no-hooks
is "$(states)" 'default=running' 'the machine comes up'

# shellcheck disable=SC2016 # the same
one_machine_with 'hooks = { after_up = { host "kill -9 $$", host "echo no >>ran" } },'
bothy trust >/dev/null
exits 1 'one that fails after up' bothy up
like "$err" "after_up of machine 'default' .* ended with status 137" 'is an error'
is "$(states)" 'default=running' 'but the machine stays'

one_machine_with 'hooks = { before_destroy = host "false" },'
bothy trust >/dev/null && bothy up -q
exits 1 'one that fails before destroy' bothy destroy -f
is "$(states)" 'default=running' 'keeps the machine'
exits 0 'which goes without hooks' bothy destroy -f --no-hooks

# An interruption ends a hook with all that it started.
one_machine_with 'hooks = { before_up = host "echo $$ >pid; sleep 300 & sleep 300" },'
bothy trust >/dev/null
"$BOTHY" up >/dev/null 2>&1 &
ok 'a hook runs' wait_until 20 test -s pid
kill -INT $!
status=0
wait $! || status=$?
is "$status" 130 'interrupted'
# shellcheck disable=SC2016 # eval expands it
ok 'nothing of it is left' wait_until 10 eval '! pgrep -g "$(cat pid)"'
is "$(engine '[(.machines, .networks)[]?] | length')" 0 'nor is anything made'

new_project
make_box box.img
cat >bothy.lua <<'LUA'
defaults { box = "box.img", hooks = { before_up = host 'echo "$BOTHY_MACHINE" >>ran' } }
machine "db" { hooks = { after_up = guest "true" } }
machine "web" { depends_on = { "db" } }
machine "node" {}
LUA
bothy trust >/dev/null
BOTHY_FAKE=fail-provision=after_up exits 1 'a hook in a guest that fails' bothy up
is "$(states)" 'db=running node=running web=not_created' 'stops who depends on the machine, nobody else'
is "$(ran | sort | paste -sd' ')" 'db node web' 'hooks of defaults are for all'
exits 0 'it is not run again where nothing is to do' bothy up
is "$(states)" 'db=running node=running web=running' 'and the rest comes up'
done_testing
