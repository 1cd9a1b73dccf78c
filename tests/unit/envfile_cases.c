/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/envfile/NAME.lua must give the problems and notes in NAME.expect, one a line:
 * "FILE:LINE: TEXT" in order, then "note: TEXT". Lines that begin with "# " are comments.
 * With names of .lua files as arguments, prints what they give instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "lua/envfile.h"

static void load_case(const char *path, struct text *out)
{
	cleanup(problems_clear) struct problems problems = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_env_raw struct env_raw raw;

	if (envfile_load(path, &raw, &problems, &err) < 0)
		text_addf(out, "error: %s\n", err.text);
	for (size_t i = 0; i < problems.count; i++)
		text_addf(out, "%s:%d: %s\n", problems.at[i].file, problems.at[i].line,
			  problems.at[i].text);
	for (size_t i = 0; i < raw.notes.count; i++)
		text_addf(out, "note: %s\n", raw.notes.at[i]);
}

static void read_expected(const char *path, struct text *out)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text all = { 0 };
	char *rest, *line;

	if (fs_read(path, 1 << 20, &all, &err) < 0)
		fail_msg("%s", err.text);
	text_add(&all, "");
	for (rest = all.ptr; rest && *rest;) {
		line = strsep(&rest, "\n");
		if (!text_has_prefix(line, "# "))
			text_addf(out, "%s\n", line);
	}
}

static void test_case(void **state)
{
	const char *path = *state;
	cleanup_free char *expect = xasprintf("%.*s.expect", (int)strlen(path) - 4, path);
	cleanup_text struct text actual = { 0 }, expected = { 0 };

	load_case(path, &actual);
	read_expected(expect, &expected);
	assert_string_equal(text_str(&actual), text_str(&expected));
}

static void show(char **paths)
{
	for (; *paths; paths++) {
		cleanup_text struct text text = { 0 };

		load_case(*paths, &text);
		printf("%s", text_str(&text));
	}
}

static int run_all(const glob_t *found)
{
	struct CMUnitTest *tests = xcalloc(found->gl_pathc, sizeof(*tests));
	int status;

	for (size_t i = 0; i < found->gl_pathc; i++)
		tests[i] = (struct CMUnitTest){
			.name = found->gl_pathv[i],
			.test_func = test_case,
			.initial_state = found->gl_pathv[i],
		};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	status = _cmocka_run_group_tests("envfile_cases", tests, found->gl_pathc, NULL, NULL);
	free(tests);
	return status;
}

int main(int argc, char **argv)
{
	cleanup_free char *folder =
		fs_join(getenv("BOTHY_TOP") ? getenv("BOTHY_TOP") : ".", "tests/envfile");
	glob_t found;
	int status;

	setenv("BOTHY_TEST_SET", "seven", 1);
	setenv("BOTHY_TEST_NUMBER", "7", 1);
	setenv("BOTHY_TEST_YES", "Yes", 1);
	setenv("BOTHY_TEST_EMPTY", "", 1);
	unsetenv("BOTHY_TEST_UNSET");
	if (chdir(folder) < 0 || glob("*.lua", 0, NULL, &found) != 0) {
		printf("Bail out! no cases in '%s'\n", folder);
		return 1;
	}
	if (argc > 1) {
		show(argv + 1);
		status = 0;
	} else {
		status = run_all(&found);
	}
	globfree(&found);
	return status;
}
