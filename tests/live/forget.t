#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What bothy keeps in the project may be lost: the machines are the engine's, and so is the knowledge of them.
. "${0%/*}/live.sh" tiny-vm debian-rootfs

project '
defaults { memory = 128 }
machine "vm" { box = "@tiny-vm@", provision = { shell [[ echo mine >/root/kept ]] } }
machine "box" { provider = "container", box = "@debian-rootfs@", provision = { shell [[ echo mine >/root/kept ]] } }'
before=$(host_state)
elsewhere=$TEST_TMP/elsewhere
mkdir "$elsewhere"

states() { bothy "$@" --json | jq -r 'map(.name + "=" + .state) | sort | join(" ")'; }
id_of() { bothy list --json | jq -r --arg name "$1" '.[] | select(.name == $name).id'; }

# --- without .bothy --------------------------------------------------------------------------

exits 0 'a VM and a container' bothy up
old_key=$(cat .bothy/machines/vm/id_ed25519.pub)
cp .bothy/machines/vm/id_ed25519 "$TEST_TMP/old" && cp .bothy/machines/vm/known_hosts "$TEST_TMP/known"
address=$(bothy status --json | jq -r '.[] | select(.name == "vm").addresses[0].ip')
rm -rf .bothy
is "$(states status)" 'box=running vm=running' 'without .bothy, status shows them as before'
exits 1 'ssh has no key any more' bothy ssh vm -c true
like "$err" 'error: .*no key to log in to machine .vm.' 'and says so'
like "$err" 'hint: .*bothy up vm' 'with the cure'
exits 0 'the plan is to mend that' bothy plan
like "$out" 'vm +change .*keys' 'for the VM'
like "$out" 'box +change .*keys' 'and for the container'
exits 0 'up restores access' bothy up
is "$(bothy ssh vm -c 'cat /root/kept')" mine 'to the same VM'
is "$(bothy ssh box -c 'cat /root/kept')" mine 'and the same container'
unlike "$(cat .bothy/machines/vm/id_ed25519.pub)" "^$old_key" 'the key is a new one'
exits 255 'and the old one is refused' ssh -i "$TEST_TMP/old" -o UserKnownHostsFile=/dev/null -o BatchMode=yes \
	-o StrictHostKeyChecking=no "root@$address" true
exits 0 'then there is nothing to do' bothy up
like "$out" '^nothing to do' 'at all'
rm -rf .bothy
exits 0 'halt works without .bothy' bothy halt
is "$(states status)" 'box=stopped vm=stopped' 'and halts'
exits 0 'up starts them, with new keys again' bothy up
is "$(bothy ssh vm -c 'cat /root/kept')" mine 'so that one can log in'

# --- from elsewhere --------------------------------------------------------------------------

cd / || exit 1
is "$(states list)" 'box=running vm=running' 'list shows them from any directory'
is "$(bothy list --json | jq -r '[.[].directory] | unique | join(" ")')" "$PROJECT" 'with the project they belong to'
like "$(bothy list)" "vm.*$PROJECT|$PROJECT.*vm" 'for people too'
cd "$elsewhere" || exit 1
exits 1 'in a directory without a file status has nothing to show' bothy status
box=$(id_of box)
exits 0 'halt by id, from another directory' bothy halt "${box:0:8}"
is "$(states list)" 'box=stopped vm=running' 'halts that one'
exits 0 'up by id' bothy up "$box"
is "$(cd "$PROJECT" && bothy ssh box -c 'cat /root/kept')" mine 'brings it back'
exits 0 'ssh by id' bothy ssh "$(id_of vm)" -c 'cat /root/kept'
is "$out" mine 'logs in'

# --- without bothy.lua -----------------------------------------------------------------------

mv "$PROJECT/bothy.lua" "$TEST_TMP/kept.lua"
cd "$PROJECT" || exit 1
is "$(states status)" 'box=running vm=running' 'status works without bothy.lua'
exits 0 'halt does' bothy halt box
exits 0 'ssh does' bothy ssh vm -c 'cat /root/kept'
is "$out" mine 'since the key is there'
exits 1 'up cannot: nobody says what is wanted' bothy up
rm -rf .bothy
cd "$elsewhere" || exit 1
exits 0 'destroy by id, with neither' bothy destroy -f "$(id_of box)"
is "$(states list)" 'vm=running' 'destroys that one'
cd "$PROJECT" || exit 1
exits 0 'destroy in the directory, with neither' bothy destroy -f
cp "$TEST_TMP/kept.lua" bothy.lua
is "$(host_state)" "$before" 'leaves nothing behind'

# --- the directory itself --------------------------------------------------------------------

exits 0 'up once more' bothy up box
# What keeps the keys from the machine holds the directory that they are in.
cd / && rm -rf "$PROJECT" 2>"$TEST_TMP/log"
is "$(states list)" 'box=running' 'list still knows a machine whose project is deleted'
exits 0 'and destroy by id removes it' bothy destroy -f "$(id_of box)"
is "$(bothy list --json)" '[]' 'for good'
is "$(find "$PROJECT" -mindepth 1 ! -name .bothy)" '' 'without making anything anew'
done_testing
