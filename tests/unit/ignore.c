/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of .gitignore: what each leaves out, as written here and as git itself has it. */
#include "core/ignore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/fs.h"
#include "core/proc.h"

/* A path with a slash at its end is a directory. */
static const struct row {
	const char *patterns; /* lines */
	const char *path;
	bool out;
} rows[] = {
	{ "*.o", "a.o", true },
	{ "*.o", "deep/er/a.o", true },
	{ "*.o", "a.oo", false },
	{ "", "a", false },
	{ "# a", "# a", false },
	{ "\\#a", "#a", true },
	{ "a ", "a", true },
	{ "a\\ ", "a ", true },
	{ "a\\ ", "a", false },
	{ "node_modules/", "node_modules/", true },
	{ "node_modules/", "node_modules", false },
	{ "node_modules/", "web/node_modules/x/y", true },
	{ "/build", "build", true },
	{ "/build", "src/build", false },
	{ "src/*.c", "src/a.c", true },
	{ "src/*.c", "src/x/a.c", false },
	{ "src/*.c", "lib/src/a.c", false },
	{ "**/log", "log", true },
	{ "**/log", "a/b/log", true },
	{ "**/log/x", "a/log/x", true },
	{ "log/**", "log/", false },
	{ "log/**", "log/a/b", true },
	{ "a/**/b", "a/b", true },
	{ "a/**/b", "a/x/y/b", true },
	{ "a/**/b", "c/a/b", false },
	{ "a/**/**/b/**/c", "a/b/c", true },
	{ "a**b", "axxb", true },
	{ "/a**b", "a/b", false },
	{ "**", "x/y", true },
	{ "*\n!keep", "keep", false },
	{ "*\n!keep", "lose", true },
	{ "dir/\n!dir/keep", "dir/keep", true },
	{ "dir/*\n!dir/keep", "dir/keep", false },
	{ "!a\na", "a", true },
	{ "\\!a", "!a", true },
	{ "[ab].txt", "b.txt", true },
	{ "[!ab].txt", "b.txt", false },
	{ "[^ab].txt", "c.txt", true },
	{ "x[0-9]", "x7", true },
	{ "x[[:digit:]]", "x7", true },
	{ "x?y", "x/y", false },
	{ "x?y", "xzy", true },
	{ "*", ".hidden", true },
	{ "a\\*b", "a*b", true },
	{ "a\\*b", "axb", false },
	{ "/", "a", false },
	{ "a/", "a/b", true },
	{ "a//b", "a/b", false },
	{ "//a", "a", false },
	{ "a//", "a/", false },
	{ "**//a", "a", false },
	{ "gr\303\274n", "gr\303\274n", true },
	{ "\377*", "\377\376", true },
	{ "/a/b/", "a/b/", true },
	{ "/a/b/", "x/a/b/", false },
	{ "[a", "[a", false },
	{ "[a", "a", false },
	{ "x[", "x[", false },
	{ "[]", "[]", false },
	{ "*\n![a", "[a", true },
	{ "[]a]", "]", true },
	{ "[!]a]", "b", true },
	{ "[!]a]", "]", false },
	{ "[[=a=]]", "a", false },
	{ "[[=a=]]", "a]", true },
	{ "[[=a=]]", "=]", true },
	{ "[[.a.]]", ".]", true },
	{ "[[:digit:]x]", "7", true },
	{ "[[:digit:]x]", "x", true },
	{ "[![:digit:]]", "7", false },
	{ "[[:alpha:]]", "\303", false },
	{ "[[:nothing:]]", "n", false },
	{ "[[::]]", "[", false },
	{ "[[:]", "[", true },
	{ "[[:a]", "[", true },
	{ "[a-c-e]", "d", false },
	{ "[a-c-e]", "-", true },
	{ "[a-]", "-", true },
	{ "x[--0]", "x.", true },
	{ "[\\]]", "]", true },
	{ "[a-\\c]", "b", true },
	{ "[\\a-c]", "b", true },
	{ "[c-a]", "b", false },
	{ "[c-a]", "c", true },
	{ "[a/]b", "ab", true },
	{ "[a/]b", "x/ab", false },
	{ "a[/]b", "a/b", false },
	{ "a[^/]b", "axb", true },
	{ "a[^/]b", "a/b", false },
	{ "a[.-0]b", "a/b", false },
	{ "x/[/-9]", "x/5", true },
	{ "x/[+-/]", "x/-", true },
	{ "[//]", "x", false },
	{ "a\\/b", "a/b", true },
	{ "a\\\\/b", "a\\/b", true },
	{ "a\\\\/b", "a/b", false },
	{ "**\\/b", "x/y/b", true },
	{ "a\\", "a", false },
	{ "a\\", "a\\", false },
	{ "a\\/", "a/", false },
	{ "*a*b*a*", "xaxbxax", true },
	{ "*a*b*a*", "xaxbxxx", false },
	{ "a*[b]*c", "aabbcc", true },
	{ "?", "\303\274", false },
};

