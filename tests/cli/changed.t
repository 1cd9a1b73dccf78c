#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files that change while a command is at work: those that run on this host, and those that go into machines.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

mkdir "$TEST_TMP/bin"
PATH=$TEST_TMP/bin:$PATH
printf '#!/bin/sh\necho ran >>%q\n' "$TEST_TMP/asked" >"$TEST_TMP/bin/ansible-playbook"
chmod +x "$TEST_TMP/bin/ansible-playbook"
plays() { grep -c ran "$TEST_TMP/asked" 2>/dev/null; }
made() { grep -q 'machine_create a' "$BOTHY_HOME/fake.json"; }

# up_meanwhile COMMAND: 'bothy up', and COMMAND between the trust and the playbook; in $status and $err.
up_meanwhile() {
	BOTHY_FAKE=delay=300 "$BOTHY" up >"$TEST_TMP/log" 2>&1 </dev/null &
	local job=$!
	ok 'a machine is being made' wait_until 20 made
	eval "$1"
	status=0
	wait "$job" || status=$?
	err=$(cat "$TEST_TMP/log")
}
with_playbook() { # FIELDS: those of the machine
	new_project
	make_box box.img
	mkdir -p roles/web/tasks
	echo '- hosts: all' >site.yml
	echo '[]' >roles/web/tasks/main.yml
	printf 'machine "a" { box = "box.img", %s }\nonce_all_up { ansible "site.yml" }\n' "$1" >bothy.lua
	run bothy trust
	rm -f "$TEST_TMP/asked"
}

# --- what runs on this host ------------------------------------------------------------------

with_playbook ''
up_meanwhile 'echo "# of somebody" >>site.yml'
is "$status" 1 'a playbook that changed since it was trusted is refused'
like "$err" "error: .*what runs on this host changed after it was trusted" 'with the reason'
like "$err" "hint: .*'bothy trust' trusts it as it is" 'and a hint'
is "$(plays)" '' 'and was not run'
exits 1 'up again' bothy --no-input up
like "$err" "'bothy.lua' is not trusted, which is needed for provisioner 'site.yml' of once_all_up \(bothy.lua:2\)" 'needs trust'
run bothy trust
exits 0 'which was given: up' bothy up
is "$(plays)" 1 'runs it'

with_playbook ''
up_meanwhile 'echo "# of somebody" >>roles/web/tasks/main.yml'
is "$status" 1 'so is one whose role changed'
is "$(plays)" '' 'which was not run either'

with_playbook ''
up_meanwhile 'echo hello >README; touch site.yml; mkdir x; echo "[]" >x/tasks.yml'
is "$status" 0 'what is none of its files may change'
is "$(plays)" 1 'and it runs'

with_playbook 'hooks = { before_up = host "echo \"# of the hook\" >>site.yml" }'
exits 0 'what the file itself has changed on this host' bothy up
is "$(plays)" 1 'is trusted with it'

with_playbook 'hooks = { after_up = host "true" }'
up_meanwhile 'echo "# of somebody" >>site.yml'
is "$status" 1 'what a hook has not changed'
is "$(plays)" '' 'is not trusted because one has run'

# --- what goes into machines -----------------------------------------------------------------

new_project
make_box box.img
echo none >token
echo 'machine { box = "box.img", hooks = { before_up = host "echo some >token" }, provision = { upload "token" "/t" } }' >bothy.lua
run bothy trust
exits 0 'a file that is written before it is sent' bothy up
exits 0 'up again' bothy up
like "$out" '^nothing to do' 'knows what was sent'
echo other >token
exits 0 'another one' bothy plan
like "$out" 'default +provision token +changed' 'has to be sent'
done_testing
