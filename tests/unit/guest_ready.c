/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting until a machine serves: what is asked, from where, and what is said about it. */
#include "guest/ready.h"

#include <pthread.h>

#include "tests/guest/session.h"

static struct text told;

static void tell(void *ctx, const char *what)
{
	(void)ctx;
	text_addf(&told, "%s\n", what);
}

static struct ready_wait waiting(int64_t ms)
{
	text_reset(&told);
	return (struct ready_wait){ .machine = "web",
				    .address = "127.0.0.1",
				    .deadline_ms = clock_ms() + ms,
				    .reached = tell };
}

static int listening(const char *address, unsigned *out_port)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t len = sizeof(to);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &to.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&to, &len), 0);
	*out_port = ntohs(to.sin_port);
	return fd;
}

static void *listen_later(void *arg)
{
	stop_wait_ms(300);
	listen(*(int *)arg, 1);
	return NULL;
}

static void test_port(void **state)
{
	struct guest *g = session_of(state);
	struct ready_wait what = waiting(20000);
	struct error err = { 0 };
	pthread_t thread;
	int fd = listening("127.0.0.1", &what.port);
	cleanup_free char *wanted = xasprintf("port %u is open\n", what.port);
	int64_t start = clock_ms();

	pthread_create(&thread, NULL, listen_later, &fd);
	session_check(guest_ready(g, &what, &err), &err);
	pthread_join(thread, NULL);
	assert_in_range(clock_ms() - start, 250, 3000);
	assert_string_equal(text_str(&told), wanted);
	session_says(g, "echo goes on", "goes on\n");
	close(fd);
	guest_close(&g);
}

static void reconfigure(struct sshd *s, const char *line)
{
	cleanup_free char *conf = fs_join(s->directory, "sshd_config");
	cleanup_text struct text text = { 0 };
	struct error err = { 0 };

	session_check(fs_read(conf, 65536, &text, &err), &err);
	text_add(&text, line);
	sshd_end(s);
	sshd_write(conf, text.ptr, 0600);
	sshd_spawn(s);
}

/* Nobody listens at 127.0.0.1, but at the address that SSH goes to. */
static void test_own_address(void **state)
{
	struct guest_target t;
	struct guest *g;
	struct ready_wait what = waiting(20000);
	struct error err = { 0 };
	int fd;

	if (!*state)
		skip();
	cleanup_free char *line =
		xasprintf("ListenAddress 127.0.0.5:%u\n", ((struct sshd *)*state)->port);
	reconfigure(*state, line);
	t = session_target(*state);
	t.address = "127.0.0.5";
	g = session_open(&t);
	fd = listening("127.0.0.5", &what.port);
	listen(fd, 1);
	/* From this host nothing would answer there. */
	what.address = "127.0.0.9";
	session_check(guest_ready(g, &what, &err), &err);
	close(fd);
	guest_close(&g);
}

static void test_nothing_listens(void **state)
{
	struct guest *g = session_of(state);
	struct ready_wait what = waiting(400);
	struct error err = { 0 };
	int fd = listening("127.0.0.1", &what.port);
	cleanup_free char *wanted = xasprintf("nothing listens on port %u", what.port);

	what.command = "true";
	assert_int_equal(guest_ready(g, &what, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	assert_string_equal(err.text, wanted);
	assert_string_equal(text_str(&told), "");
	error_clear(&err);
	session_says(g, "echo goes on", "goes on\n");
	close(fd);
	guest_close(&g);
}

static void test_command(void **state)
{
	struct guest *g = session_of(state);
	struct ready_wait what = waiting(20000);
	struct error err = { 0 };

	what.command = "echo x >>\"$TMPDIR/tries\"; [ \"$(wc -l <\"$TMPDIR/tries\")\" -ge 3 ]";
	session_check(guest_ready(g, &what, &err), &err);
	session_says(g, "wc -l <\"$TMPDIR/tries\"", "3\n");
	assert_non_null(strstr(text_str(&told), " succeeds\n"));
	guest_close(&g);
}

static void check_command(struct guest *g, const char *command, const char *wanted)
{
	struct ready_wait what = waiting(500);
	struct error err = { 0 };

	what.command = command;
	assert_int_equal(guest_ready(g, &what, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	assert_string_equal(err.text, wanted);
	error_clear(&err);
}

static void test_command_fails(void **state)
{
	struct guest *g = session_of(state);

	check_command(g, "echo first; echo no response; exit 2",
		      "'echo first; echo no response; exit 2' ended with status 2: no response");
	check_command(g, "exit 3", "'exit 3' ended with status 3");
	check_command(g, "sleep 100", "'sleep 100' did not end");
	session_says(g, "echo goes on", "goes on\n");
	guest_close(&g);
}

/* Where sshd forwards nothing it is asked from here, and so is a machine that nobody logs into. */
static void test_from_here(void **state)
{
	struct ready_wait what = waiting(20000);
	struct error err = { 0 };
	struct guest *g;
	int fd;

	if (!*state)
		skip();
	reconfigure(*state, "AllowTcpForwarding no\n");
	g = session_of(state);
	fd = listening("127.0.0.7", &what.port);
	listen(fd, 8);
	what.address = "127.0.0.7";
	session_check(guest_ready(g, &what, &err), &err);
	session_check(guest_ready(NULL, &what, &err), &err);
	what = waiting(300);
	what.port = 1;
	assert_int_equal(guest_ready(NULL, &what, &err), -1);
	assert_string_equal(err.text, "nothing listens on port 1");
	error_clear(&err);
	close(fd);
	guest_close(&g);
}

static void test_connection_lost(void **state)
{
	struct guest *g = session_of(state);
	struct ready_wait what = waiting(20000);
	struct error err = { 0 };

	what.command = "kill -9 $PPID; sleep 10";
	assert_int_equal(guest_ready(g, &what, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	error_clear(&err);
	guest_close(&g);
	text_clear(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_own_address),
		cmocka_unit_test(test_nothing_listens),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_command_fails),
		cmocka_unit_test(test_from_here),
		cmocka_unit_test(test_connection_lost),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sshd_setup, session_teardown);
}
