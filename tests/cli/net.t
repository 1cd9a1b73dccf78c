#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy net: cards, their cables, and machines that hear nothing of each other.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

three_machines
exits 0 'before anything is made' bothy net
is "$out" 'no machine exists that could have a card' 'says that there is none'
exits 0 'that is an empty list' bothy net --json
is "$(json 'length')" 0 'also for programs'
exits 1 'what is not made' bothy net partition web db
like "$err" "error: machine 'web' is not created" 'cannot be parted'
like "$err" 'hint: bothy up web' 'with what to do'

bothy up -q
exits 0 'then' bothy net
is "$(wc -l <<<"$out")" 3 'each machine has its card'
like "$out" 'web +1  management +52:54:00:.* 10\.99\.0\.[0-9]+ +up' 'with all that matters'
is "$(too_wide <<<"$out")" '' 'it fits 80 columns'
exits 0 'one of them' bothy net web --json
is "$(json -c '.[0] | keys_unsorted')" '["machine","number","network","kind","mac","ip","ipv6","up","parted_from"]' 'is a document'
mac=$(json -r '.[0].mac')
for card in management 1 "$mac"; do
	exits 0 "the card called $card" bothy net web --down "$card"
	like "$out" "card 'management' of 'web' is down until" 'goes down'
	is "$(bothy net web --json | jq '.[0].up')" false 'and is'
	is "$(bothy status --json | jq -c 'map({ (.name): .links_down }) | add')" '{"db":[],"web":["management"],"node":[]}' 'which status tells'
	like "$(bothy status web)" '  no cable: management$' 'to people as well'
	exits 0 'and up' bothy net web --up "$card" --json
	is "$(json .up)" true 'again'
done
is "$(bothy net web --json | jq '.[0].up')" true 'it is up'
exits 64 'a card it has not' bothy net web --down lan
like "$err" "error: machine 'web' has no card 'lan'" 'is named'
like "$err" "hint: its cards: 1 'management'" 'with those it has'
exits 64 'both at once' bothy net web --down 1 --up 1
exits 64 'of several machines' bothy net web db --down 1
like "$err" 'exactly one machine.hint: usage: bothy net' 'is too much'
exits 64 'a machine nobody knows' bothy net nobody --down 1

exits 0 'a partition' bothy net partition web db
like "$out" "'web' and 'db' hear nothing of each other" 'says what it does'
is "$(engine '[.parted[][][] | length] | tojson')" '[1,1]' 'parts their cards'
cuts() { "$BOTHY" "$1" --json | jq -c 'map({ (.machine // .name): .parted_from }) | add'; }
is "$(cuts net)" '{"db":["web"],"web":["db"],"node":[]}' 'net shows it'
is "$(cuts status)" "$(cuts net)" 'and status'
like "$(bothy net)" $'web +1 [^\n]* up  parted from db\n' 'behind the cards'
is "$(bothy status | grep -o 'parted from.*' | paste -sd,)" 'parted from web,parted from db' 'and behind the ports'
exits 0 'of one from all others' bothy net partition web db node
is "$(cuts status)" '{"db":["web"],"web":["db","node"],"node":["web"]}' 'is seen at each of them'
is "$(bothy net web | grep -o 'parted from.*')" 'parted from db, node' 'at that one with all names'
is "$(engine '[.parted[][] | map(length)] | tojson')" '[[1,1],[1,2]]' 'comes on top'
exits 0 'heal' bothy net heal
is "$(engine '.parted | length')" 0 'mends everything'
unlike "$(bothy net; bothy status)" 'parted' 'and nothing is seen of it'
exits 0 'and again' bothy net heal
exits 64 'one machine' bothy net partition web
like "$err" 'two machines' 'is not enough'
like "$err" 'hint: bothy net partition web db' 'with how it is done'
exits 64 'the same machine twice' bothy net partition web web

bothy halt -f -q web
exits 1 'a machine that is off' bothy net web --down 1
like "$err" 'hint: bothy up web' 'has no cable to pull'
BOTHY_FAKE=fail=1 exits 1 'an engine that refuses' bothy net db --down 1
like "$err" "cannot pull the cable of card 'management' of machine 'db': .*operation 1" 'is heard'
bothy net partition web db -q
bothy destroy -f -q
is "$(engine '.parted | length')" 0 'a partition goes with the project'

new_project
make_box box.img
echo 'defaults { box = "box.img" } machine "a" {} machine "a-machine-with-a-long-name" {}' >bothy.lua
bothy up -q
exits 0 'a long name' bothy net
is "$(awk '{ print index($0, "52:54") }' <<<"$out" | sort -u | wc -l)" 1 'moves the columns of all'
done_testing
