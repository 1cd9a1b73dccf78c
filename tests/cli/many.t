#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files that declare thousands of things: what a machine more costs does not grow with their number.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# in_time DESCRIPTION WORD…: it ends well, long before anybody loses patience.
in_time() { exits 0 "$1" timeout -s KILL 30 "$BOTHY" "${@:2}"; }

# declares LUA: the file; 'times(n, f)' there is the list of f(1) to f(n).
declares() {
	printf 'local function times(n, f) local t = {} for i = 1, n do t[i] = f(i) end return t end\n%s\n' "$1" >bothy.lua
}

new_project
make_box box.img
declares 'machine { box = "box.img", provision = times(4000, function() return shell "true" end) }'
in_time '4000 provisioners without a name' plan
like "$out" 'provision shell-4000 ' 'have all got one'
touch x.sh x.sh-2
declares 'machine { box = "box.img", provision = {
	shell "1" { name = "shell-2" }, shell "2" { name = "shell-03" }, shell "3", shell "4", shell "5",
	script "x.sh", script "x.sh-2", script "x.sh" { name = "x.sh-1" }, script "x.sh", shell "6" { name = "shell-1" } } }'
exits 65 'a name that was made up' bothy plan
like "$err" "'shell-1'" 'is not given twice'
sed -i 's/, shell "6".*name = "shell-1" }//' bothy.lua
exits 0 'made up names' bothy plan --json
is "$(json '[.steps[] | select(.kind == "provision").id | sub(".*/"; "")] | join(" ")')" \
	'shell-2 shell-03 shell-1 shell-3 shell-4 x.sh x.sh-2 x.sh-1 x.sh-3' 'are the first that are free'

mkdir d && for ((i = 1; i <= 3000; i++)); do echo "d/$i"; done | xargs mkdir
declares 'local t = {} for i = 1, 3000 do t["./d/" .. i] = "/srv/" .. i end machine { box = "box.img", folders = t }'
in_time '3000 folders' plan
declares 'network "wide" { kind = "nat", subnet = "10.16.0.0/20" }
	defaults { management = false, networks = { "wide" } } for i = 1, 3000 do machine("m%d", i) { box = "box.img" } end'
in_time '3000 machines' plan
is "$(grep -c '  create  ' <<<"$out")" 3000 'are planned'
in_time 'and shown' status

command -v strace >/dev/null || {
	skip 'the engine is asked about a box once' 'strace is not installed'
	done_testing
}
declares 'for i = 1, 20 do machine("m%d", i) { box = "box.img" } end'
bothy up -q
run strace -f -qq -e trace=openat -o "$TEST_TMP/trace" "$BOTHY" plan
like "$out" '^nothing to do' 'there are 20 machines'
ok 'the engine is asked about their box once' test "$(grep -c 'fake\.json"' "$TEST_TMP/trace")" -lt 10
done_testing
