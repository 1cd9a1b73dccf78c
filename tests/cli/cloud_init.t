#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Data for cloud-init: not for a box that is known to have none, and only what can be merged with ours. Addresses for it:
# only those that nobody else would give.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"

new_project
serve
make_box "$FILES/plain.img"
make_box "$FILES/cloud.img"
printf cloud | dd of="$FILES/cloud.img" conv=notrunc status=none
export BOTHY_BOX_CATALOGS=$TEST_TMP/distros.json
jq -n --arg web "$WEB" '{ format: 1, distributions: [["plain", "credentials"], ["cloud", "nocloud"] | {
	name: "my/\(.[0])", title: .[0], images: [{ provider: "kvm", architecture: "amd64", user: "debian",
	first_boot: [.[1]], urls: ["\($web)/\(.[0]).img"] }] }] }' >"$BOTHY_BOX_CATALOGS"
with() { printf 'machine "web" { box = "my/%s", box_architecture = "amd64", provision = { cloud_init { user_data = "user-data.yml" } } }\n' "$1" >bothy.lua; }

echo '#cloud-config' >user-data.yml
with plain
exits 1 'a box without cloud-init' bothy up
like "$err" "error: .*machine 'web': box 'my/plain' has no cloud-init to give user data to" 'cannot be given any'
like "$err" 'hint: ' 'and there is something to do about it'
is "$(engine '.machines | length')" 0 'nothing is made'

with cloud
echo 'users: {bob: {}}' >>user-data.yml
exits 65 'data that cannot be merged with ours' bothy up
like "$err" "^error: machine 'web': cannot make the first-boot disk: .*'users' must be a list" 'are refused'
is "$(engine '.machines | length')" 0 'and nothing is made'
sed -i 's/users: .*/users: [bob]/' user-data.yml
exits 0 'others' bothy up
is "$(states)" web=running 'are given to it'
exits 0 'plan' bothy plan
like "$out" '^nothing to do' 'has nothing to do'
bothy destroy -f -q
made() { [[ $(engine '.machines[].complete') == true ]]; }
BOTHY_FAKE=delay=300 "$BOTHY" up >"$TEST_TMP/log" 2>&1 </dev/null &
job=$!
ok 'a machine that was made' wait_until 20 made
echo '# more' >>user-data.yml
wait "$job"
exits 0 'what it was given has changed since' bothy plan
like "$out" 'provision .* changed since it ran' 'which is seen'

# --- addresses -------------------------------------------------------------------------------

seated() { engine '.machines[] | .seed_cards // "none" | tostring'; }
is "$(seated)" '[]' 'of cards nothing is said'
exits 0 'destroy' bothy destroy -f
lone() { printf 'machine "web" { box = "my/%s", box_architecture = "amd64", management = false, networks = { %s } }\n' "$1" "$2" >bothy.lua; }
lan='bridged { dev = "br0", ip = "198.51.100.7/24", mac = "52:54:00:00:00:01" }'
lone cloud "$lan, host_only {}"
exits 0 'a machine with nothing but an address of its own' bothy up
is "$(seated)" '["52:54:00:00:00:01 198.51.100.7"]' 'is told of it before its first boot'
sed -i 's/100\.7/100.8/' bothy.lua
exits 0 'another address' bothy up
is "$(seated)" '["52:54:00:00:00:01 198.51.100.8"]' 'is told anew'
lone cloud "${lan/ip = /mtu = 1400, configure = false, ip = }"
exits 0 'a card that is left to the guest' bothy up
is "$(seated)" '[]' 'is left'
exits 0 'destroy' bothy destroy -f
lone plain "$lan"
exits 0 'without a cloud-init' bothy up
is "$(seated)" none 'nobody would read it'
exits 0 'destroy' bothy destroy -f
done_testing
