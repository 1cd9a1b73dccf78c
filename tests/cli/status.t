#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy status and list: what people and scripts see.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

keys='name provider state box box_version project directory addresses ports id links_down parted_from'
three_machines
exits 0 'status before anything exists' bothy status
is "$out" $'db    not_created  fake  -\nweb   not_created  fake  -\nnode  not_created  fake  -' 'is a table'
exits 0 'as JSON' bothy --json status
is "$(json '[.[] | keys_unsorted | join(" ")] | unique[]')" "$keys" 'has these keys, in this order'
is "$(json -c '.[0] | del(.directory)')" \
	'{"name":"db","provider":"fake","state":"not_created","box":"box.img","box_version":null,"project":"project","addresses":[],"ports":[],"id":null,"links_down":[],"parted_from":[]}' \
	'and these values'
exits 0 'list' bothy list --json
is "$(json .)" '[]' 'is empty'
exits 0 'as text' bothy list
is "$out" 'no machine exists on this host' 'says so'
ok 'nothing was made' test ! -e .bothy -a ! -e "$BOTHY_HOME/fake.json"

bothy up -q
exits 0 'status of what runs' bothy status --json
is "$(json -c '[.[].state] | unique')" '["running"]' 'it runs'
like "$(json '.[0].id')" '^[0-9a-f]{8}-[0-9a-f-]{27}$' 'it has an id'
is "$(json -c '.[0].addresses | map(keys_unsorted) | unique[]')" '["network","ip"]' 'and an address'
is "$(json '.[0].directory')" "$PROJECT" 'the directory is absolute'
exits 0 'as text' bothy status
like "$out" '^db    running  fake  10\.99\.0\.2' 'the same'
unlike "$out" $' \n' 'without spaces at the end of lines'
sed -i '0,/machine "db" {/s//machine "db" { ip = "192.168.56.10",/' bothy.lua
bothy up -q
exits 0 'with another card' bothy status db
like "$out" '^db +running +fake +10\.99\.0\.2, 192\.168\.56\.10$' 'that address is told, too'
exits 0 'list' bothy list --json
is "$(json '[.[] | keys_unsorted | join(" ")] | unique[]')" "$keys" 'has the same keys'
is "$(json -c 'map(.name)')" '["db","node","web"]' 'sorted'
exits 0 'quietly' bothy -q status
like "$out" '^db' 'what was asked for is shown'

project=$PROJECT
cd "$TEST_TMP" || exit 1
exits 0 'list from elsewhere' bothy list
is "$(grep -c "$project\$" <<<"$out")" 3 'shows the project'
cd "$project" || exit 1
BOTHY_FAKE=half=2 run bothy --json halt node
bothy halt -q
BOTHY_FAKE=kill=1 run bothy destroy -f node
exits 0 'a machine whose removal was cut off' bothy status
like "$out" $'\nnode  incomplete ' 'is called incomplete'
exits 0 'as JSON' bothy status --json node
is "$(json '.[0].state')" unknown 'its state is unknown'
is "$(json length)" 1 'one machine was asked for'
exits 0 'up' bothy up
is "$(states)" 'db=running node=running web=running' 'makes it anew'
done_testing
