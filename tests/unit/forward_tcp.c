/* SPDX-License-Identifier: Apache-2.0 */
/* Connections through the forwarding engine, from their beginning to every kind of end. */
#include "guest/forward.h"

#include "forward_pair.h"

static void assert_gets(int fd, const char *text)
{
	char buf[64] = "";

	assert_int_equal(recv(fd, buf, strlen(text), MSG_WAITALL), strlen(text));
	assert_string_equal(buf, text);
}

static void bytes_go_both_ways(void **state)
{
	struct pair p = connected();

	(void)state;
	assert_int_equal(send(p.client, "question", 8, 0), 8);
	assert_gets(p.guest, "question");
	assert_int_equal(send(p.guest, "answer", 6, 0), 6);
	assert_gets(p.client, "answer");
	hang_up(&p);
	wait_until_open(0);
}

static void one_side_may_end_before_the_other(void **state)
{
	struct pair p = connected();
	char c;

	(void)state;
	assert_int_equal(send(p.client, "all", 3, 0), 3);
	shutdown(p.client, SHUT_WR);
	assert_gets(p.guest, "all");
	assert_int_equal(recv(p.guest, &c, 1, 0), 0);
	assert_int_equal(send(p.guest, "thanks", 6, 0), 6);
	assert_gets(p.client, "thanks");
	shutdown(p.guest, SHUT_WR);
	assert_int_equal(recv(p.client, &c, 1, 0), 0);
	wait_until_open(0);
	hang_up(&p);
}

static void reset(int *fd)
{
	struct linger at_once = { .l_onoff = 1 };

	setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	mem_close_fd(fd);
}

static void a_reset_is_passed_on(void **state)
{
	struct pair p = connected(), q = { -1, -1, -1 };
	char c;

	(void)state;
	assert_int_equal(send(p.guest, "x", 1, 0), 1);
	assert_gets(p.client, "x");
	reset(&p.guest);
	assert_int_equal(recv(p.client, &c, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	hang_up(&p);
	stop();
	q = connected();
	reset(&q.client);
	assert_int_equal(recv(q.guest, &c, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	wait_until_open(0);
	hang_up(&q);
}

static void nobody_there_is_a_reset(void **state)
{
	int gone = guest_socket(SOCK_STREAM), client;
	unsigned port = add(PORT_TCP, port_of(gone), "web");
	char c;

	(void)state;
	close(gone);
	start();
	client = call(SOCK_STREAM, port);
	assert_int_equal(recv(client, &c, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	close(client);
	wait_until_open(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bytes_go_both_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(one_side_may_end_before_the_other, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reset_is_passed_on, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_there_is_a_reset, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
