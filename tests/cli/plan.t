#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy plan: the steps, their reasons, and nothing touched.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

three_machines
before=$(snapshot .)
exits 0 'a plan from nothing' bothy plan
is "$(snapshot .)" "$before" 'the directory is as it was'
ok 'and the engine was not touched' test ! -e "$BOTHY_HOME/fake.json"
like "$out" 'web   create .* not created' 'a step tells its machine and reason'
like "$out" "12 steps; 'bothy up' does them$" 'the steps are counted'
is "$(too_wide <<<"$out")" '' 'it fits 80 columns'
unlike "$out" $'\033|\r' 'no escapes go through a pipe'
exits 0 'with colours' bothy --color=always plan
like "$out" $'\033\\[' 'there are escapes'

exits 0 'as JSON' bothy plan --json
is "$(json 'keys[]')" steps 'the document has steps'
is "$(json '.steps | length')" 12 'all of them'
is "$(json '[.steps[] | keys_unsorted | join(" ")] | unique[]')" 'id kind machine reason effect needs needs_trust' \
	'each with the same keys, in order'
is "$(json '.steps[] | select(.id == "web/start") | .needs | sort | join(" ")')" \
	'db/provision/shell-1 web/create' 'a dependency is ready once it is provisioned'
# shellcheck disable=SC2016 # a variable of jq
is "$(json '[.steps[].id] as $ids | [.steps[].needs[]] - $ids | length')" 0 'needs are ids of steps'
is "$(json '[.steps[].effect] | unique[]')" none 'nothing is lost'

exits 0 'one machine' bothy plan web
like "$out" "; 'bothy up web' does them$" 'is what up would have to be told'
exits 0 'as JSON' bothy plan --json web
is "$(json '[.steps[].machine | values] | unique | join(" ")')" 'db web' 'comes with its dependency'
exits 0 'without provisioners' bothy plan --json --no-provision
is "$(json '[.steps[] | select(.kind == "provision")] | length')" 0 'there are none'
exits 0 'one of them' bothy plan --json --provision-with tune
is "$(json '[.steps[] | select(.kind == "provision") | .id] | join(" ")')" node/provision/tune 'only that'
exits 64 'one that only another one has' bothy plan --provision-with tune web
like "$err" "no machine that this is about has a provisioner 'tune'.hint: machine 'node' has it: name that" 'is told with that'
exits 64 'one nobody has' bothy plan --provision-with tun
like "$err" "no machine has a provisioner 'tun'" 'is named'

bothy up -q
before=$(snapshot . "$BOTHY_HOME")
exits 0 'when all is done' bothy plan
is "$out" "nothing to do: everything is as 'bothy.lua' says" 'it says so'
exits 0 'as JSON' bothy plan --json
is "$(json .)" '{"steps":[]}' 'there are no steps'
exits 0 'asked for again' bothy plan --provision
like "$out" 'provision tune *asked for' 'all provisioners are due'
is "$(snapshot . "$BOTHY_HOME")" "$before" 'and nothing was touched'

sed -i 's/machine "node" {/& memory = "1G",/' bothy.lua
before=$(snapshot . "$BOTHY_HOME")
exits 0 'after a change of memory' bothy plan
is "$out" "node  change  memory 512 MiB → 1 GiB; restarts it"$'\n'"1 step; 'bothy up' does them" \
	'there is one step with cause and effect'
exits 0 'as JSON' bothy plan --json
is "$(json '.steps[0] | del(.needs)')" \
	'{"id":"node/update","kind":"update","machine":"node","reason":"memory 512 MiB → 1 GiB","effect":"restart","needs_trust":false}' \
	'it is the same'
sed -i 's/memory = "1G"/disk = "3G"/' bothy.lua
exits 0 'after a change of the disk' bothy plan
like "$out" 'node  remove .*its data is lost' 'the loss is announced'
is "$(snapshot . "$BOTHY_HOME" | grep -v bothy.lua)" "$(grep -v bothy.lua <<<"$before")" 'and nothing was touched'
exits 0 'quietly' bothy -q plan
like "$out" '^node  remove' 'the plan is what was asked for'

mkdir "$TEST_TMP/a-directory-with-a-long-name"
make_box "$TEST_TMP/a-directory-with-a-long-name/box.img"
bothy destroy -f -q
sed -i "s,\"box.img\",\"$TEST_TMP/a-directory-with-a-long-name/box.img\"," bothy.lua
printf x >>"$TEST_TMP/a-directory-with-a-long-name/box.img"
exits 0 'a box with a long path' bothy plan
like "$out" 'bring box box.img  +not in the store' 'is shown by its last part'
exits 0 'and when it is brought' bothy up
like "$out" 'box ready: box.img in' 'as well'
done_testing
