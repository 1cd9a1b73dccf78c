#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files that never end, want all memory or recurse: one clear error each, 65.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# refused MESSAGE COMMAND…: 65, with that mistake, as text and as JSON.
refused() {
	local start=$SECONDS
	exits 65 "${*:2}" bothy "${@:2}"
	like "$err" "$1" '  says why'
	is "$(grep -c '^error: ' <<<"$err")" 1 '  once'
	ok '  in time' test $((SECONDS - start)) -le 30
	exits 65 "${*:2} --json" bothy "${@:2}" --json
	is "$(json -s 'length, .[0].error.kind' | tr '\n' ' ')" '1 envfile ' '  is one document'
	is "$err" '' '  and nothing else'
}

new_project
echo 'while true do end' >bothy.lua
refused 'bothy.lua:1: .*endless loop' validate
echo 'while true do pcall(error, "x") end' >bothy.lua
exits 65 'errors that are caught do not help' bothy plan
cat >bothy.lua <<-'EOF'
	local t = {}
	for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end
EOF
refused 'bothy.lua:2: .*memory' up
echo 'local function f() return f() + 1 end f()' >bothy.lua
refused 'bothy.lua:1: .*recursion' destroy -f
echo 'machine { box = ' >bothy.lua
refused "bothy.lua' has a mistake" status
printf '\033Lua' >bothy.lua
refused 'bothy.lua' validate
echo 'os.execute("touch here")' >bothy.lua
refused 'bothy.lua:1: ' up
ok 'nothing of the host can be reached' test ! -e here -a ! -e .bothy

# The pattern is tried in more ways than the world has time for; nothing counts inside one match. Other tests need the
# processors meanwhile.
echo 'machine { box = ("a"):rep(3000):match((".-"):rep(12) .. "b") }' >bothy.lua
start=$SECONDS
nice -n 19 "$BOTHY" --json up >stuck.json 2>stuck.err </dev/null &
exits 65 'a match that is stuck' nice -n 19 "$BOTHY" validate
like "$err" "^error: 'bothy.lua' took longer than 10 seconds" 'says why'
like "$err" 'hint: look for a pattern match' 'and where to look'
ok 'after ten seconds' test $((SECONDS - start)) -ge 9 -a $((SECONDS - start)) -le 40
wait $!
is $? 65 'the same as JSON'
is "$(jq -s -r 'length, .[0].error.kind' stuck.json | tr '\n' ' ')" '1 envfile ' 'is one document'
is "$(cat stuck.err)" '' 'and nothing else'
done_testing
