#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is read of failures: where, in few words, as it happens; why, each once, at the end.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# machines NAME…: a project with a machine for each name of a provisioner: m-1, m-2 and so on.
machines() {
	local name n=0
	new_project
	make_box box.img
	for name; do
		echo "machine \"m-$((++n))\" { box = \"box.img\", provision = { shell \"echo $name\" { name = \"$name\" } } }"
	done >bothy.lua
}
errors() { sed -n "s/^error: //p" <<<"$err"; }
# told WORDS: how many lines of what was printed have them.
told() { grep -c -- "$1" <<<"$out"$'\n'"$err"; }

# --- one machine -----------------------------------------------------------------------------

machines bad
export BOTHY_FAKE=fail-provision=bad
exits 1 'a machine alone fails' bothy up
like "$(tail -n 1 <<<"$out")" '^m-1   provisioning bad failed after [0-9.]+ s$' 'its line says where'
like "$err" "^error: [^"$'\n'"]*'m-1'[^"$'\n'"]* exit status 1"$'\n'"  command: echo bad"$'\n'"hint: mend it[^"$'\n'"]*$" 'the error says why, with the command, and what to do'
is "$(told 'exit status 1')$(grep -o "'m-1'" <<<"$err" | wc -l)" 11 'why and where are told once'

exits 1 'again, on a terminal' answering '' "$BOTHY" up
is "$(told 'exit status 1')" 1 'there as well it is told once'
# A bar, which is taken away, may come between.
like "$out" $'provisioning bad failed after [0-9.]+ s\r\n([^\n]*\e\\[K)?error: ' 'the error directly follows'

# --- of several ------------------------------------------------------------------------------

machines good bad good
exits 1 'one of three fails' bothy up
is "$(states)" 'm-1=running m-2=running m-3=running' 'the others came up'
is "$(grep ' failed ' <<<"$out" | sed 's/after .*/after/')" 'm-2   provisioning bad failed after' 'one line says where'
is "$(told 'exit status 1')" 1 'and the error why'

machines bad good bad
exits 1 'two of three fail' bothy up
is "$(grep ' failed ' <<<"$out" | sed 's/after .*/after/' | sort)" \
	$'m-1   provisioning bad failed after\nm-3   provisioning bad failed after' 'each has its line'
is "$(errors | grep -o "machine 'm-.'" | uniq | xargs)" 'machine m-1 machine m-3' 'and its error, in the order of the file'
is "$(told 'command: echo bad')$(told "logs m-1'$")$(told "logs m-3'$")" 211 'with its command and hint'
is "$(told 'exit status 1')" 2 'each once'
exits 1 'quietly' bothy up -q
is "$out$(errors | wc -l)" 2 'there are the two errors, and nothing else'
exits 1 'as JSON' bothy up --json
is "$err$(json -s 'map(select(.event == "step_failed").machine) | sort | join(" ")')" 'm-1 m-3' 'each is an event'
out=$(tail -n 1 <<<"$out")
is "$(json 'keys + (.error | keys) + [.error.kind]')" '["error","errors","hint","kind","message","guest"]' 'and the last line the first error'
is "$(json '.errors | map(.kind, (.message | match("m-."; "").string), (.hint | match("logs m-."; "").string)) | join(" ")')" \
	'guest m-1 logs m-1 guest m-3 logs m-3' 'with a list of both, in the order of the file'
is "$(json '.error == .errors[0]')" true 'which begins with it'
exits 1 'provision, as JSON' bothy provision --json
is "$(json -s 'map(.errors | length) | join(" ")')" 2 'has both in its one document'

BOTHY_FAKE=fail=1 exits 1 'a machine fails to stop' bothy halt
is "$(told 'operation 1')$(errors | grep -c "^cannot stop machine 'm-.': ")" 11 'its error names it, once'
BOTHY_FAKE='' bothy destroy -f -q
# The network comes first, and no machine starts before it is made.
BOTHY_FAKE=fail=2 exits 1 'the engine makes no machine' bothy up
like "$out" $'\nm-[123] +creating failed after ' 'its line says so'
like "$(errors)" "^machine 'm-[123]': .* operation 2$" 'an error that names no machine is given its name'

# --- of no machine ---------------------------------------------------------------------------

BOTHY_FAKE='' bothy destroy -f -q
BOTHY_FAKE=fail=1 exits 1 'a network cannot be made' bothy up
like "$out" '^      making the network failed after [0-9.]+ s$' 'its line says so'
is "$(told 'operation 1')" 1 'why is told once'
rm box.img
exits 1 'there is no box' bothy up
like "$out" 'bringing box box.img failed after [0-9.]+ s' 'the line says which'
is "$(told 'there is no file')$(errors | grep -c "^box 'box.img' not found: ")" 11 'why is told once'

# --- interrupted -----------------------------------------------------------------------------

machines bad good
sed -i 's/"m-2" {/& hooks = { before_up = { host "touch began; exec sleep 60" } },/' bothy.lua
exits 0 'trust' bothy trust
half_way() { test -e began && grep -q ' failed ' "$TEST_TMP/out"; }
BOTHY_FAKE=fail-provision=bad "$BOTHY" up >"$TEST_TMP/out" 2>"$TEST_TMP/err" </dev/null &
ok 'one machine failed, the other goes on' wait_until 20 half_way
kill -INT $!
wait $!
is $? 130 'and is interrupted'
out=$(<"$TEST_TMP/out") err=$(<"$TEST_TMP/err")
like "$out" $'\nm-2 +hook before_up-1 interrupted after ' 'its line says that'
like "$err" "^error: [^"$'\n'"]*interrupted"$'\n'"hint: 'bothy up' goes on from there"$'\n' 'its hint is to go on'
is "$(errors | sed "s/.*interrupted$/interrupted/; s/.*'m-1'.*status 1/m-1/" | xargs)" 'interrupted m-1' 'what had failed before is told beside'
done_testing
