#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Commands that go into machines: their words, and what they say where nobody can go in.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

three_machines_with 'ready = { port = 80, command = "true", timeout = "2m" },'
exits 0 'up' bothy up --json
is "$(jq -r 'select(.event == "step_done").step' <<<"$out" | grep -c /ready)" 3 'machines without a guest are ready at once'
is "$(jq -r 'select(.event == "step_done").step' <<<"$out" | grep -E '^(db/ready|web/start)$' | paste -sd ' ')" \
	'db/ready web/start' 'in the order of who depends on whom'

exits 0 'up again' bothy up
like "$out" '^nothing to do' 'knows that they were ready'
record=.bothy/machines/db/provision.json
jq 'del(.ready)' "$record" >changed && cat changed >"$record"
exits 0 'one that was not seen to be' bothy plan
like "$out" '^db +wait until ready +port 80 is open.*, which was not seen since it started' 'is waited for'
exits 0 'up' bothy up
exits 0 'and then' bothy up
like "$out" '^nothing to do' 'no more'
jq '.machines |= map_values(if .name == "db" then .start += "1" else . end)' "$BOTHY_HOME/fake.json" >changed &&
	cat changed >"$BOTHY_HOME/fake.json"
exits 0 'somebody else started it anew' bothy plan
like "$out" '^db +wait until ready .*, which was not seen since it started' 'is waited for'
unlike "$out" '^(web|node) ' 'and nobody else is'
exits 0 'up' bothy up
exits 0 'and then' bothy up
like "$out" '^nothing to do' 'no more'
exits 0 'halt of it' bothy halt db
is "$(jq .ready "$record")" null 'forgets that it was'
BOTHY_FAKE=kill=1 run bothy up db
is "$(jq -r .ready "$record")" null 'as long as nobody has seen it'
sed -i 's/port = 80/port = 81/' bothy.lua
exits 0 'up' bothy up --json
is "$(jq -r 'select(.event == "step_done").step' <<<"$out" | sort | paste -sd ' ')" \
	'db/ready node/ready web/ready' 'another readiness has to be seen, too'

echo x >file
exits 64 'upload of nothing' bothy upload
like "$err" 'hint: usage: bothy upload' 'shows how'
exits 64 'four words' bothy upload file a b c
exits 1 'what is not there' bothy upload gone
like "$err" "error: there is no 'gone' to upload" 'is named'
exits 64 'several machines and none is primary' bothy upload file
exits 64 'an unknown one' bothy upload file /tmp/x nobody
exits 64 'an empty place' bothy upload file '' web
for what in 'upload file web' 'upload file /tmp/x web' 'download /etc/hostname web' 'exec web -- true' 'ssh web'; do
	# shellcheck disable=SC2086
	exits 1 "$what" bothy $what
	like "$err" "error: cannot log in to machine 'web': provider 'fake' has no guests" '  says why not'
done
exits 64 'download of nothing' bothy download
ok 'and nothing came' test ! -e hostname

exits 64 'exec without a command' bothy exec web
exits 64 'exec in all without one' bothy exec --all
exits 64 'exec in all and some' bothy exec --all web -- true
exits 64 'exec on a terminal in many' bothy exec -t web db -- true
exits 255 'exec in many' bothy exec web db -- true
like "$err" "(^|"$'\n'")db +\| error: cannot log in to machine 'db'" 'tells each'
exits 255 'as a document' bothy exec --all --json -- true
is "$(json 'map("\(.machine)=\(.status)=\(.error.kind)") | sort | join(" ")')" 'db=null=guest node=null=guest web=null=guest' \
	'it says so of each'
exits 1 'a document of one' bothy exec --json web -- true
is "$(json .error.kind)" guest 'is an error as of any command'
exits 64 'on a terminal' bothy exec --json -t web -- true
is "$(json .error.kind)" usage 'there is none'
exits 64 'a name that nobody has' bothy exec web nobody -- true
exits 0 'halt' bothy halt
exits 1 'exec in all of none' bothy exec --all -- true
like "$err" 'error: no machine is running' 'says so'

one_machine_with 'guest = "none", ready = { port = 80 }'
exits 0 'an appliance' bothy up
exits 0 'is there' bothy up
like "$out" '^nothing to do' 'as well'
one_machine_with 'guest = "none", provision = { shell [[ true ]] }'
exits 65 'one that is to be provisioned' bothy validate
like "$err" "provision: with guest = \"none\" there is nothing to provision" 'is a mistake'

# A file that would have ssh run something does not get as far.
one_machine_with 'ssh = { user = "x\n  ProxyCommand touch owned" }'
exits 65 'an order to ssh in the name of a user' bothy up
like "$err" 'ssh.user: not a usable name of a user' 'is a mistake'
done_testing
