#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A bothy.lua with mistakes does not keep anybody from the machines that exist.
# shellcheck disable=SC2016 # it is another shell that expands them
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

warning="^warning: 'bothy.lua' has a mistake, 'bothy validate' shows it; going by what exists"

three_machines
cp bothy.lua good.lua
echo 'machine {' >bothy.lua
exits 65 'before anything exists the mistake' bothy status
like "$err" 'bothy.lua:[12]: ' 'is what matters'
cp good.lua bothy.lua
bothy up -q
run bothy status --json
whole=$out

echo 'machine {' >bothy.lua
exits 0 'status' bothy status
like "$err" "$warning: machines that were never made are not known\$" 'tells why not by the file'
is "$(grep -c . <<<"$err")" 1 'in one line'
unlike "$out" 'no longer in the file' 'and nothing about what the file has'
exits 0 'as JSON' bothy status --json
is "$(json 'sort_by(.name)')" "$(jq -c 'sort_by(.name)' <<<"$whole")" 'it is the same'
mkdir -p sub/sub
is "$(cd sub/sub && bothy status --json 2>/dev/null | jq length)" 3 'also from below'
exits 65 'a project below that has no machines' bash -c 'cp bothy.lua sub && cd sub && "$BOTHY" destroy -f'
rm sub/bothy.lua
is "$(engine '.machines | length')" 3 'is not this one'
for command in list logs port net 'net heal'; do
	# shellcheck disable=SC2086 # some are two words
	exits 0 "$command" bothy $command
done
for command in ssh console ssh-config; do
	run bothy "$command" web
	unlike "$status$err" '^65|has no mach' "$command asks for the machine"
done
exits 64 'none is the primary' bothy ssh
like "$err" "which machine\? 3 of the project exist" 'which is said'
for command in validate plan up reload provision trust 'sync web' lock 'package web'; do
	# shellcheck disable=SC2086 # some are two words
	exits 65 "$command goes by the file" bothy $command
done
exits 65 'and so by an id' bash -c 'cd / && "$BOTHY" up "$1"' - "$(engine '.machines | keys[0]')"
exits 0 'halt of one' bothy halt web
like "$err" "$warning: no hooks run, and machines halt in no order\$" 'says what it leaves out'
exits 0 'as JSON' bothy halt node --json
is "$(json '.steps[].id')" 'node/stop' 'is the same document'
is "$(states 2>/dev/null)" 'db=running node=stopped web=stopped' 'they are off'
exits 1 'destroy asks' bothy destroy
like "$err" 'cannot ask whether to destroy machine' 'where it can'
exits 0 'by an id' bash -c 'cd / && "$BOTHY" destroy -f "$1"' - "$(engine '.machines | keys[0]')"
like "$err" "^warning: .*has a mistake" 'it is warned, too'
exits 0 'all of them' bothy destroy -f
is "$(engine '.machines | length')" 0 'go'
exits 65 'then there is' bothy halt
like "$err" 'bothy.lua:[12]: ' 'only the mistake'

# What exists is known, so one machine needs no name.
one_machine
bothy up -q
printf 'machine { box = "box.img", colour = 1, taste = 2 }\n' >bothy.lua
exits 0 'the only machine' bothy port --json
exits 1 'is meant' bothy console
unlike "$err" 'which machine' 'without a name'
like "$err" "has 2 mistakes, 'bothy validate' shows them; going" 'mistakes are counted'
rm bothy.lua && mkdir bothy.lua
exits 0 'a file that is none' bothy halt
like "$err" "^warning: cannot read '.*bothy.lua': .*; going by what exists" 'is told as well'
exits 1 'validate' bothy validate
exits 64 'a provider that is none is a wrong word' bothy --provider=no halt

# Nothing is done by a file with mistakes.
one_machine_with 'hooks = { before_halt = { host "touch halted" }, before_destroy = { host "touch gone" } },'
bothy up -q
bothy trust >"$TEST_TMP/trust"
echo 'nonsense "here"' >>bothy.lua
exits 0 'halt' bothy halt
exits 0 'destroy' bothy destroy -f
ok 'run no hooks of it' test ! -e halted -a ! -e gone

# What provisioners and folders name is not needed for machines to be seen and to go.
three_machines
cat >>bothy.lua <<-'EOF'
	once_all_up { ansible "site.yml" { when = "never" } }
	machine "last" {
		folders = { ["./src"] = "/srv/src" }, provision = { script "setup.sh", ansible "play.yml" { when = "never" } },
		depends_on = { "web" }, hooks = { before_halt = { guest "sync" } },
	}
EOF
mkdir src && touch site.yml play.yml setup.sh
bothy up -q
rm -r src site.yml play.yml setup.sh app.conf
exits 65 'plan misses what is gone' bothy plan
is "$(grep -c 'gone\|no directory\|cannot read' <<<"$err")" 5 'all of it'
exits 0 'status' bothy status --json
is "$err" '' 'does not'
exits 0 'nor does ssh-config' bothy ssh-config web
exits 0 'halt' bothy halt
is "$err" '' 'neither'
is "$(operations | grep -v ' node$' | tail -n 4 | tr '\n' ' ')" \
	'machine_provision last machine_stop last machine_stop web machine_stop db ' 'it keeps the order, and runs hooks'
exits 0 'destroy' bothy destroy -f
is "$err" '' 'as well'
is "$(engine '.machines | length')" 0 'nothing is left'
done_testing
