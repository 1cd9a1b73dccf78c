#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A full or failing disk at every write of the store's small files and of bothy.lock.
. "${0%/*}/../lib.sh"

saves=${BOTHY%/*}/unit/store_saves
[[ -x $saves ]] || skip_all "needs $saves"
command -v cc >/dev/null || skip_all 'needs a C compiler'
cc -std=gnu17 -D_GNU_SOURCE -shared -fPIC -o "$TEST_TMP/failio.so" "$TOP/tests/faults/failio.c" -ldl 2>"$TEST_TMP/cc" ||
	skip_all "the library does not build: $(head -n 1 "$TEST_TMP/cc")"

store=$TEST_TMP/store
declare -A texts=([EIO]='input/output error' [ENOSPC]='no space left on device')

# judged ERROR BEFORE: what is wrong with how the last run ended, when all files had that state before.
judged() {
	local shown
	((status == 1)) || echo "exit status $status"
	[[ $err == "error: "*"'$store"*"${texts[$1]}" ]] || echo "no path or cause in: $err"
	[[ -z $(find "$store" -name '*.new') ]] || echo "left behind: $(find "$store" -name '*.new')"
	shown=$("$saves" show "$store" 2>&1)
	[[ $shown =~ ^"content "[$2/2]", entry "[$2/2]", lock "[$2/2]$ ]] || echo "torn: $shown"
}

# saved_on_bad_disk BEFORE: state 2 is saved over that state, each time another call fails.
saved_on_bad_disk() {
	local n error
	for ((n = 1; n < 100; n++)); do
		rm -rf "$store" "$TEST_TMP/hit"
		mkdir "$store"
		(($1 == 0)) || "$saves" save "$store" "$1"
		error=ENOSPC
		((n % 2)) || error=EIO
		run env LD_PRELOAD="$TEST_TMP/failio.so" FAILIO_N="$n" FAILIO_ERROR="$error" FAILIO_HIT="$TEST_TMP/hit" \
			FAILIO_UNDER="$store" "$saves" save "$store" 2
		[[ -e $TEST_TMP/hit ]] || break
		is "$(judged "$error" "$1")" '' "over state $1, $error at change $n"
	done
	ok 'every change was tried' test "$n" -gt 12 -a "$n" -lt 100
	is "$status" 0 'and the last run was untouched'
	is "$("$saves" show "$store")" 'content 2, entry 2, lock 2' '  and saved all'
}

saved_on_bad_disk 0
saved_on_bad_disk 1
done_testing