static bool decide(const struct row *row)
{
	cleanup_free char *text = xstrdup(row->patterns), *path = xstrdup(row->path);
	const char *lines[8];
	struct strings patterns = { lines, 0 };
	cleanup_ignore struct ignore ig = { 0 };
	size_t len = strlen(path);
	bool directory = len && path[len - 1] == '/';

	for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
		lines[patterns.count++] = line;
	ignore_init(&ig, &patterns);
	if (directory)
		path[len - 1] = '\0';
	return ignore_covers(&ig, path, directory);
}

static void patterns_leave_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (decide(&rows[i]) != rows[i].out)
			fail_msg("'%s' and '%s': not %d", rows[i].patterns, rows[i].path,
				 rows[i].out);
}

static void must(const char *const argv[])
{
	struct error err = { 0 };

	if (proc_must(argv, 0, &err) < 0)
		fail_msg("%s", err.text);
}

/* What is a directory, git asks the disk. */
static void git_says_the_same(void **state)
{
	char directory[] = "/tmp/bothy-ignore.XXXXXX";
	const char *const version[] = { "git", "--version", NULL };
	struct error err = { 0 };

	(void)state;
	if (proc_must(version, 0, &err) < 0) {
		error_clear(&err);
		skip();
	}
	assert_non_null(mkdtemp(directory));
	must((const char *const[]){ "git", "init", "-q", directory, NULL });
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *file = fs_join(directory, ".gitignore");
		cleanup_free char *lines = xasprintf("%s\n", rows[i].patterns);
		cleanup_proc struct proc_result said = { 0 };
		cleanup_free char *path = xstrdup(rows[i].path);
		size_t len = strlen(path);
		bool is_directory = path[len - 1] == '/';
		const char *const ask[] = { "git", "-C", directory, "check-ignore",
					    "-q",  "--", path,      NULL };
		cleanup_free char *full = fs_join(directory, path);

		if (is_directory) {
			path[len - 1] = '\0';
			assert_int_equal(fs_make_dirs(full, 0755, NULL, &err), 0);
		}
		assert_int_equal(fs_write(file, lines, strlen(lines), 0644, NULL, &err), 0);
		assert_int_equal(proc_run(ask, 0, &said, &err), 0);
		if ((said.status == 0) != rows[i].out)
			fail_msg("git of '%s' and '%s': %d", rows[i].patterns, rows[i].path,
				 said.status);
		if (is_directory) {
			cleanup_free char *top =
				xstrndup(full, strlen(directory) + 1 + strcspn(path, "/"));

			assert_int_equal(fs_remove(top, &err), 0);
		}
	}
	assert_int_equal(fs_remove(directory, &err), 0);
}

static void nothing_is_left_out_without_patterns(void **state)
{
	cleanup_ignore struct ignore ig = { 0 };

	(void)state;
	ignore_init(&ig, &(struct strings){ 0 });
	assert_false(ignore_covers(&ig, "a/b", false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_leave_out),
		cmocka_unit_test(git_says_the_same),
		cmocka_unit_test(nothing_is_left_out_without_patterns),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
