/* SPDX-License-Identifier: Apache-2.0 */
/* URLs: how they are shown, joined and followed, and what the host in them may know. */
#include "boxes/http_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void urls_are_known(void **state)
{
	(void)state;
	assert_true(http_is_url("http://x/"));
	assert_true(http_is_url("HTTPS://x/"));
	assert_false(http_is_url("ftp://x/"));
	assert_false(http_is_url("file:/x"));
	assert_false(http_is_url("debian/12"));
	assert_false(http_is_url(""));
}

static void messages_hold_no_secrets(void **state)
{
	static const char *const rows[][2] = {
		{ "https://h/a/b?x=1&y=2", "https://h/a/b?x=1&y=2" },
		{ "https://user:pw@h:8/a", "https://h:8/a" },
		{ "https://user@h/a", "https://h/a" },
		{ "https://u:p@ss@h/a", "https://h/a" },
		{ "https://u:p/ss@h/a", "https://h/a" },
		{ "https://h/@scope/a", "https://h/@scope/a" },
		{ "https://h:80/@scope/a", "https://h:80/@scope/a" },
		{ "https://u:p@h", "https://h" },
		{ "https://u:p@h?q=1", "https://h?q=1" },
		{ "https://h/a?access_token=s&v=1", "https://h/a?v=1" },
		{ "https://h/a?v=1&X-Amz-Signature=s&X-Amz-Credential=c&w=2",
		  "https://h/a?v=1&w=2" },
		{ "https://h/a?%74oken=s;b=1", "https://h/a?b=1" },
		{ "https://h/a?PASSWORD=s", "https://h/a" },
		{ "https://h/a#access_token=s", "https://h/a" },
		{ "https://h/a?b=1#token", "https://h/a?b=1" },
		{ "https://h/\x1b[31m", "https://h/?[31m" },
		{ "relative/path", "relative/path" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *got = http_shown(rows[i][0]);

		assert_string_equal(got, rows[i][1]);
	}
}

static void references_are_resolved(void **state)
{
	/* RFC 3986, 5.4, as far as it is about http; dots, too, where they lead above the root. */
	static const char *const rows[][2] = {
		{ "g", "http://a/b/c/g" },        { "./g", "http://a/b/c/g" },
		{ "g/", "http://a/b/c/g/" },      { "/g", "http://a/g" },
		{ "//g", "http://g/" },           { "?y", "http://a/b/c/d;p?y" },
		{ "g?y", "http://a/b/c/g?y" },    { "g;x", "http://a/b/c/g;x" },
		{ "", "http://a/b/c/d;p?q" },     { "#s", "http://a/b/c/d;p?q" },
		{ "g#s", "http://a/b/c/g" },      { ".", "http://a/b/c/" },
		{ "./", "http://a/b/c/" },        { "..", "http://a/b/" },
		{ "../g", "http://a/b/g" },       { "../..", "http://a/" },
		{ "../../g", "http://a/g" },      { "../../../g", "http://a/g" },
		{ "/./g", "http://a/g" },         { "/../g", "http://a/g" },
		{ "g.", "http://a/b/c/g." },      { "./../g", "http://a/b/g" },
		{ "g/./h", "http://a/b/c/g/h" },  { "g/../h", "http://a/b/c/h" },
		{ "https://x/y", "https://x/y" }, { "HTTP://X/y", "http://X/y" },
		{ "a b", "http://a/b/c/a%20b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_free char *got = NULL;

		if (http_resolve("http://a/b/c/d;p?q", rows[i][0], &got, &err) < 0)
			fail_msg("'%s': %s", rows[i][0], err.text);
		if (strcmp(got, rows[i][1]) != 0)
			fail_msg("'%s': %s instead of %s", rows[i][0], got, rows[i][1]);
	}
}

static void what_is_no_web_reference_is_refused(void **state)
{
	static const char *const bad[] = { "file:///etc/passwd", "ftp://a/b", "javascript:1",
					   "http://", "http://a:99999999/" };
	cleanup_free char *got = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_error struct error err = { 0 };

		if (http_resolve("http://a/b", bad[i], &got, &err) == 0)
			fail_msg("'%s' became %s", bad[i], got);
		assert_int_equal(err.kind, ERROR_BOX);
		assert_int_equal(http_resolve(bad[i], "x", &got, &err), -1);
		assert_int_equal(err.kind, ERROR_BOX);
		assert_null(got);
	}
}

static void tokens_know_their_hosts(void **state)
{
	static const struct http_host hosts[] = {
		{ .name = NULL, .token = "everybody", .insecure = true },
		{ .name = "Boxes.example", .token = "host", .ca_file = "/ca" },
		{ .name = "boxes.example:8443", .token = "port" },
		{ .name = "127.0.0.1", .token = "loop" },
		{ .name = "127.0.0.1.example", .token = "trick" },
		{ .name = "[::1]:80", .token = "six" },
	};
	static const struct {
		const char *url, *token, *ca_file;
	} rows[] = {
		{ "https://boxes.example/x", "host", "/ca" },
		{ "https://boxes.example:8443/x", "port", "/ca" },
		{ "https://boxes.example.org/x", NULL, NULL },
		{ "http://boxes.example/x", NULL, "/ca" },
		{ "https://other/x?boxes.example", NULL, NULL },
		{ "https://boxes.example@other/", NULL, NULL },
		{ "http://127.0.0.1:8080/x", "loop", NULL },
		{ "http://0x7f.1/x", "loop", NULL },
		{ "http://127.0.0.1.example/x", NULL, NULL },
		{ "http://[::1]/x", "six", NULL },
		{ "http://[::1]:81/x", NULL, NULL },
	};
	const struct http_conf conf = { .hosts = hosts, .host_count = ARRAY_SIZE(hosts) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_place struct http_place place = { 0 };
		struct http_host got;

		if (http_place_of(rows[i].url, &place, &err) < 0)
			fail_msg("%s: %s", rows[i].url, err.text);
		got = http_host_for(&conf, &place);
		if (!text_equal(got.token, rows[i].token) ||
		    !text_equal(got.ca_file, rows[i].ca_file) || !got.insecure)
			fail_msg("%s: %s", rows[i].url, got.token ? got.token : "no token");
	}
}

static void logins_stay_with_their_server(void **state)
{
	static const char *const rows[][3] = {
		{ "http://u:p@h/a", "b", "http://u:p@h/b" },
		{ "http://u:p@h/a", "http://h/b", "http://u:p@h/b" },
		{ "http://u:p@h/a", "http://h:80/b", "http://u:p@h:80/b" },
		{ "http://u:p@h/a", "http://h:81/b", "http://h:81/b" },
		{ "http://u:p@h/a", "https://h/b", "https://h/b" },
		{ "http://u:p@h/a", "//i/b", "http://i/b" },
	};
	cleanup_error struct error err = { 0 };
	cleanup_free char *none = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *got = NULL;

		assert_int_equal(http_redirect(rows[i][0], rows[i][1], &got, &err), 0);
		assert_string_equal(got, rows[i][2]);
	}
	assert_int_equal(http_redirect("https://h/a", "http://h/a", &none, &err), -1);
	assert_string_equal(err.text, "'https://h/a' redirects to 'http://h/a', which is not "
				      "encrypted: refused");
	assert_int_equal(http_redirect("https://h/a", "file:///x", &none, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_known),
		cmocka_unit_test(messages_hold_no_secrets),
		cmocka_unit_test(references_are_resolved),
		cmocka_unit_test(what_is_no_web_reference_is_refused),
		cmocka_unit_test(tokens_know_their_hosts),
		cmocka_unit_test(logins_stay_with_their_server),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
