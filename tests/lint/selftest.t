#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each lint script is silent on a good tree and names the file and line of each bad sample.
. "${0%/*}/../lib.sh"

HEAD='/* SPDX-License-Identifier: Apache-2.0 */'
SCRIPT_HEAD='# SPDX-License-Identifier: Apache-2.0'

lines() { for ((n = 0; n < $1; n++)); do printf '%s\n' "${2:-}"; done; }
c() { printf '%s\n' "$HEAD" "$@"; }
box() { c '#include "boxes/box.h"' "$@"; }
header() { c "#ifndef $1" "#define $1" "${@:2}" '#endif'; }
script() { printf '#!/bin/%s\n%s\n' "$1" "$SCRIPT_HEAD" && printf '%s\n' "${@:2}"; }
put() { mkdir -p "$(dirname "$1")" && cat >"$1"; }

tree() {
	new_project
	git init -q .
	cp "$TOP/.clang-format" .
	printf '%s\nprint-cflags:\n\t@echo -Wall -I.\n' "$SCRIPT_HEAD" >Makefile
	printf '%s\n/* A box. */\n#ifndef BOX_H\n#define BOX_H\nint box_open(const char *name);\n#endif\n' \
		"$HEAD" >put.h && put boxes/box.h <put.h && rm put.h
	put boxes/box.c < <(
		box "" "#include <archive.h>" "#include <sys/stat.h>" "" "#include \"core/error.h\"" "" \
			"/* \"printf(\" and exit( in text are no calls; nor is strcpy(). */" \
			"int box_open(const char *name)" "{" \
			"	return name[0] == '\"' ? 1 : stat(\"system(\", 0);" "}"
	)
	put core/error.h <<<"$HEAD
#ifndef ERROR_H
#define ERROR_H
#include <stddef.h>
size_t error_size(void);
#endif"
	put tests/unit/any.c <<<"$HEAD
#include \"boxes/box.h\""
	put tests/some.t <<<"#!/bin/bash
$SCRIPT_HEAD
true"
}

# catches LINT REGEX FILE: the sample on standard input, as FILE in a good tree, is found.
catches() {
	tree
	put "$3"
	run "$TOP/tests/lint/$1" </dev/null
	like "$status:$out" "^1:(.*"$'\n'")?$3:[0-9]+: .*$2" "$1 finds '$2' in $3"
}

silent() {
	run "$TOP/tests/lint/$1"
	is "$status:$out$err" 0: "$1 is silent $2"
}

tree
for check in format layers headers sizes banned shell names spdx; do
	silent "$check" 'on a good tree'
done
mkdir build && c 'int x = system("x"); // TODO' >build/util.c && echo /build/ >.gitignore
for check in format banned names; do
	silent "$check" 'on what git ignores'
done

catches format 'not formatted' core/a.c < <(c 'int  a;')

catches layers 'boxes/ may not include guest/' boxes/a.c < <(box '#include "guest/ssh.h"')
catches layers 'core/ may not include cli/' core/a.h < <(c '#include "cli/out.h"')
catches layers 'with its room' core/a.c < <(c '#include "error.h"')
catches layers 'belongs to lua' cli/a.c < <(c '#include <lua.h>')
catches layers 'belongs to guest' providers/a.c < <(c '# include <libssh/libssh.h>')
catches layers 'belongs to core/digest.c' core/a.c < <(c '#include <openssl/evp.h>')
catches layers 'has no room' core/a.c < <(c '#include <zstd.h>')
catches layers 'only cli/ prints' core/a.c < <(c 'int f(void) { return puts("x"); }')
catches layers 'only cli/ prints' guest/a.c < <(c 'void f(void) { fprintf(' 'stderr, "x"); }')
catches layers 'may call exit' cli/a.c < <(c 'void f(void) { exit(1); }')
tree
put core/digest.c < <(c '#include <openssl/evp.h>')
put cli/main.c < <(c '#include <stdio.h>' 'int main(void) { puts(""); _exit(0); exit(1); }')
silent layers 'on what is allowed in one place'

