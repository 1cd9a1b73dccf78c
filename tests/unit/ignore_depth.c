/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns with many "**": what they cost does not grow with the ways to read them. */
#include "core/ignore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "core/text.h"

#define DEPTH 200
#define ANYWHERE 20 /* times "a" at any depth: 10^27 ways to choose them */
#define PATIENCE_S 120

static char *repeat(const char *what, size_t times, const char *last)
{
	struct text t = { 0 };

	for (size_t i = 0; i < times; i++)
		text_add(&t, what);
	text_add(&t, last);
	return text_take(&t);
}

static bool is_out(const char *pattern, const char *path)
{
	const struct strings patterns = { &pattern, 1 };
	cleanup_ignore struct ignore ig = { 0 };

	ignore_init(&ig, &patterns);
	return ignore_matches(&ig, path, false);
}

static void every_way_is_not_tried(void **state)
{
	cleanup_free char *path = repeat("a/", DEPTH, "end");
	cleanup_free char *misses = repeat("**/a/", ANYWHERE, "other");
	cleanup_free char *hits = repeat("**/a/", ANYWHERE, "**/end");
	cleanup_free char *within = repeat("**/a/", ANYWHERE, "**");

	(void)state;
	alarm(PATIENCE_S);
	assert_false(is_out(misses, path));
	assert_true(is_out(hits, path));
	assert_true(is_out(within, path));
	assert_false(is_out(within, "a/a/a"));
	alarm(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_is_not_tried),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ignore_depth", tests, NULL, NULL);
}
