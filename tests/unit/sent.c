/* SPDX-License-Identifier: Apache-2.0 */
/* What is noted of a copy, where notes cannot be written. */
#include "guest/sent.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cmocka.h>

#define KEY "0123"

static const struct owner nobody;

static int mark(const char *name, const char *path, struct error *err)
{
	struct listed entry = { .path = path, .type = 'f' }, *entries[] = { &entry };

	return sent_mark(name, KEY, entries, 1, &nobody, err);
}

static void half_a_path_is_none(void **state)
{
	char directory[] = "/tmp/bothy-sent.XXXXXX";
	cleanup_sent struct sent s = { 0 };
	cleanup_free char *name = NULL;
	struct rlimit before, few = { .rlim_cur = 20 };
	struct error err = { 0 };

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_non_null(mkdtemp(directory));
	name = fs_join(directory, "x");
	assert_int_equal(mark(name, "first", &err), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	few.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	assert_int_equal(mark(name, "src/foo.c", &err), -1);
	error_clear(&err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(mark(name, "last", &err), 0);
	assert_int_equal(sent_load(name, KEY, &s, &err), 0);
	assert_int_equal(s.entries.count, 2);
	assert_non_null(listing_find(&s.entries, "first"));
	assert_non_null(listing_find(&s.entries, "last"));
	assert_int_equal(fs_remove(directory, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(half_a_path_is_none) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
