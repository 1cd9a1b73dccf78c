#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# box list for people: a line is no wider than the terminal, and whole where there is none.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"
. "${0%/*}/web.sh"

# on_terminal COLUMNS: what 'box list' writes to a terminal of that width.
on_terminal() {
	TERM=dumb timeout 20 script -qec "stty cols $1; $BOTHY box list" /dev/null </dev/null | tr -d '\r'
}
widest() { awk '{ if (length($0) > n) n = length($0) } END { print n }' <<<"$1"; }

new_project
long=$PWD/a/folder/that/is/far/away/from/everything/box.img
make_box_of "$long" one && make_box_of b.img two
bothy box add -q "$long"
bothy box add -q --name small --box-version 20261101 b.img
printf 'machine { box = "%s" }\n' "$long" >bothy.lua
exits 0 'a machine of a box with a long name' bothy up -q
exits 0 'box list' bothy box list
like "$out" "(^|"$'\n'")$long  - " 'has the whole name'
is "$(bothy box list --json | jq -c 'map(.name) | sort')" "[\"$long\",\"small\"]" 'as has the document'
for columns in 80 100; do
	shown=$(on_terminal "$columns")
	is "$(widest "$shown")" "$columns" "a terminal of $columns columns is filled"
	like "$shown" '(^|'$'\n'')/[^ ]*\.\.\.[^ ]*/box\.img +- .* in use' 'by what begins and ends as the name does'
	like "$shown" 'small +20261101 ' 'beside others'
done
is "$(on_terminal 0)" "$(on_terminal 80)" 'one that does not know has 80'
like "$(on_terminal 20)" '(^|'$'\n'')/[^ ]{3}\.\.\.[^ ]{5} ' 'a narrow one still shows something of it'
like "$(on_terminal 500)" "(^|"$'\n'")$long " 'a wide one the whole name'
done_testing
