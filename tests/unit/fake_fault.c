/* SPDX-License-Identifier: Apache-2.0 */
/* The words of $BOTHY_FAKE. */
#include "providers/fake_fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void reads_all_words(void **state)
{
	cleanup(fake_faults_clear) struct fake_faults f = { 0 };
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(fake_faults_parse("fail=1,half=2,kill=30,delay=400,down,"
					   "fail-provision=app.sh,unreachable=web",
					   &f, &err),
			 0);
	assert_int_equal(f.fail, 1);
	assert_int_equal(f.half, 2);
	assert_int_equal(f.kill, 30);
	assert_int_equal(f.delay_ms, 400);
	assert_true(f.down);
	assert_string_equal(f.fail_provision, "app.sh");
	assert_string_equal(f.unreachable, "web");
}

static void reads_nothing(void **state)
{
	cleanup(fake_faults_clear) struct fake_faults f = { 0 };
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(fake_faults_parse(NULL, &f, &err), 0);
	assert_int_equal(fake_faults_parse("", &f, &err), 0);
	assert_int_equal(f.fail + f.half + f.kill + f.delay_ms, 0);
	assert_false(f.down);
}

static void takes_the_last_of_two(void **state)
{
	cleanup(fake_faults_clear) struct fake_faults f = { 0 };
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(fake_faults_parse("unreachable=a,fail=1,fail=2,unreachable=b", &f, &err),
			 0);
	assert_int_equal(f.fail, 2);
	assert_string_equal(f.unreachable, "b");
}

static void refuses_others(void **state)
{
	static const char *const words[] = {
		"fial=1",  "fail",     "fail=", "fail=x",   "fail= 1",
		"kill=-1", "delay=1s", "downs", "fail=1,x", "delay=99999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		cleanup(fake_faults_clear) struct fake_faults f = { 0 };
		cleanup_error struct error err = { 0 };

		assert_int_equal(fake_faults_parse(words[i], &f, &err), -1);
		assert_int_equal(err.kind, ERROR_USAGE);
		assert_non_null(strstr(err.text, "BOTHY_FAKE"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_words),
		cmocka_unit_test(reads_nothing),
		cmocka_unit_test(takes_the_last_of_two),
		cmocka_unit_test(refuses_others),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("fake_fault", tests, NULL, NULL);
}
