#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The program tests once more, with the program built under ASan and UBSan: one check a file.
. "${0%/*}/lib.sh"

export BOTHY=$TOP/build/asan/bothy
[[ -x $BOTHY ]] || skip_all 'build/asan/bothy is not built; make asan does'
# Strings and documents of a process that is about to end are the system's to free.
export ASAN_OPTIONS=abort_on_error=0:exitcode=99:detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1

for file in "$TOP"/tests/cli/*.t "$TOP"/tests/contract/*.t; do
	name=${file#"$TOP/"}
	ok "$name" bash "$file"
done
done_testing
