/* SPDX-License-Identifier: Apache-2.0 */
/* What 'bothy sync' says of what it did. */
#include "cli/sync.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void check(struct sync_result r, const char *wanted)
{
	cleanup_free char *got = sync_describe(&r);

	assert_string_equal(got, wanted);
}

static void results_have_words(void **state)
{
	(void)state;
	check((struct sync_result){ .took_ms = 900 }, "up to date");
	check((struct sync_result){ .files = 1, .bytes = 1, .took_ms = 40 },
	      "sent 1 file (1 byte) in 0.0 s");
	check((struct sync_result){ .files = 2, .bytes = 999, .others = 3, .took_ms = 1250 },
	      "sent 2 files (999 bytes) in 1.2 s");
	check((struct sync_result){ .files = 9, .bytes = 4403200, .removed = 2, .took_ms = 100 },
	      "sent 9 files (4.2 MiB), removed 2 in 0.1 s");
	check((struct sync_result){ .files = 9, .bytes = 30ULL << 30, .took_ms = 100 },
	      "sent 9 files (30 GiB) in 0.1 s");
	check((struct sync_result){ .others = 1, .took_ms = 100 }, "sent 1 directory in 0.1 s");
	check((struct sync_result){ .removed = 7, .took_ms = 100 }, "removed 7 in 0.1 s");
}

static void what_was_left_out_is_named(void **state)
{
	const struct folder f = { .said = "./src" };
	struct sync_result r = { 0 };
	char one[] = "fifo";
	cleanup_free char *many = NULL, *single = NULL;

	(void)state;
	assert_null(sync_describe_skipped(&r, &f));
	r = (struct sync_result){ .skipped = 1, .skipped_first = one };
	single = sync_describe_skipped(&r, &f);
	assert_string_equal(single,
			    "./src: left out 1 that is neither file, directory nor link: 'fifo'");
	r.skipped = 3;
	many = sync_describe_skipped(&r, &f);
	assert_string_equal(
		many, "./src: left out 3 that are neither file, directory nor link: 'fifo', …");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_have_words),
		cmocka_unit_test(what_was_left_out_is_named),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
