#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With --json: exactly one document on standard output, on success and on failure.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# document STATUS WORD…: one JSON value on stdout, nothing else; sets $out.
document() {
	exits "$1" "${*:2}" bothy --json "${@:2}"
	is "$(jq -s length <<<"$out" 2>&1)" 1 '  is one document'
	is "$err" '' '  and nothing on standard error'
}

# failure STATUS KIND WORD…: {"error":{"kind","message","hint"},"errors":[…]}, the list beginning with that error, and nothing more.
failure() {
	document "$1" "${@:3}"
	is "$(json 'keys | join(" ")')" 'error errors' '  an error, and the list of all'
	is "$(json '.error == .errors[0], (.errors | length)' | xargs)" 'true 1' '  which has it alone'
	is "$(json '.error.kind')" "$2" "  of kind $2"
	is "$(json '.error | del(.problems) | keys_unsorted | join(" ")')" 'kind message hint' '  with its three keys'
}

three_machines
document 0 validate
document 0 version
document 0 help
document 0 help fields
document 0 help up
document 0 up --help
document 0 plan
document 0 status
document 0 list
document 0 halt
document 0 provision
document 0 reload
document 0 destroy -f
failure 1 not_found ssh web
failure 1 not_found exec web -- true
failure 1 not_found ssh-config
failure 1 not_found console web
failure 1 declined init box.img
rm bothy.lua
document 0 init box.img
for command in validate plan up reload provision; do
	echo 'machine { boxx = 1 }' >bothy.lua
	failure 65 envfile "$command"
	is "$(json '.error.problems[0].line')" 1 '  with the mistakes'
done
rm bothy.lua
for command in validate plan up halt reload destroy provision ssh ssh-config console status; do
	failure 1 not_found "$command"
done
failure 64 usage nonsense

one_machine_with 'provision = { shell "true" }'
bothy up -q
document 0 halt
is "$(json -c .steps)" '[{"id":"default/stop","kind":"stop","machine":"default"}]' '  with the steps'
bothy up -q
document 0 provision
document 0 reload
BOTHY_FAKE=fail=1 failure 1 provider halt
BOTHY_FAKE=fail-provision=shell-1 failure 1 guest provision
BOTHY_FAKE=bogus failure 64 usage halt
failure 1 declined destroy
document 0 destroy --force
is "$(json -c '[.steps[].kind]')" '["remove","network_remove"]' '  with the steps'
run bothy --json doctor
is "$(jq -s 'length, (.[0] | keys[0])' <<<"$out" | tr '\n' ' ')" '1 "problems" ' 'doctor is one document'
is "$(json '[.problems[] | keys_unsorted | join(" ")] | unique | map(select(. != "message hint")) | length')" 0 \
	'each problem has a message and a hint'
done_testing
