#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy validate: 0 or 65, and every mistake in order.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

three_machines
exits 0 'a good file' bothy validate
is "$out" "'bothy.lua' is valid: 3 machines" 'is told so'
exits 0 'as JSON' bothy validate --json
is "$(json -S .)" '{"machines":3,"valid":true}' 'it is one document'
ok 'nothing is made' test ! -e .bothy -a ! -e "$BOTHY_HOME"

cat >bothy.lua <<-'EOF'
	machine "web" {
	  box = "box.img",
	  memroy = "1G",
	  cpus = "two",
	  depends_on = { "dv" },
	}
	machine "db" { box = "box.img", provision = { script "missing.sh" } }
	machine "db" { box = "box.img" }
EOF
exits 65 'a file with mistakes' bothy validate
is "$out" '' 'standard output stays empty'
like "$err" "error: 'bothy.lua' has [0-9]+ mistakes" 'they are counted'
like "$err" 'bothy.lua:3: .*memroy' 'an unknown field has its line'
like "$err" 'bothy.lua:4: .*cpus' 'a wrong type as well'
lines=$(grep -o '^bothy.lua:[0-9]*' <<<"$err" | cut -d: -f2)
is "$lines" "$(sort -n <<<"$lines")" 'they are sorted by line'

exits 65 'as JSON' bothy --json validate
is "$err" '' 'nothing is on standard error'
is "$(json .error.kind)" envfile 'the kind is the file'
is "$(json '.error.problems | map(.line) | . == sort')" true 'the list is sorted'
is "$(json '.error.problems[0] | keys | join(" ")')" 'file hint line message' 'each has its place'
is "$(json '[.error.problems[].file] | unique[]')" bothy.lua 'in the file'

cat >bothy.lua <<-'EOF'
	machine "a" { box = "box.img", depends_on = { "b" } }
	machine "b" { box = "box.img", depends_on = { "a" } }
EOF
exits 65 'a circle' bothy validate
like "$err" "a.*b.*a" 'is named'
echo 'machine "a" { box = "box.img", depends_on = { "bb" } } machine "b" { box = "box.img" }' >bothy.lua
exits 65 'a dependency that does not exist' bothy validate
like "$err" "'bb'" 'is named'
echo 'machine "a" {' >bothy.lua
exits 65 'a file that is cut' bothy validate
like "$err" "error: 'bothy.lua' has a mistake" 'has one mistake'
: >bothy.lua
exits 65 'an empty file' bothy validate
like "$err" 'error: ' 'has no machine'
rm bothy.lua
exits 1 'no file' bothy validate
like "$err" "there is no 'bothy.lua' here or in any parent directory.hint: make one with 'bothy init'" \
	'leads to init'
mkdir bothy.lua
run bothy validate
ok 'a directory of that name is refused' test "$status" -ne 0
like "$err" "^error: .*bothy.lua" 'with its name'
exits 64 'words are refused' bothy validate more

new_project
make_box box.img
echo 'machine { box = "box.img", cpus = env("CPUS", 1), memory = env("MEMORY", 64), boot_timeout = env("TIME", 9) }' >bothy.lua
CPUS=3 MEMORY=96 TIME=90 exits 0 'numbers that the environment gives, which are text' bothy up
is "$(engine '.machines[] | [.cpus, .memory_mib]')" '[3,96]' 'are numbers'
done_testing
