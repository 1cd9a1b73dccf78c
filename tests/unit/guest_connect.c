/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting and waiting: what is accepted, what is refused, and what is said about it. */
#include "guest/guest.h"

#include <pthread.h>

#include <poll.h>

#include "tests/guest/session.h"

#define SOON_MS 400

static int failing_wait(const struct guest_target *t, struct guest_wait *wait, struct error *err)
{
	struct guest *g = NULL;
	int rc = guest_wait(t, wait, &g, err);

	assert_null(g);
	return rc;
}

static void test_login(void **state)
{
	struct guest *g = session_of(state), *again = NULL;
	struct guest_target t = session_target(*state);
	struct error err = { 0 };

	assert_int_equal(guest_first_login(g), GUEST_FIRST_NONE);
	session_check(guest_connect(&t, clock_ms() + SESSION_WAIT_MS, &again, &err), &err);
	session_says(again, "echo here", "here\n");
	guest_close(&again);
	guest_close(&g);
}

static void test_wrong_host_key(void **state)
{
	struct guest *g = session_of(state);
	struct guest_target t = session_target(*state);
	struct error err = { 0 };

	guest_close(&g);
	t.host_public = t.user_public;
	assert_int_equal(guest_connect(&t, clock_ms() + SESSION_WAIT_MS, &g, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_non_null(strstr(err.text, "presents another host key than the one given to 'web'"));
	assert_non_null(strstr(err.hint, "bothy destroy web && bothy up web"));
	error_clear(&err);

	t.host_public = "ssh-rsa AAAAB3NzaC1yc2E=";
	assert_int_equal(guest_connect(&t, clock_ms() + SESSION_WAIT_MS, &g, &err), -1);
	assert_non_null(strstr(err.text, "presents another host key"));
	assert_null(g);
	error_clear(&err);
}

static void test_refused_login(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	struct guest_target t = session_target(s);
	struct guest_wait wait = { .deadline_ms = clock_ms() + 1500 };
	struct error err = { 0 };

	guest_close(&g);
	sshd_authorize(s, s->identity.host_public);
	assert_int_equal(guest_connect(&t, clock_ms() + SESSION_WAIT_MS, &g, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_non_null(strstr(err.text, "refuses its key for the user"));
	error_clear(&err);

	assert_int_equal(failing_wait(&t, &wait, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	assert_int_equal(wait.stage, GUEST_STAGE_BANNER);
	assert_non_null(strstr(err.text, "refuses its key"));
	error_clear(&err);
	sshd_authorize(s, s->identity.user_public);
}

struct late_key {
	struct sshd *sshd;
	int64_t at_ms;
};

static int authorize_late(void *ctx, struct error *err)
{
	struct late_key *late = ctx;

	(void)err;
	if (late->at_ms && clock_ms() >= late->at_ms) {
		sshd_authorize(late->sshd, late->sshd->identity.user_public);
		late->at_ms = 0;
	}
	return 0;
}

static void test_key_arrives_late(void **state)
{
	struct guest *g = session_of(state);
	struct guest_target t = session_target(*state);
	struct late_key late = { *state, clock_ms() + 700 };
	struct guest_wait wait = { .deadline_ms = clock_ms() + SESSION_WAIT_MS,
				   .alive = authorize_late,
				   .ctx = &late };
	struct error err = { 0 };

	guest_close(&g);
	sshd_authorize(*state, ((struct sshd *)*state)->identity.host_public);
	session_check(guest_wait(&t, &wait, &g, &err), &err);
	assert_int_equal(late.at_ms, 0);
	guest_close(&g);
}

static void test_nobody_listens(void **state)
{
	struct guest_target t = {
		.machine = "web", .address = "127.0.0.1", .user = "root", .key_path = "/"
	};
	struct guest_wait wait = { .deadline_ms = clock_ms() + SOON_MS };
	struct error err = { 0 };
	struct guest *g = NULL;
	int fd = sshd_bind(&t.port);

	(void)state;
	assert_int_equal(failing_wait(&t, &wait, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	assert_int_equal(wait.stage, GUEST_STAGE_ADDRESS);
	assert_non_null(strstr(err.text, "reached: address"));
	error_clear(&err);

	assert_int_equal(guest_connect(&t, 0, &g, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_non_null(strstr(err.text, "connection refused"));
	error_clear(&err);
	close(fd);
}

static void test_silent_port(void **state)
{
	struct guest_target t = {
		.machine = "web", .address = "127.0.0.1", .user = "root", .key_path = "/"
	};
	struct guest_wait wait = { .deadline_ms = clock_ms() + SOON_MS };
	struct error err = { 0 };
	int fd = sshd_bind(&t.port);

	(void)state;
	listen(fd, 64);
	assert_int_equal(failing_wait(&t, &wait, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	assert_int_equal(wait.stage, GUEST_STAGE_PORT);
	assert_non_null(strstr(err.text, "no SSH server answers"));
	error_clear(&err);
	close(fd);
}

/* As a server does that has too many logins under way. */
static void *hang_up(void *listening)
{
	close(accept(*(int *)listening, NULL, NULL));
	return NULL;
}

static void test_hung_up(void **state)
{
	struct guest_target t = {
		.machine = "web", .address = "127.0.0.1", .user = "root", .key_path = "/"
	};
	struct error err = { 0 };
	struct guest *g = NULL;
	int fd = sshd_bind(&t.port);
	pthread_t server;

	(void)state;
	listen(fd, 64);
	assert_int_equal(pthread_create(&server, NULL, hang_up, &fd), 0);
	assert_int_equal(guest_connect(&t, 0, &g, &err), -1);
	pthread_join(server, NULL);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_non_null(strstr(err.text, "no SSH server answers"));
	error_clear(&err);
	close(fd);
}

/* A first sign has to come soon, however long the rest may take. */
static void test_says_nothing(void **state)
{
	struct guest_target t = {
		.machine = "web", .address = "127.0.0.1", .user = "root", .key_path = "/"
	};
	struct error err = { 0 };
	struct guest *g = NULL;
	int64_t began = clock_ms();
	int fd = sshd_bind(&t.port);

	(void)state;
	listen(fd, 64);
	assert_int_equal(guest_connect(&t, 0, &g, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	assert_in_range(clock_ms() - began, 9000, 29000);
	error_clear(&err);
	close(fd);
}

static int count_questions(void *ctx, struct error *err)
{
	(void)err;
	++*(int *)ctx;
	return 0;
}

static void test_asks_now_and_then(void **state)
{
	struct guest_target t = {
		.machine = "web", .address = "127.0.0.1", .user = "root", .key_path = "/"
	};
	int questions = 0;
	struct guest_wait wait = { .deadline_ms = clock_ms() + SOON_MS,
				   .alive = count_questions,
				   .ctx = &questions };
	struct error err = { 0 };
	int fd = sshd_bind(&t.port);

	(void)state;
	assert_int_equal(failing_wait(&t, &wait, &err), -1);
	assert_in_range(questions, 1, SOON_MS / 200 + 1);
	error_clear(&err);
	close(fd);
}

static int machine_died(void *ctx, struct error *err)
{
	if (--*(int *)ctx > 0)
		return 0;
	return error_set(err, ERROR_PROVIDER, "the machine died");
}

static void test_machine_dies(void **state)
{
	struct guest_target t = {
		.machine = "web", .address = "127.0.0.1", .user = "root", .key_path = "/"
	};
	int lives = 4;
	struct guest_wait wait = { .alive = machine_died, .ctx = &lives };
	struct error err = { 0 };
	int fd = sshd_bind(&t.port);

	(void)state;
	assert_int_equal(failing_wait(&t, &wait, &err), -1);
	assert_string_equal(err.text, "the machine died");
	error_clear(&err);
	close(fd);
}

static void test_interrupted(void **state)
{
	struct guest_target t = {
		.machine = "web", .address = "127.0.0.1", .user = "root", .key_path = "/"
	};
	struct guest_wait wait = { 0 };
	struct error err = { 0 };
	int fd = sshd_bind(&t.port);

	(void)state;
	stop_set(true);
	assert_int_equal(failing_wait(&t, &wait, &err), -1);
	stop_set(false);
	assert_int_equal(err.kind, ERROR_STOPPED);
	error_clear(&err);
	close(fd);
}

/* Accepts at once, as a forwarder in front of a booting machine does, and passes on only later. */
static pid_t slow_forwarder(int listener, unsigned to_port, int64_t late_ms)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	for (;;) {
		struct sockaddr_in to = { .sin_family = AF_INET,
					  .sin_port = htons((uint16_t)to_port),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		int near = accept(listener, NULL, NULL), far = socket(AF_INET, SOCK_STREAM, 0);
		struct pollfd fds[2] = { { near, POLLIN, 0 }, { far, POLLIN, 0 } };
		char buf[65536];
		ssize_t n;

		poll(NULL, 0, (int)late_ms);
		if (connect(far, (struct sockaddr *)&to, sizeof(to)) < 0)
			_exit(1);
		for (n = 1; n > 0 && poll(fds, 2, -1) > 0;) {
			int from = fds[0].revents ? 0 : 1;

			n = read(fds[from].fd, buf, sizeof(buf));
			if (n > 0 && write(fds[!from].fd, buf, (size_t)n) != n)
				break;
		}
		close(near);
		close(far);
	}
}

struct seen {
	int count;
	enum guest_stage last;
};

static void note_stage(void *ctx, enum guest_stage stage)
{
	struct seen *seen = ctx;

	assert_int_equal(stage, seen->last + 1);
	seen->last = stage;
	seen->count++;
}

static void test_slow_banner(void **state)
{
	struct guest *g = session_of(state);
	struct guest_target t = session_target(*state);
	struct seen seen = { 0 };
	struct guest_wait wait = { .deadline_ms = clock_ms() + SESSION_WAIT_MS,
				   .reached = note_stage,
				   .ctx = &seen };
	struct error err = { 0 };
	int fd = sshd_bind(&t.port);
	pid_t forwarder;

	guest_close(&g);
	listen(fd, 64);
	forwarder = slow_forwarder(fd, ((struct sshd *)*state)->port, 700);
	session_check(guest_wait(&t, &wait, &g, &err), &err);
	assert_int_equal(seen.count, 3);
	guest_close(&g);
	kill(forwarder, SIGKILL);
	waitpid(forwarder, NULL, 0);
	close(fd);
}

static void test_sshd_starts_late(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;

	guest_close(&g);
	sshd_end(s);
	sshd_spawn(s);
	g = session_of(state);
	guest_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_wrong_host_key),
		cmocka_unit_test(test_refused_login),
		cmocka_unit_test(test_key_arrives_late),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_silent_port),
		cmocka_unit_test(test_hung_up),
		cmocka_unit_test(test_says_nothing),
		cmocka_unit_test(test_asks_now_and_then),
		cmocka_unit_test(test_machine_dies),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_slow_banner),
		cmocka_unit_test(test_sshd_starts_late),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sshd_setup, session_teardown);
}
