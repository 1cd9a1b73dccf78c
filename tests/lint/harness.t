#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/run counts right and tests/lib.sh notices what fails: a harness that cannot fail proves nothing.
. "${0%/*}/../lib.sh"
new_project

# given FILE LINE…: a shell test with these lines.
given() {
	{ printf '#!/bin/bash\n. %q\n' "$TOP/tests/lib.sh" && printf '%s\n' "${@:2}"; } >"$1"
	chmod +x "$1"
}

# counts STATUS COUNTS DESCRIPTION ARGUMENT…: how tests/run ends.
counts() {
	run "$TOP/tests/run" "${@:4}"
	is "$status: ${out##*$'\n'}" "$1: $2" "$3"
}

given good.t 'pass one' 'skip two why' 'done_testing'
given bad.t 'pass one' 'is a b "letters are equal"' 'done_testing'
given skipped.t 'skip_all "no engine"'
given dies.t 'plan 2' 'pass one' 'kill -SEGV $$'
given silent.t 'exit 0'
given leaves_early.t 'pass one' 'exit 0'
given hangs.t 'plan 1' 'pass one' "mkfifo $PWD/never" "read -r x <$PWD/never"
printf '#!/bin/sh\necho 1..2\necho ok 1\necho "not ok 2 # SKIP as cmocka says it"\n' >cmocka

counts 0 '1 passed, 0 failed, 1 skipped' 'a test that passes and one that is skipped' good.t
counts 0 '1 passed, 0 failed, 2 skipped' 'a file that skips itself is one skip' good.t skipped.t
counts 0 '1 passed, 0 failed, 1 skipped' 'a script without the executable bit, a skip of cmocka' cmocka
counts 1 '2 passed, 1 failed, 1 skipped' 'a test that fails' good.t bad.t
like "$out" 'not ok 2 - letters are equal.*# +got: a.*# wanted: b' 'with its details'
counts 1 '1 passed, 1 failed, 0 skipped' 'a file that dies' dies.t
counts 1 '0 passed, 1 failed, 0 skipped' 'a file that says nothing' silent.t
counts 1 '1 passed, 1 failed, 0 skipped' 'a file without a plan' leaves_early.t
counts 1 '1 passed, 1 failed, 0 skipped' 'a file that hangs' -t 1 hangs.t
like "$out" 'time limit of 1 s' 'and it says so'
counts 1 '0 passed, 1 failed, 0 skipped' 'a file that is not there' nowhere.t
counts 1 '0 passed, 0 failed, 1 skipped' 'no test that ran' skipped.t

# Each check must fail on what is wrong; the files left behind are counted too.
mkdir tmp
for check in 'ok no false' 'is a b no' 'like abc ^b no' 'unlike abc b no' 'exits 3 no true' \
	'ok no wait_until 0 false'; do
	given check.t "$check" 'done_testing'
	TMPDIR=$PWD/tmp run "$TOP/tests/run" check.t
	is "${out##*$'\n'}" '0 passed, 1 failed, 0 skipped' "fails: $check"
done
is "$(ls tmp)" '' 'nothing is left behind'

# shellcheck disable=SC2016  # the test that is written expands them
given clean.t 'new_project' 'is "$HOME:${BOTHY_FILE:-}:${SECRET:-}:$BOTHY_TEST_X" "${PROJECT%/*}/home:::kept" clean' \
	'run sh -c "echo {\\\"a\\\":[1,true]}; echo bad >&2; exit 7"' \
	'is "$status $err $(json ".a[1]") $(json .a)" "7 bad true [1,true]" run' 'done_testing'
export BOTHY_FILE=/x SECRET=1 BOTHY_TEST_X=kept
counts 0 '2 passed, 0 failed, 0 skipped' 'a clean environment, output and status kept' clean.t
done_testing
