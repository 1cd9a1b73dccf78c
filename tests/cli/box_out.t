#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boxes out of the store: remove and prune.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"

serve
arch=$(dpkg --print-architecture 2>/dev/null || echo amd64)

# --- out of it --------------------------------------------------------------------------------

new_project
make_box_of a.img one && make_box_of b.img two
bothy box add -q --name x --box-version 1 a.img
bothy box add -q --name y --box-version 1 a.img
bothy box add -q --name x --box-version 2 b.img
exits 64 'remove of several' bothy box remove x
like "$err" "there are 2 boxes 'x': 2 \(kvm, $arch\); 1 \(kvm, $arch\)" 'wants to know which'
exits 0 'a version' bothy box remove --box-version 1 --json x
is "$(json -S .)" "{\"removed\":[{\"architecture\":\"$arch\",\"digest\":\"$(digest_of a.img)\",\"name\":\"x\",\"provider\":\"kvm\",\"version\":\"1\"}],\"size_bytes\":0}" \
	'is told'
ok 'what has another name stays' holds a.img
is "$(names)" "x 2 kvm $arch"$'\n'"y 1 kvm $arch" 'under that'
exits 0 'the last name' bothy box remove --json y
is "$(json .size_bytes)" 65536 'frees the disk'
is "$(stored)" "$one_box" 'wholly'
exits 1 'what is not there' bothy box remove z
like "$err" "there is no box 'z' in the store" 'is told'
exits 64 'nothing' bothy box remove
exits 64 'two' bothy box remove x y
printf 'machine { box = "x" }\n' >bothy.lua
exits 0 'a machine' bothy up -q
exits 75 'whose box is to be removed' bothy box remove x
like "$err" "cannot remove box 'x': it is used by machine 'default' in '$PROJECT'.*destroy" 'keeps it'
is "$(bothy box remove --json x | jq -r .error.kind)" busy 'as JSON'
exits 75 'also with --all' bothy box remove --all x
is "$(bothy box list --json | jq -c 'map(.in_use)')" '[true]' 'list says that it is in use'
like "$(bothy box list)" 'in use' 'so does the table'
bothy halt -q
exits 75 'a machine that is off' bothy box remove x
exits 0 'has its disk' bothy up -q
bothy destroy -q -f
exits 0 'without it' bothy box remove x
is "$(stored)" "$nothing" 'all is free'
bothy box add -q --name x --box-version 1 a.img && bothy box add -q --name x --box-version 2 b.img
exits 0 '--all' bothy box remove --all x
is "$(stored)" "$nothing" 'removes every version'
bothy box add -q a.img
mkdir sub
run bash -c "cd sub && '$BOTHY' box remove a.img"
is "$status" 1 'the last part of a path from elsewhere'
like "$err" "there is no box 'a.img' in the store.hint: did you mean '$PROJECT/a.img'\?" 'is no name, but near to one'
exits 0 'a path' bothy box remove ./a.img
is "$(stored)" "$nothing" 'is that box'
bothy box add -q a.img && mv a.img c.img
exits 0 'a path whose file is gone' bothy box remove a.img
is "$(stored)" "$nothing" 'still is'
mv c.img a.img && bothy box add -q a.img
BOTHY_FAKE=half=1 run bothy box remove a.img
is "$status" 1 'remove that fails in the middle'
exits 0 'can be done again' bothy box remove a.img
is "$(stored)" "$nothing" 'to the end'
bothy box add -q a.img
BOTHY_FAKE=kill=1 run bothy box remove a.img
exits 0 'also after it was killed' bothy box remove a.img
is "$(stored)" "$nothing" 'to the end'

# --- pruning ----------------------------------------------------------------------------------

# versions NAME N…: boxes of these versions, the content of each its own; used the longer ago the lower.
versions() {
	local name=$1 n
	shift
	for n; do
		make_box_of v.img "$name$n" 1
		bothy box add -q --name "$name" --box-version "$n" v.img
		touch -d "$((100 - n)) days ago" "$BOTHY_HOME/boxes/$(digest_of v.img).json"
	done
}

