# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # the tests use what is set here
# Every change of a file goes wrong once: see failio.c. Source it after lib.sh.
#
#   step() { faulty "$1" "$2" bothy …; …echo what is wrong…; }
#   every_change 'box add' killed step

command -v cc >/dev/null || skip_all 'needs a C compiler'
FAILIO=$TEST_TMP/failio.so
cc -std=gnu17 -D_GNU_SOURCE -shared -fPIC -o "$FAILIO" "$TOP/tests/faults/failio.c" -ldl 2>"$TEST_TMP/cc" ||
	skip_all "the library does not build: $(head -n 1 "$TEST_TMP/cc")"

# Much is written out, which takes its time on a real disk.
fast_directory() {
	local made
	made=$(mktemp -d /dev/shm/bothy-test.XXXXXX 2>/dev/null) || made=$(mktemp -d "$TEST_TMP/fast.XXXXXX")
	at_exit "rm -rf --one-file-system '$made'"
	FAST=$(realpath "$made")
}
fast_directory

LANES=2
under=''
lane=$FAST/0 && mkdir "$lane"

# plainly COMMAND…: sets $status, and $said, which is all it printed.
plainly() {
	status=0
	"$@" >"$lane.said" 2>&1 </dev/null || status=$?
	said=$(<"$lane.said")
}

# faulty N HOW COMMAND…: the N-th change below $under, or else the lane, goes wrong. HOW is
#   killed   before it; 'torn' after the first half of the N-th write
#   EIO      it fails; 'full' with "no space left", as does then all that wants room
#   failing  one of these two, by turns
# Sets $status, $said, and $hit: the call and its path, "" if there were not so many. Says what is wrong with how it ended.
faulty() {
	local kind=$2
	local -a told
	[[ $kind != failing ]] || kind=$( (($1 % 2)) && echo full || echo EIO)
	case $kind in
	killed) told=(FAILIO_KILL=before) ;;
	torn) told=(FAILIO_KILL=half) ;;
	full) told=(FAILIO_ERROR=ENOSPC FAILIO_STAYS=1) ;;
	*) told=(FAILIO_ERROR=EIO) ;;
	esac
	rm -f "$lane.hit"
	plainly env LD_PRELOAD="$FAILIO" FAILIO_N="$1" FAILIO_UNDER="${under:-$lane}" FAILIO_HIT="$lane.hit" "${told[@]}" "${@:3}"
	hit=''
	[[ ! -e $lane.hit ]] || hit=$(<"$lane.hit")
	judged "$kind"
}

judged() {
	local cause='input/output error'
	[[ $1 != full ]] || cause='no space left on device'
	case $1,$status in
	killed,137 | torn,137) ;;
	killed,* | torn,*) [[ -z $hit ]] || echo "it was not killed: exit status $status: $said" ;;
	*,0) ;;
	*,1)
		[[ $said == *"error: "*"$cause"* ]] || echo "no cause in: $said"
		[[ $1 != full || $said == *"hint: "* ]] || echo "no hint in: $said"
		;;
	*) echo "exit status $status: $said" ;;
	esac
}

# A process of its own: what a step says, each line with its change; then in the last line how many changes there were.
walk() {
	local how=$2 step=$3 n last=0 misses=0
	lane=$FAST/$1
	mkdir -p "$lane"
	# Threads may take another turn next time, so that one miss is not yet the end.
	for ((n = $1; misses < 2 && n < 5000; n += LANES)); do
		"$step" "$n" "$how" >"$lane.step" 2>"$lane.noise"
		misses=$((misses + 1))
		[[ -z $hit ]] || misses=0 last=$n
		sed "s|^|$n (${hit:-no change}): |; s|$lane/||g" "$lane.step"
	done
	echo "$last"
}

# every_change LABEL HOW STEP [LEAST]: 'STEP N HOW' for each change N, until there are no more of them.
every_change() {
	local i one last=0 found=''
	local -a pids=()
	for ((i = 1; i <= LANES; i++)); do
		walk "$i" "$2" "$3" >"$FAST/$i.found" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for ((i = 1; i <= LANES; i++)); do
		one=$(tail -n 1 "$FAST/$i.found")
		((one <= last)) || last=$one
		found+=$(sed '$d' "$FAST/$i.found")$'\n'
	done
	is "$(sort -s -n -k 1,1 <<<"$found" | grep . | head -n 12)" '' "$1, $2 at each of $last changes"
	((last >= ${4:-5})) || fail '  which are too few'
}
