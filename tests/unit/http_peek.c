/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at the beginning of a file. */
#include "boxes/http.h"

#include "tests/unit/web.h"

static const struct http_conf quick = { .retry_wait_ms = 10, .stall_s = 2, .retries = 2 };

static int setup_group(void **state)
{
	(void)state;
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	setenv("NETRC", "/nonexistent", 1);
	return web_start();
}

static int teardown_group(void **state)
{
	(void)state;
	return web_stop();
}

static void the_beginning_is_enough(void **state)
{
	cleanup_free char *big = web_bytes(8 << 20, 1);
	cleanup_error struct error err = { 0 };
	cleanup_text struct text head = { 0 };

	(void)state;
	web_put("big", big, 8 << 20);
	/* Were it fetched whole, it would take over a minute. */
	assert_int_equal(http_peek(&quick, web_url("slow/100000/big"), 1000, &head, &err), 0);
	assert_int_equal(head.len, 1000);
	assert_memory_equal(head.ptr, big, 1000);
	assert_null(err.text);
}

static void short_files_are_seen_whole(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text head = { 0 }, same = { 0 }, none = { 0 };

	(void)state;
	web_put("hello", "hello\n", 6);
	web_put("none", "", 0);
	assert_int_equal(http_peek(&quick, web_url("hop/2/hello"), 1000, &head, &err), 0);
	assert_string_equal(text_str(&head), "hello\n");
	assert_int_equal(http_peek(&quick, web_url("chunked/hello"), 6, &same, &err), 0);
	assert_string_equal(text_str(&same), "hello\n");
	assert_int_equal(http_peek(&quick, web_url("none"), 6, &none, &err), 0);
	assert_int_equal(none.len, 0);
}

static void trouble_is_tried_again(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text head = { 0 };

	(void)state;
	web_put("again", "hello\n", 6);
	assert_int_equal(http_peek(&quick, web_url("cut/50/again"), 1000, &head, &err), 0);
	assert_string_equal(text_str(&head), "hello\n");
}

static void what_is_absent_is_an_error(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_text struct text head = { 0 };

	(void)state;
	assert_int_equal(http_peek(&quick, web_url("absent"), 1000, &head, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(head.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_beginning_is_enough),
		cmocka_unit_test(short_files_are_seen_whole),
		cmocka_unit_test(trouble_is_tried_again),
		cmocka_unit_test(what_is_absent_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
