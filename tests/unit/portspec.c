/* SPDX-License-Identifier: Apache-2.0 */
/* Ports as people write them. */
#include "cli/portspec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void good_ones(void **state)
{
	static const struct {
		const char *text, *bind, *host, *guest;
	} cases[] = {
		{ "8080:80", "127.0.0.1", "127.0.0.1:8080", "80" },
		{ "8080:80/tcp", "127.0.0.1", "127.0.0.1:8080", "80" },
		{ "5353:53/udp", "127.0.0.1", "127.0.0.1:5353", "53/udp" },
		{ "0.0.0.0:1:65535", "0.0.0.0", "0.0.0.0:1", "65535" },
		{ "[::1]:8080:80", "::1", "[::1]:8080", "80" },
		{ "[::]:9000-9010:8000-8010/udp", "::", "[::]:9000-9010", "8000-8010/udp" },
		{ "9-9:8-8", "127.0.0.1", "127.0.0.1:9", "8" },
	};
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *host = NULL, *guest = NULL;
		cleanup_error struct error err = { 0 };
		struct port p;

		if (portspec_parse(cases[i].text, &arena, &p, &err) < 0)
			fail_msg("%s", err.text);
		host = portspec_host(p.bind, p.host, p.count);
		guest = portspec_guest(p.protocol, p.guest, p.count);
		assert_string_equal(p.bind, cases[i].bind);
		assert_string_equal(host, cases[i].host);
		assert_string_equal(guest, cases[i].guest);
	}
	arena_clear(&arena);
}

static void as_the_file_has_them(void **state)
{
	static const struct {
		const char *text, *field;
	} cases[] = {
		{ "8080:80", "[8080] = 80" },
		{ "127.0.0.1:8080:80", "[8080] = 80" },
		{ "9000-9010:8000-8010", "[\"9000-9010\"] = \"8000-8010\"" },
		{ "53:5353/udp",
		  "{ host = 53, guest = 5353, protocol = \"udp\", bind = \"127.0.0.1\" }" },
		{ "[::1]:1-2:3-4", "{ host = \"1-2\", guest = \"3-4\", bind = \"::1\" }" },
	};
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_free char *field = NULL;
		struct port p;

		assert_int_equal(portspec_parse(cases[i].text, &arena, &p, &err), 0);
		field = portspec_field(&p);
		assert_string_equal(field, cases[i].field);
	}
	arena_clear(&arena);
}

static void bad_ones(void **state)
{
	static const char *const cases[] = {
		"",           "80",
		"80:",        ":80",
		"0:80",       "80:0",
		"65536:1",    "1:65536",
		"1-3:1-2",    "3-1:3-1",
		"a:b",        "80:80/sctp",
		"80:80/",     "host:1:2",
		"::1:80:80",  "[::1]80:1",
		"[::1:80:1",  "1.2.3:80:80",
		"80:80 ",     " 80:80",
		"80:80:80:8", "+1:2",
		"1:-2",       "[1.2.3.4]:1:2x",
		"1-:1-",      "99999999999999999999:1",
	};
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_error struct error err = { 0 };
		struct port p;

		if (portspec_parse(cases[i], &arena, &p, &err) == 0)
			fail_msg("'%s' was taken", cases[i]);
		assert_int_equal(err.kind, ERROR_USAGE);
		assert_non_null(err.hint);
	}
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(good_ones),
					    cmocka_unit_test(as_the_file_has_them),
					    cmocka_unit_test(bad_ones) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
