/* SPDX-License-Identifier: Apache-2.0 */
/* What the forwarding engine holds on to: bytes, descriptors, ports; and what it gives back. */
#include "guest/forward.h"

#include <sys/resource.h>

#include "forward_pair.h"

/* Who does not read stops who writes; nothing is lost, and the engine holds little. */
static void a_slow_reader_holds_back_the_writer(void **state)
{
	static unsigned char block[1 << 16];
	struct pair p = connected();
	size_t sent = 0, got = 0;
	struct pollfd out = { .fd = p.client, .events = POLLOUT };

	(void)state;
	while (poll(&out, 1, 300) > 0) {
		ssize_t n;

		for (size_t i = 0; i < sizeof(block); i++)
			block[i] = (unsigned char)((sent + i) * 7 % 251);
		n = send(p.client, block, sizeof(block), MSG_DONTWAIT);
		assert_true(n > 0);
		sent += (size_t)n;
		assert_true(sent < (size_t)256 << 20);
	}
	shutdown(p.client, SHUT_WR);
	for (ssize_t n; (n = recv(p.guest, block, sizeof(block), 0)) > 0; got += (size_t)n) {
		for (size_t i = 0; i < (size_t)n; i++)
			if (block[i] != (got + i) * 7 % 251)
				fail_msg("byte %zu is wrong", got + i);
	}
	assert_int_equal(got, sent);
	hang_up(&p);
	wait_until_open(0);
}

static void serve_one(int listening, unsigned port)
{
	int client = call(SOCK_STREAM, port), guest = accept(listening, NULL, NULL);
	char c;

	assert_int_equal(send(client, "x", 1, 0), 1);
	assert_int_equal(recv(guest, &c, 1, 0), 1);
	close(guest);
	assert_int_equal(recv(client, &c, 1, 0), 0);
	close(client);
}

static void a_thousand_connections_leave_nothing(void **state)
{
	int listening = guest_socket(SOCK_STREAM);
	unsigned port = add(PORT_TCP, port_of(listening), "web");
	size_t before;

	(void)state;
	start();
	for (int i = 0; i < 20; i++)
		serve_one(listening, port);
	wait_until_open(0);
	before = open_fds();
	for (int i = 0; i < 1000; i++)
		serve_one(listening, port);
	wait_until_open(0);
	assert_int_equal(open_fds(), before);
	close(listening);
}

static long cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec * 1000 + u.ru_utime.tv_usec / 1000 + u.ru_stime.tv_sec * 1000 +
	       u.ru_stime.tv_usec / 1000;
}

/* Connections beyond what descriptors suffice for wait until others have ended. */
static void without_descriptors_it_waits(void **state)
{
	enum { CLIENTS = 20 };
	struct rlimit few = { 150, 150 };
	int listening = guest_socket(SOCK_STREAM), clients[CLIENTS];
	struct pollfd in = { .fd = listening, .events = POLLIN };
	unsigned port;
	long before, served = 0;

	(void)state;
	forward_free(&engine);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(setup(NULL), 0);
	port = add(PORT_TCP, port_of(listening), "web");
	start();
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = call(SOCK_STREAM, port);
	for (; poll(&in, 1, 300) > 0; served++)
		close(accept(listening, NULL, NULL));
	assert_in_range(served, 1, CLIENTS - 1);
	before = cpu_ms();
	assert_int_equal(poll(&in, 1, 400), 0);
	assert_in_range(cpu_ms() - before, 0, 100);
	for (int i = 0; i < CLIENTS; i++)
		close(clients[i]);
	for (; served < CLIENTS && poll(&in, 1, DEADLINE_MS) > 0; served++)
		close(accept(listening, NULL, NULL));
	assert_int_equal(served, CLIENTS);
	wait_until_open(0);
	close(listening);
}

static void dropping_ends_what_is_open(void **state)
{
	struct pair p = connected();
	struct forward_rule again = { PORT_TCP, "127.0.0.1", 0, "127.0.0.1", 1, "db" };
	cleanup_error struct error err = { 0 };
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	unsigned got;
	char c;

	(void)state;
	assert_int_equal(getpeername(p.client, (struct sockaddr *)&at, &len), 0);
	again.host = ntohs(at.sin_port);
	stop();
	assert_int_equal(forward_add(engine, &again, &got, &err), -1);
	assert_int_equal(err.kind, ERROR_BUSY);
	forward_drop(engine, "web");
	assert_int_equal(forward_open_count(engine), 0);
	assert_int_equal(recv(p.client, &c, 1, 0), -1);
	error_clear(&err);
	assert_int_equal(forward_add(engine, &again, &got, &err), 0);
	assert_int_equal(got, again.host);
	hang_up(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_slow_reader_holds_back_the_writer, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_thousand_connections_leave_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(dropping_ends_what_is_open, setup, teardown),
		/* The last: what it lowers cannot be raised again by everybody. */
		cmocka_unit_test_setup_teardown(without_descriptors_it_waits, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
