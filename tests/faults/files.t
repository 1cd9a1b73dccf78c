#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A full or failing disk at every write below the project and the home.
. "${0%/*}/../lib.sh"
. "${0%/*}/../cli/project.sh"
. "${0%/*}/converge.sh"

command -v cc >/dev/null || skip_all 'needs a C compiler'
cc -std=gnu17 -D_GNU_SOURCE -shared -fPIC -o "$TEST_TMP/failio.so" "$TOP/tests/faults/failio.c" -ldl 2>"$TEST_TMP/cc" ||
	skip_all "the library does not build: $(head -n 1 "$TEST_TMP/cc")"

one_machine_with 'provision = { shell "true" }'
bothy up -q
wanted=$(whole)
cp -a .bothy "$TEST_TMP/up.bothy" && cp -a "$BOTHY_HOME" "$TEST_TMP/up.home"

# on_bad_disk N ERROR COMMAND…: the N-th change of a file fails; $TEST_TMP/hit tells whether there were so many.
on_bad_disk() {
	rm -f "$TEST_TMP/hit"
	run env LD_PRELOAD="$TEST_TMP/failio.so" FAILIO_N="$1" FAILIO_ERROR="$2" FAILIO_HIT="$TEST_TMP/hit" \
		FAILIO_UNDER="$PROJECT:$BOTHY_HOME" "${@:3}"
}

# judged ERROR: what is wrong with how the last run ended.
judged() {
	local text='input/output error'
	[[ $1 == ENOSPC ]] && text='no space left on device'
	case $status in
	0) ;;
	1) [[ $err == *"error: "*"'/"*"$text"* ]] || echo "no path or cause in: $err" ;;
	*) echo "exit status $status: $err" ;;
	esac
	[[ -z $(temporary_files) ]] || echo "left behind: $(temporary_files)"
}

after_up() {
	judged "$1"
	((n % 4)) || named
	reaches "$wanted"
	((n % 4)) || leaves_nothing
}

after_destroy() {
	judged "$1"
	leaves_nothing
}

errors=(EIO ENOSPC)
for ((n = 1; n < 300; n++)); do
	forget_all
	error=${errors[n % 2]}
	on_bad_disk "$n" "$error" "$BOTHY" up
	[[ -e $TEST_TMP/hit ]] || break
	is "$(after_up "$error")" '' "up, $error at change $n"
done
ok 'every change was tried' test "$n" -gt 30 -a "$n" -lt 300
is "$status" 0 'and the last run was untouched'

for ((n = 1; n < 100; n++)); do
	forget_all
	cp -a "$TEST_TMP/up.bothy" .bothy && cp -a "$TEST_TMP/up.home" "$BOTHY_HOME"
	error=${errors[n % 2]}
	on_bad_disk "$n" "$error" "$BOTHY" destroy -f
	[[ -e $TEST_TMP/hit ]] || break
	is "$(after_destroy "$error")" '' "destroy, $error at change $n"
done
ok 'every change was tried' test "$n" -gt 5 -a "$n" -lt 100
done_testing
