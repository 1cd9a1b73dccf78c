/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of ports that QEMU's user networking leads into a machine. */
#include "providers/user_net.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int listener(unsigned *out_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &size), 0);
	*out_port = ntohs(a.sin_port);
	return fd;
}

static void reads_what_it_writes(void **state)
{
	static const char text[] =
		"tcp:127.0.0.1:2222-:22 udp:0.0.0.0:53-:5353 tcp:1.2.3.4:65535-:1";
	struct user_net n = { 0 };
	char *again, *option;

	(void)state;
	assert_true(user_net_parse(text, &n));
	assert_int_equal(n.count, 3);
	again = user_net_text(&n);
	assert_string_equal(again, text);
	option = user_net_option(&n, 0);
	assert_string_equal(option, "user,id=bothy0,net=10.0.2.0/24,hostfwd=tcp:127.0.0.1:2222-:22,"
				    "hostfwd=udp:0.0.0.0:53-:5353,hostfwd=tcp:1.2.3.4:65535-:1");
	free(option);
	option = user_net_option(&n, 1);
	assert_string_equal(option, "user,id=bothy1,net=10.0.3.0/24");
	free(option);
	free(again);
	user_net_clear(&n);
	assert_true(user_net_parse(NULL, &n));
	assert_true(user_net_parse("", &n));
	assert_int_equal(n.count, 0);
}

static void refuses_what_is_no_list(void **state)
{
	static const char *const texts[] = {
		"x",
		"tcp:127.0.0.1:22",
		"tcp:127.0.0.1:0-:22",
		"tcp:127.0.0.1:22-:70000",
		"tcp:1.2.3:22-:22",
		"icmp:1.2.3.4:1-:1",
		"tcp:1.2.3.4:1-:1,id=x",
		"tcp:1.2.3.4:1-:1 x",
		"tcp:1.2.3.4:1-5.6.7.8:1",
	};
	struct user_net n = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_false(user_net_parse(texts[i], &n));
		assert_null(n.at);
	}
}

static void finds_free_ports(void **state)
{
	struct user_net n = { 0 };
	struct error err = { 0 };
	bool changed;
	unsigned taken;
	int fd = listener(&taken);

	(void)state;
	assert_int_equal(user_net_add_free(&n, 22, &err), 0);
	assert_int_not_equal(n.at[0].host, taken);
	assert_int_equal(user_net_renew_ssh(&n, &changed, &err), 0);
	assert_false(changed);
	n.at[0].host = taken;
	assert_int_equal(user_net_renew_ssh(&n, &changed, &err), 0);
	assert_true(changed);
	assert_int_not_equal(n.at[0].host, taken);
	assert_int_equal(n.at[0].guest, 22);
	user_net_clear(&n);
	close(fd);
}

static void takes_ports_or_says_which_it_cannot(void **state)
{
	struct user_net old = { 0 }, n = { 0 }, again = { 0 };
	struct error err = { 0 };
	unsigned taken;
	int fd = listener(&taken);
	struct port ports[] = { { PORT_TCP, "127.0.0.1", taken, 80, 1, false } };

	(void)state;
	assert_true(user_net_parse("tcp:127.0.0.1:2222-:22", &old));
	assert_int_equal(user_net_make(&old, ports, 1, &n, &err), -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	error_clear(&err);
	ports[0].shift_if_taken = true;
	assert_int_equal(user_net_make(&old, ports, 1, &n, &err), 0);
	assert_int_equal(n.count, 2);
	assert_int_equal(n.at[0].host, 2222);
	assert_true(n.at[1].host > taken);
	close(fd);
	assert_int_equal(ports[0].host, n.at[1].host);
	/* The wanted one is free now, but the machine keeps what it has. */
	ports[0].host = taken;
	assert_int_equal(user_net_make(&n, ports, 1, &again, &err), 0);
	assert_int_equal(again.at[1].host, n.at[1].host);
	user_net_clear(&again);
	ports[0].bind = "::1";
	assert_int_equal(user_net_make(&n, ports, 1, &again, &err), -1);
	assert_int_equal(err.kind, ERROR_PROVIDER);
	error_clear(&err);
	user_net_clear(&n);
	user_net_clear(&old);
}

static void leads_ranges_one_by_one(void **state)
{
	struct port range = { PORT_UDP, "127.0.0.1", 40000, 50000, 3, true };
	struct user_net old = { 0 }, n = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_true(user_net_parse("tcp:127.0.0.1:2222-:22 udp:127.0.0.1:40001-:50001", &old));
	old.listens = true;
	assert_int_equal(user_net_make(&old, &range, 1, &n, &err), 0);
	assert_int_equal(n.count, 4);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(n.at[i + 1].guest, 50000 + i);
		assert_true(user_net_has(&n, &n.at[i + 1]));
	}
	assert_int_equal(n.at[2].host, 40001);
	user_net_clear(&n);
	user_net_clear(&old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(refuses_what_is_no_list),
		cmocka_unit_test(finds_free_ports),
		cmocka_unit_test(takes_ports_or_says_which_it_cannot),
		cmocka_unit_test(leads_ranges_one_by_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
