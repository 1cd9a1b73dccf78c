/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that leave something behind which writes without end. */
#include "core/proc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>

#include "core/stop.h"

#define DEADLINE_MS 20000

static int count(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	(void)stream;
	(void)data;
	(void)err;
	*(size_t *)ctx += len;
	return 0;
}

/* So slow that there is always more to take, as a terminal may be. */
static int dawdle(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	poll(NULL, 0, 50);
	return count(ctx, stream, data, len, err);
}

/* It ends as soon as nobody reads. */
static void what_writes_on_does_not_hold_up(void **state)
{
	static const char script[] =
		"yes & until grep -q '^wchar: [1-9]' /proc/$!/io; do :; done; exit 3";
	const char *const argv[] = { "sh", "-c", script, NULL };
	size_t bytes = 0;
	const struct proc_output output = { .write = dawdle, .ctx = &bytes };
	const struct proc_spec spec = { .argv = argv,
					.output = &output,
					.deadline_ms = clock_ms() + DEADLINE_MS };
	cleanup_error struct error err = { 0 };
	int status;

	(void)state;
	if (proc_stream(&spec, &status, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(status, 3);
}

/* What was in the pipes when it ended is taken whole. */
static void nothing_of_its_own_is_lost(void **state)
{
	const char *const argv[] = { "sh", "-c",
				     "head -c 65536 /dev/zero; head -c 65536 /dev/zero >&2", NULL };
	size_t bytes = 0;
	const struct proc_output output = { .write = count, .ctx = &bytes };
	const struct proc_spec spec = { .argv = argv,
					.output = &output,
					.deadline_ms = clock_ms() + DEADLINE_MS };
	cleanup_error struct error err = { 0 };
	int status;

	(void)state;
	for (int i = 0; i < 20; i++) {
		bytes = 0;
		if (proc_stream(&spec, &status, &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(bytes, 2 * 65536);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_writes_on_does_not_hold_up),
		cmocka_unit_test(nothing_of_its_own_is_lost),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("proc_left", tests, NULL, NULL);
}
