/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams through the forwarding engine, and rules that cannot be. */
#include "guest/forward.h"

#include "forward_world.h"

static void assert_hears(int fd, const char *text)
{
	char buf[64] = "";

	assert_int_equal(recv(fd, buf, sizeof(buf) - 1, 0), strlen(text));
	assert_string_equal(buf, text);
}

static void answer(int guest, const char *heard, const char *text)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char buf[64] = "";

	assert_true(recvfrom(guest, buf, sizeof(buf) - 1, 0, (struct sockaddr *)&from, &len) >= 0);
	assert_string_equal(buf, heard);
	assert_int_equal(sendto(guest, text, strlen(text), 0, (struct sockaddr *)&from, len),
			 strlen(text));
}

static void each_peer_gets_its_own_answers(void **state)
{
	int guest = guest_socket(SOCK_DGRAM), one, two;
	unsigned port = add(PORT_UDP, port_of(guest), "dns");

	(void)state;
	start();
	one = call(SOCK_DGRAM, port);
	two = call(SOCK_DGRAM, port);
	assert_int_equal(send(one, "1?", 2, 0), 2);
	answer(guest, "1?", "1!");
	assert_int_equal(send(two, "2?", 2, 0), 2);
	answer(guest, "2?", "2!");
	assert_hears(one, "1!");
	assert_hears(two, "2!");
	/* Empty ones are datagrams as well. */
	assert_int_equal(send(one, "", 0, 0), 0);
	answer(guest, "", "empty");
	assert_hears(one, "empty");
	stop();
	assert_int_equal(forward_open_count(engine), 2);
	forward_drop(engine, "dns");
	assert_int_equal(forward_open_count(engine), 0);
	close(one);
	close(two);
	close(guest);
}

static void a_guest_that_comes_late_is_heard(void **state)
{
	int guest = guest_socket(SOCK_DGRAM), client, again;
	unsigned port = port_of(guest), host = add(PORT_UDP, port, "dns");
	struct sockaddr_in at = loopback(port);
	struct pollfd in = { .events = POLLIN };
	int64_t deadline = clock_ms() + DEADLINE_MS;

	(void)state;
	close(guest);
	start();
	client = call(SOCK_DGRAM, host);
	assert_int_equal(send(client, "late", 4, 0), 4);
	again = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(again, (struct sockaddr *)&at, sizeof(at)), 0);
	in.fd = again;
	do
		assert_int_equal(send(client, "late", 4, 0), 4);
	while (poll(&in, 1, 50) == 0 && clock_ms() < deadline);
	answer(again, "late", "yes");
	assert_hears(client, "yes");
	close(client);
	close(again);
}

/* An answer comes from the address that was asked, also where the rule is for all of them. */
static void a_wildcard_answers_from_where_it_was_asked(void **state)
{
	int guest = guest_socket(SOCK_DGRAM), client;
	struct forward_rule rule = { PORT_UDP, "0.0.0.0", 0, "127.0.0.1", port_of(guest), "dns" };
	struct timeval patience = { .tv_sec = DEADLINE_MS / 1000 };
	cleanup_error struct error err = { 0 };
	struct sockaddr_in at;
	unsigned port;

	(void)state;
	assert_int_equal(forward_add(engine, &rule, &port, &err), 0);
	start();
	at = loopback(port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 6);
	client = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(client, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(send(client, "q", 1, 0), 1);
	answer(guest, "q", "a");
	assert_hears(client, "a");
	close(client);
	close(guest);
}

static void assert_refused(const struct forward_rule *rule, enum error_kind kind, const char *text)
{
	cleanup_error struct error err = { 0 };
	unsigned port;

	assert_int_equal(forward_add(engine, rule, &port, &err), -1);
	assert_int_equal(err.kind, kind);
	if (!strstr(err.text, text))
		fail_msg("'%s' does not say '%s'", err.text, text);
}

static void rules_that_cannot_be_say_why(void **state)
{
	struct forward_rule rule = { PORT_UDP, "127.0.0.1", 0, "127.0.0.1", 1, "m" }, bad;
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(forward_add(engine, &rule, &rule.host, &err), 0);
	assert_refused(&rule, ERROR_BUSY, "/udp is in use");
	bad = rule;
	bad.bind = "localhost";
	assert_refused(&bad, ERROR_USAGE, "'localhost'");
	bad = rule;
	bad.bind = "192.0.2.1";
	assert_refused(&bad, ERROR_SYSTEM, "cannot listen at port 192.0.2.1:");
	bad = rule;
	bad.bind = "::1";
	bad.protocol = PORT_TCP;
	error_clear(&err);
	if (forward_add(engine, &bad, &rule.guest, &err) == 0)
		assert_refused(&bad, ERROR_BUSY, "port [::1]:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_peer_gets_its_own_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(a_guest_that_comes_late_is_heard, setup, teardown),
		cmocka_unit_test_setup_teardown(a_wildcard_answers_from_where_it_was_asked, setup,
						teardown),
		cmocka_unit_test_setup_teardown(rules_that_cannot_be_say_why, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
