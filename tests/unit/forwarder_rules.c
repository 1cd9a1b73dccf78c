/* SPDX-License-Identifier: Apache-2.0 */
/* What the forwarder of root opens for a user. */
#include "cli/forwarder_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char directory[] = "/tmp/bothy-rules-XXXXXX";

static unsigned free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	return ntohs(at.sin_port);
}

static struct served web(unsigned wanted, unsigned before)
{
	struct served s = { .machine = xstrdup("web"),
			    .id = xstrdup("1"),
			    .provider = xstrdup("fake"),
			    .address = xstrdup("127.0.0.1"),
			    .ports = xcalloc(1, sizeof(*s.ports)),
			    .count = 1 };

	s.ports[0] = (struct served_port){ .protocol = PORT_TCP,
					   .bind = xstrdup("127.0.0.1"),
					   .wanted = wanted,
					   .host = before,
					   .guest = 9,
					   .count = 1,
					   .shift = true };
	return s;
}

static void a_low_port_is_not_for_a_user(void **state)
{
	struct forwarder_rules r = { .directory = directory };
	struct rules_order order = { .unprivileged = true };
	struct served want = web(1023, 0);
	cleanup_error struct error err = { 0 };
	unsigned port = free_port();

	(void)state;
	assert_int_equal(rules_open(&r, &err), 0);
	assert_int_equal(rules_serve(&r, &want, &order, &err), -1);
	assert_int_equal(err.kind, ERROR_DENIED);
	error_clear(&err);
	served_clear(&want);
	/* Nor by saying that it was there before. */
	want = web(port, 1023);
	assert_int_equal(rules_serve(&r, &want, &order, &err), 0);
	assert_int_equal(served_find(&r.machines, "web")->ports[0].host, port);
	rules_close(&r);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	return fs_remove(directory, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_low_port_is_not_for_a_user),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
