/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of .gitignore as rsync's filters: rsync takes what our own walk of the tree takes. */
#include "guest/rsync.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/fs.h"
#include "core/proc.h"
#include "guest/listing.h"

static const char tree[] =
	"mkdir -p a/b/c a/x/y/b build/deep src/build log/sub 'sp ace' .bothy web/node_modules/m; "
	"touch a/b/f a/b/c/f.o a/x/y/b/f a/f.c build/f build/deep/keep src/build/f src/f.c src/f.o "
	"log/f log/sub/f keep.o lose.o .hidden 'sp ace/f ' 'a*b' axb '#f' '!f' 'back\\slash' .bothy/key "
	"web/node_modules/m/f web/log";

static const char *const cases[] = {
	"",         "*.o",     "*.o\n!keep.o", "/build",        "build/",      "src/*.c",
	"**/build", "**/b/f",  "a/**/b",       "a/**/f",        "log/**",      "/**",
	"**",       "*\n!src", "*\n!*/\n!*.c", "node_modules/", "log",         "log/",
	"a\\*b",    "a*b",     "a**b",         "/a**b",         "\\#f\n\\!f",  "back\\\\slash",
	"sp ace/",  "f\\ ",    "[af]*",        "a/b\n!a/b/c",   "a/**/y/**/f", ".*",
	"!.bothy",  "?ack*",   "**//log",      "a//",           "//build",     "[l",
	"[[=l=]]",  "[a/]*b",  "sr[^/]/f.c",   "src/[/-f].c",   "a/[+-/]/f",   "a\\/b",
	"[[:x:]]",  "[!a-y]*", "lo[/g]/f",
};

static struct strings split(char *text, const char **lines)
{
	struct strings out = { lines, 0 };

	for (char *line; (line = strsep(&text, "\n"));)
		lines[out.count++] = line;
	return out;
}

/* The names of both, one a line, sorted by rsync's way of going through a tree. */
static char *walk(const char *directory, const struct strings *patterns)
{
	cleanup_ignore struct ignore ig = { 0 };
	cleanup_listing struct listing l = { 0 };
	cleanup_close int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error err = { 0 };
	struct text t = { 0 };

	ignore_init(&ig, patterns);
	assert_int_equal(listing_scan(fd, directory, &ig, &l, &err), 0);
	for (size_t i = 0; i < l.count; i++)
		text_addf(&t, "%s\n", l.at[i].path);
	return text_take(&t);
}

static char *ask_rsync(const char *directory, const struct strings *patterns)
{
	static const char script[] =
		"from=$1; shift; rsync -a -n --out-format=%n \"$@\" \"$from/\" /nowhere/else/ | "
		"sed '/^created directory/d; s,\\(.\\)/$,\\1,; s,^\\./$,.,; s/\\\\#134/\\\\/' | LC_ALL=C sort";
	struct arena a = { 0 };
	struct strings filters = rsync_filters(patterns, &a);
	const char *argv[80] = { "sh", "-c", script, "sh", directory };
	struct proc_result said = { 0 };
	struct error err = { 0 };

	for (size_t i = 0; i < filters.count; i++)
		argv[5 + i] = filters.at[i];
	assert_int_equal(proc_run(argv, 0, &said, &err), 0);
	arena_clear(&a);
	return text_take(&said.output);
}

static void rsync_takes_the_same(void **state)
{
	char directory[] = "/tmp/bothy-filters.XXXXXX";
	const char *const version[] = { "rsync", "--version", NULL };
	const char *const make[] = { "sh", "-c", "cd \"$1\" && eval \"$2\"", "sh", directory,
				     tree, NULL };
	struct error err = { 0 };

	(void)state;
	if (proc_must(version, 0, &err) < 0) {
		error_clear(&err);
		skip();
	}
	assert_non_null(mkdtemp(directory));
	assert_int_equal(proc_must(make, 0, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *text = xstrdup(cases[i]), *ours = NULL, *theirs = NULL;
		const char *lines[8];
		struct strings patterns = split(text, lines);

		ours = walk(directory, &patterns);
		theirs = ask_rsync(directory, &patterns);
		if (!text_equal(ours, theirs))
			fail_msg("'%s': we take\n%srsync\n%s", cases[i], ours, theirs);
	}
	assert_int_equal(fs_remove(directory, &err), 0);
}

static void words_are_quoted(void **state)
{
	cleanup_text struct text t = { 0 };

	(void)state;
	rsync_add_word(&t, "ssh");
	rsync_add_word(&t, "it's a path");
	assert_string_equal(t.ptr, "'ssh' 'it''s a path'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsync_takes_the_same),
		cmocka_unit_test(words_are_quoted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
