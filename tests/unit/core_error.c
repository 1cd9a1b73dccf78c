/* SPDX-License-Identifier: Apache-2.0 */
/* Errors gather context on their way up; problems are sorted and said once. */
#include "core/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void context_comes_first(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(error_errno(&err, EACCES, "cannot open '%s'", "f"), -1);
	assert_string_equal(err.text, "cannot open 'f': permission denied");
	assert_int_equal(err.kind, ERROR_DENIED);
	assert_int_equal(err.code, EACCES);
	assert_int_equal(error_hint(&err, "try %s", "sudo"), -1);
	assert_int_equal(error_wrap(&err, "cannot start machine '%s'", "web"), -1);
	assert_string_equal(err.text,
			    "cannot start machine 'web': cannot open 'f': permission denied");
	assert_int_equal(err.kind, ERROR_DENIED);
	assert_int_equal(err.code, EACCES);
	/* The innermost hint knows best. */
	error_hint(&err, "anything else");
	assert_string_equal(err.hint, "try sudo");
}

static void setting_replaces(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	error_set(&err, ERROR_BOX, "one");
	error_hint(&err, "old");
	/* A text may be made from the one it replaces. */
	assert_int_equal(error_set(&err, ERROR_GUEST, "%s and two", err.text), -1);
	assert_string_equal(err.text, "one and two");
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_null(err.hint);
	error_wrap(&err, "%s", err.text);
	assert_string_equal(err.text, "one and two: one and two");
}

static void moving_empties(void **state)
{
	cleanup_error struct error from = { 0 }, to = { 0 };

	(void)state;
	error_set(&to, ERROR_BOX, "old");
	error_set(&from, ERROR_BUSY, "new");
	assert_int_equal(error_move(&to, &from), -1);
	assert_string_equal(to.text, "new");
	assert_int_equal(to.kind, ERROR_BUSY);
	assert_null(from.text);
	assert_int_equal(from.kind, ERROR_NONE);
	error_clear(&to);
	assert_null(to.text);
	/* Nothing in it is still something to wrap. */
	error_wrap(&to, "outer");
	assert_string_equal(to.text, "outer: unknown cause");
}

static void what_failed_as_well_stands_behind(void **state)
{
	cleanup_error struct error err = { 0 }, other = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		error_set(&other, ERROR_BOX, "%d", i);
		error_hint(&other, "hint %d", i);
		assert_int_equal(error_add(&err, &other), -1);
		assert_null(other.text);
	}
	error_wrap(&err, "all");
	assert_string_equal(err.text, "all: 0");
	assert_string_equal(err.next->text, "1");
	assert_string_equal(err.next->next->hint, "hint 2");
	assert_null(err.next->next->next);
	error_set(&err, ERROR_BOX, "another");
	assert_null(err.next);
}

static void kinds_follow_errno(void **state)
{
	static const struct {
		int errnum;
		enum error_kind kind;
	} rows[] = { { ENOENT, ERROR_NOT_FOUND },  { EPERM, ERROR_DENIED },
		     { EROFS, ERROR_DENIED },      { EINTR, ERROR_STOPPED },
		     { ETIMEDOUT, ERROR_TIMEOUT }, { EIO, ERROR_SYSTEM } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error err = { 0 };

		error_errno(&err, rows[i].errnum, "x");
		assert_int_equal(err.kind, rows[i].kind);
	}
}

static void kinds_have_words(void **state)
{
	(void)state;
	for (enum error_kind a = ERROR_NONE; a <= ERROR_SYSTEM; a++) {
		assert_non_null(error_kind_name(a));
		for (enum error_kind b = ERROR_NONE; b < a; b++)
			assert_string_not_equal(error_kind_name(a), error_kind_name(b));
	}
}

static void problems_are_sorted_and_said_once(void **state)
{
	cleanup(problems_clear) struct problems p = { 0 };
	static const struct {
		const char *file;
		int line;
		const char *text;
	} rows[] = { { NULL, 0, "z" },
		     { "a", 3, "b" },
		     { "a", 3, "c" },
		     { "a", 20, "a" },
		     { "b", 1, "a" } };

	(void)state;
	problems_hint(&p, "nothing to give it to");
	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		size_t k = i * 3 % ARRAY_SIZE(rows);

		problems_add(&p, rows[k].file, rows[k].line, "%s", rows[k].text);
		problems_hint(&p, "hint %s", rows[k].text);
	}
	problems_sort(&p);
	assert_int_equal(p.count, ARRAY_SIZE(rows));
	for (size_t i = 0; i < p.count; i++) {
		assert_int_equal(p.at[i].line, rows[i].line);
		assert_string_equal(p.at[i].text, rows[i].text);
		assert_string_equal(p.at[i].hint + strlen("hint "), rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(context_comes_first),
		cmocka_unit_test(setting_replaces),
		cmocka_unit_test(moving_empties),
		cmocka_unit_test(what_failed_as_well_stands_behind),
		cmocka_unit_test(kinds_follow_errno),
		cmocka_unit_test(kinds_have_words),
		cmocka_unit_test(problems_are_sorted_and_said_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("core_error", tests, NULL, NULL);
}
