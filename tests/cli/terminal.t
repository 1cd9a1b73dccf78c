#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a terminal shows, and what a pipe gets.
. "${0%/*}/../lib.sh"
. "${0%/*}/project.sh"

# on_terminal COLUMNS WORD…: bothy on a terminal that wide; $out is what it drew, a line each, without escapes.
on_terminal() {
	status=0
	TERM=xterm script -qec "stty cols $1; $(printf '%q ' "$BOTHY" "${@:2}")" /dev/null >"$TEST_TMP/out" </dev/null ||
		status=$?
	out=$(tr '\r' '\n' <"$TEST_TMP/out" | sed 's/\x1b\[[0-9;]*[mK]//g')
}

# --- progress --------------------------------------------------------------------------------

new_project
make_box "a-box-with-a-rather-long-name-that-says-much.img"
truncate -s 64M ./*.img
cat >bothy.lua <<-EOF
	defaults { box = "$PROJECT/a-box-with-a-rather-long-name-that-says-much.img" }
	machine "a-machine-with-a-rather-long-name-01" {}
EOF
for columns in 120 60 30; do
	on_terminal "$columns" up
	is "$status" 0 "up on a terminal of $columns columns"
	like "$out" $'\n[^\n]* %' '  draws progress'
	is "$(grep ' %' <<<"$out" | grep -E ".{$columns,}")" '' '  that ends before the edge, so that it can be taken away'
	bothy destroy -f -q && bothy box prune --max-size 0 >&2

done
on_terminal 120 box add ./*.img
like "$out" '\[[#.]{24}\] +[0-9]+ %' 'where there is room, there is a bar'

# --- nothing to be seen ----------------------------------------------------------------------

one_machine
export BOTHY_FAKE=delay=1700
on_terminal 50 up
is "$status" 0 'up that takes its time'
like "$out" $'\n''[^ ].*making the network' 'is not silent for more than a second'
like "$out" $'\n''default booting for 1 s' 'names machine, step and how long it takes already'
is "$(grep ' for 1 s' <<<"$out" | grep -E '.{50,}')" '' 'before the edge'
like "$(tail -n 1 <<<"$out")" '^[0-9]+ steps in ' 'and leaves nothing behind'
exits 0 'halt' bothy halt
unlike "$out$err" ' for [0-9]' 'a pipe has no such lines'
unset BOTHY_FAKE
bothy destroy -f -q
done_testing
