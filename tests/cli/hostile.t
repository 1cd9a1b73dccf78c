#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A cloned repository with a hostile bothy.lua: nothing runs, nothing outside is read.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/hostile.sh"

hostile_project
ln -s "$OUTSIDE/secret.lua" link.lua
ln -s "$OUTSIDE/secret.json" link.json
ln -s "$OUTSIDE" linked
for words in 'include "../outside/secret.lua"' 'include "link.lua"' 'include "linked/secret.lua"' \
	"include '$OUTSIDE/secret.lua'" 'include "././../outside/secret.lua"' \
	'note(read "../outside/secret.lua")' 'note(read "linked/.ssh/id_rsa")' 'note(json("link.json").a)' \
	'note(yaml("../outside/secret.json").a)' 'note(tostring(exists "../outside/.ssh"))' \
	'note(tostring(exists "linked/.ssh/id_rsa"))' 'note(glob("../outside/*")[1])' "note(glob('$OUTSIDE/*')[1])"; do
	says "$words"
	traced plan
	is "$status" 65 "$words"
	like "$err" "outside the project's directory" '  is refused'
	untouched '  so'
done
says 'for _, p in ipairs(glob "linked/*") do note(p) end note("found " .. #glob "*/.ssh/*")'
traced plan
is "$status $err" '0 note: found 0' 'glob does not look through links that lead out'
untouched '  so'
says 'local n = 0 while true do n = n + #glob "*" end'
traced plan
is "$status" 65 'an endless loop ends'
says 'local ok = pcall(include, "link.lua") note(tostring(ok))'
traced plan
is "$status $err" '0 note: false' 'what pcall catches was refused all the same'
untouched '  so'

machine_with 'hooks = { before_up = host [[cat ../outside/.ssh/id_rsa; touch ../outside/ran]],
	after_up = { guest "true", host "touch ../outside/ran # \27[2J\27[1;1H" } },'
for words in plan 'plan --json' status 'up --no-input' 'up --json' 'up --keep --recreate' reload 'trust --show'; do
	# shellcheck disable=SC2086 # words
	traced $words
	untouched "host hooks, $words"
done
exits 0 'the plan' bothy plan
like "$out" 'hook before_up +on this host: cat \.\./outside/\.ssh/id_rsa; .*; needs trust' 'shows what it wanted'
unlike "$out" $'\033' 'and obeys no escape'
exits 1 'up' bothy up --no-input
like "$err" "runs on this host, after up of 'default': touch ../outside/ran # \?\[2J\?\[1;1H" 'tells it as well'
is "$(engine .) $(find .bothy -type f ! -name lock)" 'null ' 'and makes nothing'
exits 0 'once it is trusted' bothy trust
exits 0 'up' bothy up
ok 'it is done' test -e "$OUTSIDE/ran"

hostile_project
machine_with 'hooks = { before_up = note "hook \27[2J\u{9b}2J" }, post_up_message = "after \u{9b}2J",'
printf '%s\n' 'note "file \27[2J\u{9b}2J\u{202e}"' >>bothy.lua
exits 0 'a file with notes' bothy up
like "$err$out" 'file \?\[2J.*hook \?\[2J.*after \?2J' 'shows them'
unlike "$err$out" $'\033|\u9b|\u202e' '  and obeys no escape in them'
exits 1 'an error' bothy -C $'gone\033[2J' plan
like "$err" 'gone\?\[2J' 'is shown as well'
unlike "$err" $'\033' '  and nothing in it obeyed'

# Names that lead elsewhere.
hostile_project
for name in ../x /x .. 'a/b' $'a\nb'; do
	printf 'machine "%s" { box = "box.img" }\n' "${name//$'\n'/\\n}" >bothy.lua
	exits 65 "a machine called '${name//$'\n'/ }'" bothy up
done
machine_with 'provision = { shell "true" { name = "../../../../outside/x" }, shell "true" { name = "/a\u{9b}2J\u{202e}/../.." } },'
exits 0 'the plan of provisioners with such names' bothy plan
unlike "$out" $'\u9b|\u202e' '  obeys nothing in them'
run bothy up
unlike "$out" $'\u9b|\u202e' '  nor does up'
untouched 'a provisioner whose name is a path'
is "$(find "${PROJECT%/*}" -name 'x*' ! -path '*/.bothy/*')" '' '  and no file of it lies around'

# Files that never end, and those that lead out, where bothy itself reads.
bothy destroy -f -q && rm -f bothy.lock
rm bothy.lua && mkfifo bothy.lua
run timeout 20 "$BOTHY" plan
is "$status" 1 'a pipe as bothy.lua does not keep bothy waiting'
like "$err" 'not a regular file' '  but is told'
rm bothy.lua && says '' && mkfifo bothy.lock
run timeout 20 "$BOTHY" up
is "$status" 1 'nor does one as bothy.lock'
rm bothy.lock && ln -s ../outside/secret.json bothy.lock
traced up
is "$status" 1 'a bothy.lock that leads out is refused'
untouched '  so'
done_testing
