#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Options of bothy up: provisioners, loss of data, failures kept, events.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

ran() { operations | grep -c "^machine_provision"; }

three_machines
exits 0 'without provisioners' bothy up --no-provision
is "$(ran)" 0 'none runs'
exits 0 'they are due later' bothy up
is "$(ran)" 4 'and run then'
exits 0 'all again' bothy up --provision
is "$(ran)" 8 'they ran a second time'
exits 0 'one by its name' bothy up --provision-with=tune
is "$(ran)" 9 'it ran once more'
exits 0 'all of a kind' bothy up --provision-with shell
is "$(ran)" 12 'they ran'
exits 0 'a list' bothy up --provision-with tune,upload
is "$(ran)" 14 'both ran'
exits 64 'one that nobody has' bothy up --provision-with bogus
like "$err" "'bogus'" 'is named'

sed -i 's/\[\[ echo db \]\]/[[ echo other ]]/' bothy.lua
exits 0 'one that changed' bothy up
like "$out" 'provisioning shell-1 \(changed since it ran\)' 'runs again'

sed -i 's/box = "box.img"/& , disk = "3G"/' bothy.lua
ids=$(engine '.machines | keys')
exits 1 'what would lose data' bothy up
like "$err" "cannot ask whether to make machine 'db' anew and lose its data \(disk .*\): standard input is not a terminal" \
	'is not done without a question'
like "$err" 'hint: allow it with --recreate' 'but can be allowed'
is "$(engine '.machines | keys')" "$ids" 'nothing was touched'
exits 1 'with --no-input' answering 'y\n' "$BOTHY" --no-input up
like "$out" "'--no-input' was given" 'nobody is asked either'
exits 1 'who says no' answering 'n\n' "$BOTHY" up
like "$out" "machine 'db' was left as it is" 'is obeyed'
is "$(engine '.machines | keys')" "$ids" 'nothing was touched'
exits 0 'with --recreate' bothy up --recreate
unlike "$(engine '.machines | keys')" "$(jq -r '.[0]' <<<"$ids")" 'they are new'
sed -i 's/3G/4G/' bothy.lua
exits 0 'who says yes' answering 'y\ny\ny\n' "$BOTHY" up
is "$(engine '.machines | map(.disk_mib) | unique | length')" 1 'gets them made anew'

bothy destroy -f -q
BOTHY_FAKE=half=3 exits 1 'what failed' bothy up --keep node
is "$(engine '.machines | length')" 1 'stays for a look with --keep'
exits 0 'and can be continued' bothy up node

bothy destroy -f -q
exits 0 'a stream of events' bothy --json up
is "$err" '' 'nothing is on standard error'
is "$(jq -R 'fromjson? | objects | 1' <<<"$out" | wc -l)" "$(wc -l <<<"$out")" 'is one object a line'
is "$(json -s '[.[].event] | unique | join(" ")')" 'end step_done step_start' 'of these kinds'
is "$(json -s '.[-1] | .event, .steps' | tr '\n' ' ')" 'end 11 ' 'and an end that counts'
is "$(json -s '[.[] | select(.event == "step_done") | has("elapsed_ms")] | all')" true 'steps have times'
exits 0 'again' bothy up --json
is "$(json '.event, .steps' | tr '\n' ' ')" 'end 0 ' 'there is only the end'
bothy destroy -f -q
BOTHY_FAKE=fail=3 exits 1 'a failure in the stream' bothy up --json node
is "$(json -s '.[-1] | keys | join(" ")')" 'error errors' 'is its last line'
is "$(json -s '[.[].event | values] | unique | join(" ")')" 'step_done step_failed step_start undo' \
	'after what happened'
done_testing
