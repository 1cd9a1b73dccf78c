# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What is measured and how it is recorded: rows, samples and failures are files in $BENCH_OUT, which table.pl reads.

BOTHY=$BENCH_OUT/bothy
LAB=/run/bench
counted=yes # empty in a round that only warms up

export HOME=$LAB/home
mkdir -p "$HOME" && cd "$LAB" || exit

progress() # TEXT: one line that is written over; nothing but on a terminal
{
	[ ! -t 2 ] || printf '\r\e[K%s' "$*" >&2
}

logged() { "$@" >>"$BENCH_OUT/log" 2>&1; }

# row ID UNIT BOUND WHAT FLOOR: what the samples of an id are. UNIT is ms or MB; BOUND is empty, "ratio N", or "value N"
# in the unit; FLOOR says what the other side does, "-" if there is none.
row()
{
	(IFS=$'\t' && echo "$*") >>"$BENCH_OUT/rows"
}

sample() # ID bothy|floor VALUE
{
	[ -z "$counted" ] || printf '%s\t%s\t%s\n' "$@" >>"$BENCH_OUT/samples"
}

begin() { began_us=${EPOCHREALTIME/[.,]/}; }

elapsed() # bothy|floor ID...: the milliseconds since begin; may be called again for a later point
{
	local id us=$((${EPOCHREALTIME/[.,]/} - began_us))
	for id in "${@:2}"; do
		sample "$id" "$1" "$((us / 1000)).$(printf %03d $((us % 1000)))"
	done
}

failure() # ID WHAT
{
	printf '%s\t%s\n' "$1" "$2: $(tail -n 1 "$BENCH_OUT/log" | tr '\t' ' ')" >>"$BENCH_OUT/failures"
	return 1
}

# rounds COUNT ID OURS FLOOR: OURS and FLOOR by turns, COUNT times, after one round that is not counted. Both are
# commands that prepare, measure and tidy up; FLOOR may be ":".
rounds()
{
	local i side
	for ((i = 0; i <= $1; i++)); do
		counted=$([ "$i" -eq 0 ] || echo yes)
		progress "$2: $([ "$i" -eq 0 ] && echo 'warming up' || echo "round $i of $1")"
		for side in "$3" "$4"; do
			# A command with its words in one string, all of them ours.
			# shellcheck disable=SC2086
			$side && continue
			counted=yes
			failure "$2" "$side"
			clear_up
			return 1
		done
	done
	counted=yes
}

# stopwatch ID SIDE COMMAND...: one run of a short command; its time goes to ID, its peak memory to ID.memory.
stopwatch()
{
	local ms mb
	read -r ms mb < <("$BENCH_OUT/stopwatch" "${@:3}" 2>>"$BENCH_OUT/log") || return
	sample "$1" "$2" "$ms"
	sample "$1.memory" "$2" "$mb"
}

# new_project NAME: an empty directory for an environment file; enters it.
new_project()
{
	rm -rf "${LAB:?}/$1"
	mkdir "$LAB/$1" && cd "$LAB/$1" || return
}

# What a side that failed may have left would be in the way of those that come after it.
clear_up()
{
	remove_project
	container_clear
	vm_clear
	hand_network_remove
}

remove_project() { logged "$BOTHY" destroy -f; }

box() { cat "$BENCH_OUT/$1.path"; } # NAME: its file
