#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Which machines words mean: names, /regex/, ids from anywhere.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

shown() { bothy status --json "$@" | jq -r 'map(.name) | join(" ")'; }
id_of() { engine ".machines | to_entries[] | select(.value.name == \"$1\") | .key"; }

three_machines
bothy up -q
is "$(shown)" 'db web node' 'none: all, in the order of the file'
is "$(shown web)" web 'a name'
is "$(shown node db)" 'db node' 'two names'
is "$(shown '/e/')" 'web node' 'a regular expression'
is "$(shown '/^(db|web)$/')" 'db web' 'an extended one'
is "$(shown '/e/' web)" 'web node' 'nobody is meant twice'
exits 64 'one that matches nothing' bothy status '/xyz/'
like "$err" "no machine matches '/xyz/'.hint: its machines are db, web, node$" 'is told so'
exits 64 'none where one is needed' bothy ssh
like "$err" 'hint: name one of db, web, node; or' 'is told who there is'
exits 64 'one that is none' bothy status '/(/'
like "$err" "'/\(/' is not a regular expression" 'is told so'
exits 64 'a name that nobody has' bothy status wep
like "$err" "there is no machine 'wep'.hint: did you mean 'web'\?" 'has a nearest one'
exits 64 'one that is far from all' bothy status something
like "$err" 'hint: its machines are db, web, node$' 'is told who there is'
exits 64 'one that looks like an id' bothy status bd
like "$err" "did you mean 'db'" 'has a nearest one as well'

web=$(id_of web) node=$(id_of node)
is "$(shown "$web")" web 'an id'
is "$(shown "${web:0:4}")" web 'four characters of it'
exits 64 'three are too few' bothy status "${web:0:3}"
first=$PROJECT

new_project_elsewhere() { mkdir -p "$TEST_TMP/else/$1" && cd "$TEST_TMP/else/$1" || exit 1; }
new_project_elsewhere empty
exits 1 'outside of any project' bothy status
like "$err" "there is no 'bothy.lua' here" 'there is nothing to show'
exits 64 'a name means nobody' bothy status web
like "$err" "hint: 'bothy list'" 'the list is the place to look'
is "$(shown "${web:0:6}")" web 'but an id is enough'
exits 0 'to halt it' bothy halt "${web:0:6}"
exits 0 'to start it with the file of its project' bothy up "${web:0:6}"
like "$out" '^web +booting' 'it is booted'
exits 0 'to destroy it' bothy destroy -f "$node"
ok 'nothing is made here' test -z "$(ls -A)"
is "$(cd "$first" && states)" 'db=running node=not_created web=running' 'the others are as they were'

new_project_elsewhere other
make_box box.img
echo 'machine "web" { box = "box.img" }' >bothy.lua
bothy up -q
exits 0 'from another project' bothy halt "$web"
is "$(states)" web=running 'its own machine of the same name runs on'
is "$(cd "$first" && states)" 'db=running node=not_created web=stopped' 'that of the id is off'
exits 64 'machines of two projects at once' bothy halt web "$web"
like "$err" "machine 'web' belongs to another project, in '$first'" 'are refused'
exits 0 'list' bothy list --json
is "$(json -c '[.[] | .project] | sort')" '["other","project","project"]' 'shows all'
exits 0 'list as text' bothy list
like "$out" $'\n'"[0-9a-f]{8}  web .*  $PWD" 'has ids and directories'

echo 'for i = 1, 12 do machine("n%d", i) { box = "box.img" } end' >many.lua
BOTHY_FILE=many.lua run bothy status nobody
like "$err" 'hint: its machines are n1, .*, n8 and [0-9]+ more' 'of many machines some are named'

jq '.machines |= with_entries(.key |= sub("^[0-9a-f]{5}"; "abcde"))' "$BOTHY_HOME/fake.json" >new.json &&
	mv new.json "$BOTHY_HOME/fake.json"
exits 64 'the beginning of several ids' bothy status abcde
like "$err" "'abcde' begins the id of more than one machine" 'is ambiguous'
rm "$first/bothy.lua"
exits 1 'up of a project without its file' bothy up "$(id_of db)"
like "$err" "there is no 'bothy.lua' in '$first' any more" 'is told so'
done_testing
