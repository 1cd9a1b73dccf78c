#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A fault at every operation of halt, reload and destroy.
. "${0%/*}/../lib.sh"
. "${0%/*}/../cli/project.sh"
. "${0%/*}/converge.sh"

three_machines
bothy up -q
wanted=$(whole)

# faulty KIND N COMMAND…: runs it; says if it did not fail as it should.
faulty() {
	BOTHY_FAKE=$1=$2 run bothy "${@:3}"
	case $1 in
	kill) ((status == 137)) || echo "exit status $status" ;;
	*) ((status == 1)) && [[ $err == 'error: '* ]] || echo "exit status $status, error $err" ;;
	esac
	named
}

halts() {
	local text
	text=$("$BOTHY" halt 2>&1 </dev/null) || echo "halt failed: $text"
	[[ $(states) == 'db=stopped node=stopped web=stopped' ]] || states
}

for kind in fail half kill; do
	for n in 1 2 3; do
		is "$(faulty $kind $n halt && halts && converges "$wanted")" '' "halt, $kind at operation $n"
	done
	for n in 1 4 7 9; do
		is "$(faulty $kind $n reload && converges "$wanted")" '' "reload, $kind at operation $n"
	done
	for n in 1 2 3 4; do
		is "$(faulty $kind $n destroy -f && leaves_nothing && converges "$wanted")" '' \
			"destroy, $kind at operation $n"
		is "$(faulty $kind $n destroy -f && converges "$wanted")" '' "  and up after it"
	done
done

sed -i 's/box = "box.img",/& memory = "1G",/' bothy.lua
for kind in fail half kill; do
	for n in 1 2 3 5 7 9; do
		is "$(faulty $kind $n up && converges "$wanted")" '' "a change of memory, $kind at operation $n"
		[[ $kind$n == kill9 ]] && break
		if grep -q '"1G"' bothy.lua; then sed -i 's/"1G"/"2G"/' bothy.lua; else sed -i 's/"2G"/"1G"/' bothy.lua; fi
	done
done
sed -i 's/box = "box.img",/& disk = "3G",/' bothy.lua
BOTHY_FAKE=kill=3 run bothy up --recreate
is "$status" 137 'killed while machines are made anew'
text=$(bothy up --recreate 2>&1)
is "$(converges "$wanted")" '' 'the next up finishes it'
is "$(leaves_nothing)" '' 'and destroy leaves nothing'
done_testing
