#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bothy trust: what it covers, what takes it away, where it is kept, and who is asked.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

trusted() { bothy trust --show --json | jq .trusted; }

one_machine
exits 0 'a file that wants nothing' bothy trust
is "$out" "'bothy.lua' wants nothing of this host beyond its own directory" 'needs no trust'
ok 'nor leaves any' test ! -e "$BOTHY_HOME/trust"
exits 0 'as JSON' bothy trust --show --json
is "$(json .)" '{"file":"bothy.lua","trusted":true,"wants":[]}' 'the same'

one_machine_with '
	hooks = { before_up = host [[
		echo one >>ran
		# \27[2J
	]], before_destroy = host "echo bye >>ran" }, -- include "more.lua"
	post_up_message = read "message",'
echo hello >message
exits 0 'what it wants' bothy trust --show
is "$out" "bothy.lua:4: runs on this host, before up of 'default': echo one >>ran ⏎ # \27[2J
bothy.lua:7: runs on this host, before destroy of 'default': echo bye >>ran
'bothy.lua' is not trusted" 'is told with its lines'
exits 0 'as JSON' bothy trust --show --json
is "$(json '.wants[1] | [.kind, .machine, .what, .why, .file, .line] | join("|")')" \
	'command|default|echo bye >>ran|before destroy|bothy.lua|7' 'the same'
exits 1 'up' bothy up
like "$err" "bothy.lua:4: runs on this host, before up of 'default': echo one" 'shows it'
like "$err" "error: 'bothy.lua' is not trusted, which is needed for hook before_up of machine 'default' \(bothy.lua:4\)"$'\n' 'and refuses, with what a user wrote'
like "$err" "hint: 'bothy trust --show' .*'bothy trust'" 'with a hint'
exits 1 'as JSON' bothy up --json
is "$(json '.error | [.kind, .hint] | join("|")')" \
	"declined|'bothy trust --show' tells what it wants of this host, 'bothy trust' lets it have that; --no-hooks leaves hooks out" 'the same'
exits 1 'with --no-input nobody is asked' answering 'y\n' "$BOTHY" --no-input up
exits 1 'who says no' answering 'n\n' "$BOTHY" up
like "$out" "trust 'bothy.lua' with that\? \[y/N\]" 'was asked'
ok 'nothing has run' test ! -e ran
is "$(engine .)" null 'and nothing was made'
is "$(trusted)" false 'nor trusted'
exits 0 'status needs no trust' bothy status
exits 0 'nor does validate' bothy validate
exits 0 'nor up without hooks' bothy up -q --no-hooks
exits 1 'destroy does where a hook is before it' bothy destroy -f
is "$(states)" 'default=running' 'and leaves the machine'
exits 0 'halt has no hook' bothy halt
exits 0 'who says yes' answering 'y\n' "$BOTHY" up
is "$(cat ran)" one 'gets it'
is "$(trusted)" true 'for good'
exits 0 'destroy does not ask again' bothy destroy -f
is "$(tail -1 ran)" bye 'and runs the hook'

exits 0 'trust is taken back' bothy trust --remove
is "$(trusted)" false 'it is'
exits 0 'twice' bothy trust --remove
exits 0 'trust' bothy trust
like "$out" "'bothy.lua' is trusted with that" 'says so'
is "$(stat -c '%a' "$BOTHY_HOME/trust" "$BOTHY_HOME"/trust/* | paste -sd' ')" '700 600' 'only who gave it can read it'
exits 64 'both options' bothy trust --show --remove
exits 64 'words' bothy trust default

# changed WHAT COMMAND…: the command takes the trust away, and undoing it by trust gives it back.
changed() {
	is "$(trusted)" true 'trusted'
	eval "$2"
	is "$(trusted)" false "$1 takes the trust away"
	bothy trust >/dev/null
}
changed 'a comment' 'echo "-- x" >>bothy.lua'
changed 'what is read' 'echo more >>message'
changed 'an include' 'echo "project \"p\"" >more.lua && echo "include \"more.lua\"" >>bothy.lua'
changed 'a change of what is included' 'echo "-- x" >>more.lua'
changed 'another file of the same name' 'mv more.lua m.lua && ln -s m.lua more.lua && echo "-- y" >>m.lua'
sed -i 's/host "echo bye >>ran"/host("echo bye " .. env("WHO", "you"))/' bothy.lua
bothy trust >/dev/null
is "$(WHO=me trusted)" false 'another command takes it away however it came about'
is "$(trusted)" true 'the old one is trusted still'
rm bothy.lua
run bothy trust --remove
echo 'machine {' >bothy.lua
exits 0 'a broken file can lose its trust' bothy trust --remove
exits 65 'but get none' bothy trust
like "$err" 'bothy.lua:' 'for its mistakes'

# Where the record counts.
one_machine_with 'hooks = { before_up = host "true" },'
bothy trust >/dev/null
record=$(echo "$BOTHY_HOME"/trust/*)
chmod 644 "$record"
is "$(trusted)" false 'a record that others can read does not count'
chmod 600 "$record" && is "$(trusted)" true 'the same one does again'
mv "$record" "$BOTHY_HOME/moved" && ln -s "$BOTHY_HOME/moved" "$record"
is "$(trusted)" false 'nor does a link'
rm "$record" && cp -p "$BOTHY_HOME/moved" "$record" && cp -r . ../copy && cd ../copy || exit 1
is "$(trusted)" false 'nor does it for a copy of the project'
is "$(BOTHY_HOME=$PWD/home trusted)" false 'what is kept in the project itself'
BOTHY_HOME=$PWD/home exits 1 'is no place for trust' bothy trust
like "$err" 'that is in the project.hint: .*BOTHY_HOME' 'which is told'
if ((EUID == 0)); then
	chown 12345 "$record" && cd "$PROJECT" || exit 1
	is "$(trusted)" false 'one that is somebody else'\''s does not count'
else
	skip 'one that is somebody else'\''s does not count' 'needs root'
fi

# Names that JSON writes otherwise are files as well.
one_machine
printf '%s\n' 'machine { box = "box.img", provision = { ansible "site.yml" { extra_vars = [[@my \"vars"]] } } }' >bothy.lua
echo '[]' >site.yml && echo 'a: 1' >'my \"vars"'
bothy trust >"$TEST_TMP/out"
exits 0 'a file of variables with a strange name' bothy trust --show --json
is "$(json .trusted)" true 'is trusted'
echo 'a: 2' >'my \"vars"'
exits 0 'once it has changed' bothy trust --show --json
is "$(json .trusted)" false 'it is not'

# A tree of roles may be large: what several machines say alike is read for one of them.
if command -v strace >/dev/null; then
	one_machine
	mkdir -p roles/x/tasks && echo '[]' >roles/x/tasks/main.yml && echo '[]' >site.yml
	printf 'machine "%s" { box = "box.img", provision = { ansible "site.yml", upload "roles" "/srv" } }\n' a b c d >bothy.lua
	bothy trust >"$TEST_TMP/out"
	run strace -f -qq -e trace=openat -o "$TEST_TMP/trace" "$BOTHY" plan
	reads=$(grep -c 'main\.yml"' "$TEST_TMP/trace")
	ok 'a plan for four machines reads a role for trust, for the playbook and for the upload' test "$reads" -le 4
fi
done_testing