new_project
versions a 1 2 10
versions b 1 3
exits 0 'prune --dry-run' bothy box prune -n --json
is "$(json '.removed | map("\(.name) \(.version): \(.reason)")')" \
	'["a 2: older version","a 1: older version","b 1: older version"]' 'names older versions'
is "$(json '[.dry_run, .size_bytes] | @csv')" "true,$((3 * (65536 + (1 << 20))))" 'and what they take'
is "$(json '.removed[0] | keys | join(" ")')" 'digest name reason version' 'and which they are'
is "$(stored)" 'names=5 boxes=5 fake-bases=5 downloads=0' 'and touches nothing'
exits 0 '--keep' bothy box prune --keep 2
like "$out$err" 'a 1 +[0-9a-f]{12} +older version'$'\n'.*'freed 1(\.[0-9])? MiB' 'leaves that many of each'
is "$(names | cut -d' ' -f1,2 | paste -sd,)" 'a 10,a 2,b 3,b 1' 'the newest'
exits 0 'prune of a name' bothy box prune b
is "$(names | cut -d' ' -f1,2 | paste -sd,)" 'a 10,a 2,b 3' 'lets others be'
exits 0 '--unused' bothy box prune --unused 98
is "$(names | cut -d' ' -f1,2 | paste -sd,)" 'a 10,b 3' 'removes what was not used for long'
exits 0 '--max-size' bothy box prune --max-size 2M
is "$(names | cut -d' ' -f1,2 | paste -sd,)" 'a 10' 'removes what was not used for longest'
is "$(stored)" "$one_box" 'with its disks'
printf 'machine { box = "a" }\n' >bothy.lua
bothy up -q
versions a 11
exits 0 'prune' bothy box prune --json --max-size 0
is "$(json '.removed | map(.version)')" '["11"]' 'keeps what is in use'
is "$(stored)" "$one_box" 'with its disk'
exits 0 'prune of a name that is not there' bothy box prune --json nobody
is "$(json .removed)" '[]' 'removes nothing'
for bad in '--keep 0' '--keep x' '--unused -1' '--max-size much' '--kep 1'; do
	# shellcheck disable=SC2086 # they are words
	exits 64 "$bad" bothy box prune $bad
done
bothy destroy -q -f
rm "$BOTHY_HOME"/names/*
exits 0 'content that nobody names' bothy box prune --json
is "$(json .removed)" '[]' 'may be of somebody who is about to'
touch -d '1 day ago' "$BOTHY_HOME"/boxes/*
exits 0 'later' bothy box prune --json
is "$(json '.removed | map("\(.name) \(.reason)")')" '["null nobody names it"]' 'it goes'
is "$(stored)" "$nothing" 'wholly'

# --- scripts from URLs ------------------------------------------------------------------------

scripts() { (cd "$BOTHY_HOME/scripts" && echo *) | tr -d '0\n'; }
mkdir -p "$BOTHY_HOME/scripts"
for n in 1 2 3; do echo 'echo hello' >"$BOTHY_HOME/scripts/$(printf 0%.0s {1..63})$n"; done
touch -d '31 days ago' "$BOTHY_HOME"/scripts/*1
touch -d '29 days ago' "$BOTHY_HOME"/scripts/*2
exits 0 'prune of a name' bothy box prune nobody
exits 0 'prune --dry-run' bothy box prune -n --json
is "$(json '.scripts | map("\(.digest[62:]) \(.reason)")')" '["01 not used for long"]' 'names a script that was not needed for a month'
is "$(json .size_bytes)" 11 'and what it takes'
is "$(scripts)" '1 2 3' 'and touches nothing'
exits 0 'prune' bothy box prune
like "$out" '^\(script\) +0{12} +not used for long' 'tells the same'
is "$(scripts)" '2 3' 'and removes it'
exits 0 '--unused' bothy box prune --unused 20 --json
is "$(json '.scripts | length') $(scripts)" '1 3' 'sets how long that is'
touch "$BOTHY_HOME/scripts/notes" && touch -d '1 year ago' "$BOTHY_HOME"/scripts/*
exits 0 'prune' bothy box prune
is "$(scripts)" notes 'leaves what is none'
new_project
exits 0 'prune of nothing' bothy box prune
is "$out" 'nothing to do: no box is to be removed' 'says so'
done_testing