catches headers 'no include guard' core/a.h < <(c 'int f(void);')
catches headers 'is taken by' core/a.h < <(header BOX_H 'int f(void);')
catches headers 'does not compile alone' core/a.h < <(header A_H 'size_t f(void);')
catches headers 'not its own' core/error.c < <(c '#include <stddef.h>' '#include "core/error.h"')
catches headers 'not the header of boxes' boxes/a.c < <(c '#include "core/error.h"')

catches sizes 'core/a.c:f has 61 lines' core/a.c < <(c 'int f(void)' '{' "$(lines 57 ';')" 'return 0;' '}')
catches sizes 'f has 7 parameters' core/a.c < <(
	c 'int f(int a, int b, int c, int d, int e, int (*g)(int, int), int h)' '{' '}'
)
catches sizes 'has 501 lines' core/a.c < <(c "$(lines 500 ';')")
catches sizes 'has 151 lines' core/a.h < <(c "$(lines 150 ';')")
catches sizes 'has 153 lines' tests/cli/a.t < <(script bash "$(lines 151 true)")
catches sizes 'needs no exception' tests/lint/sizes.allow <<<'source core/error.c 600 large'
catches sizes 'not .kind name limit reason' tests/lint/sizes.allow <<<'source core/error.c 600'
tree
put core/a.c < <(c "$(lines 509 ';')")
put tests/lint/sizes.allow <<<'source core/a.c 510 a table'
silent sizes 'on an exception that fits'
put tests/lint/sizes.allow <<<'source core/a.c 512 a table'
run "$TOP/tests/lint/sizes"
like "$out" '^tests/lint/sizes.allow:1: .*lower it to 510' 'sizes lowers an exception that is too large'

for call in strcpy strcat sprintf vsprintf gets system popen strtok atoi atol gethostbyname signal \
	tmpnam mktemp alloca sleep usleep malloc calloc realloc strdup asprintf; do
	catches banned "$call\\(\\) " core/a.c < <(c 'void f(void)' '{' "	g($call(x));" '}')
done
catches banned 'use core/opening.h' lua/a.c < <(c 'int f(void)' '{' '	return syscall(SYS_openat2);' '}')
for word in TODO FIXME XXX HACK; do
	catches banned "'$word'" README.md <<<"see $word: later"
done
tree
put core/mem.c < <(c 'void *f(void) { return malloc(mkstemp_XXXXXX); }' '/* system( */')
silent banned 'on core/mem.c, comments and longer names'

# shellcheck disable=SC2016  # the sample is not expanded here
catches shell 'SC2086' tools/do < <(script sh 'echo $1')
catches shell 'SC2034' tests/a.t < <(script bash 'unused=1')

for name in core/util.c core/box_common.h tests/misc.t core/ssh-helpers.c; do
	catches names 'says nothing' "$name" < <(c)
done
catches names 'without a typedef' core/a.h < <(c 'typedef struct' '{ int x; } box;')

catches spdx 'begin with' core/a.c <<<'int x;'
catches spdx 'begin with' core/a.h < <(printf '\n' && c)
catches spdx 'within three lines' tools/do < <(printf '#!/bin/sh\n\n\n%s\n' "$SCRIPT_HEAD")

tree
cp -r "$TOP/tests/lint" "$TOP/tests/lib.sh" tests/
rm tests/lint/sizes.allow
exits 0 'the driver passes a good tree' tests/lint/run
is "$(grep -c '^ok' <<<"$out") ${out%%$'\n'*}" '8 1..8' 'with one test a script'
put core/a.c <<<'int  x;'
exits 1 'the driver fails a bad tree' tests/lint/run
is "$(grep -c '^not ok' <<<"$out")" 3 'in each script that found something'
like "$err" '# core/a.c:1: not formatted' 'and shows what'
done_testing
