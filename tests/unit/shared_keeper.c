/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a keeper: what it has of its caller, when it ends, and what its end means to others. */
#include "shared_world.h"

#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

static void one_login_serves_all(void **state)
{
	int before = logins(*state);

	for (int i = 0; i < 10; i++)
		assert_int_equal(runs(state, "exit 4"), 4);
	assert_int_equal(logins(*state), before + 1);
}

static void it_has_nothing_of_its_caller(void **state)
{
	cleanup_free char *cwd = NULL, *environment = NULL, *from = NULL;
	cleanup_text struct text kept = { 0 };
	struct error err = { 0 };
	char where[8] = { 0 };
	int leaked[2];
	pid_t pid;

	assert_int_equal(pipe(leaked), 0);
	setenv("SOME_SECRET", "hunter2", 1);
	assert_int_equal(runs(state, "true"), 0);
	unsetenv("SOME_SECRET");
	pid = keeper();
	assert_int_equal(getsid(pid), pid);
	cwd = xasprintf("/proc/%d/cwd", (int)pid);
	assert_int_equal(readlink(cwd, where, sizeof(where)), 1);
	environment = xasprintf("/proc/%d/environ", (int)pid);
	assert_int_equal(fs_read(environment, 1 << 20, &kept, &err), 0);
	assert_null(memmem(text_str(&kept), kept.len, "hunter2", 7));
	/* Who waits for the end of a pipe waits for the caller only. */
	close(leaked[1]);
	assert_int_equal(read(leaked[0], where, 1), 0);
	close(leaked[0]);
	from = xasprintf("/proc/%d/fd/0", (int)pid);
	assert_int_equal(readlink(from, where, sizeof(where)), sizeof(where));
	assert_memory_equal(where, "/dev/nul", sizeof(where));
}

static void it_ends_when_nobody_comes(void **state)
{
	keep_s = 1;
	assert_int_equal(runs(state, "true"), 0);
	assert_int_not_equal(keeper(), 0);
	no_keeper_soon();
	assert_int_equal(shared_connect(machine_directory), -1);
	assert_int_equal(runs(state, "true"), 0);
}

static void it_ends_when_it_is_told(void **state)
{
	assert_int_equal(runs(state, "true"), 0);
	tell(SHARE_RETIRE);
	no_keeper_soon();
	assert_int_equal(runs(state, "true"), 0);
	tell(SHARE_LEAVE);
	no_keeper_soon();
}

/* A command that runs goes on, the next one logs in anew. */
static void a_login_that_is_outdated_takes_no_more(void **state)
{
	const struct share_packet renew = { .word = SHARE_RETIRE, .first = 1 };
	cleanup_free char *flag = path_of(*state, "flag"), *runs_now = path_of(*state, "runs");
	cleanup_free char *first =
		xasprintf("touch %s; until [ -e %s ]; do sleep 0.05; done; exit 3", runs_now, flag);
	cleanup_free char *second = xasprintf("touch %s", flag);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), before;
	struct guest_session session = {
		.command = first, .in_fd = null, .out_fd = null, .err_fd = null
	};
	pid_t pid;

	assert_int_equal(runs(state, "true"), 0);
	before = logins(*state);
	pid = begin(state, &session, -1);
	wait_for_file(runs_now);
	shared_tell(machine_directory, &renew, SESSION_WAIT_MS);
	assert_int_equal(shared_connect(machine_directory), -1);
	assert_int_equal(runs(state, second), 0);
	assert_int_equal(logins(*state), before + 1);
	assert_int_equal(ended(pid), 3);
	close(null);
}

static void it_ends_when_it_is_lost(void **state)
{
	struct error err = { 0 };

	assert_int_equal(runs(state, "true"), 0);
	assert_int_equal(fs_remove(machine_directory, &err), 0);
	no_keeper_soon();
}

static void it_ends_with_the_connection(void **state)
{
	assert_int_equal(runs(state, "true"), 0);
	/* Its login is served by the parent of what it runs. */
	assert_int_equal(runs(state, "kill $PPID"), BROKE);
	no_keeper_soon();
	assert_int_equal(runs(state, "true"), 0);
}

static void another_mark_ends_it(void **state)
{
	struct guest_session session = { .command = "true", .in_fd = -1, .out_fd = 1, .err_fd = 2 };
	struct error err = { 0 };
	int status = -1;

	assert_int_equal(runs(state, "true"), 0);
	assert_int_equal(visit(*state, &session, "another", &status, &err), SHARE_ELSEWHERE);
	no_keeper_soon();
	assert_int_equal(visit(*state, &session, "another", &status, &err), SHARE_DONE);
	assert_int_equal(status, 0);
}

static void a_failed_login_is_told(void **state)
{
	struct guest_session session = { .command = "true", .in_fd = -1, .out_fd = 1, .err_fd = 2 };
	struct error err = { 0 };
	int status = -1;

	sshd_authorize(*state, "");
	assert_int_equal(visit(*state, &session, MARK, &status, &err), SHARE_BROKE);
	assert_non_null(strstr(err.text, "refuses its key"));
	assert_non_null(err.hint);
	error_clear(&err);
	no_keeper_soon();
	sshd_authorize(*state, ((struct sshd *)*state)->identity.user_public);
}

static void nonsense_is_not_heard(void **state)
{
	int fd;

	assert_int_equal(runs(state, "true"), 0);
	fd = shared_connect(machine_directory);
	assert_int_equal(send(fd, "GET / HTTP/1.0\r\n\r\n", 18, 0), 18);
	assert_int_equal(runs(state, "true"), 0);
	close(fd);
	fd = shared_connect(machine_directory);
	share_say(fd, SHARE_START, 0);
	share_say(fd, SHARE_RESIZE, 1 << 30);
	assert_int_equal(runs(state, "exit 2"), 2);
	close(fd);
}

/* Whether the terminal shows the text soon. */
static bool shows(int fd, const char *text)
{
	cleanup_text struct text seen = { 0 };
	int64_t deadline = clock_ms() + 500;
	char buf[512];

	while (!strstr(text_str(&seen), text) && clock_ms() < deadline) {
		struct pollfd pfd = { fd, POLLIN, 0 };
		ssize_t n = poll(&pfd, 1, 100) > 0 ? read(fd, buf, sizeof(buf)) : 0;

		if (n > 0)
			text_addn(&seen, buf, (size_t)n);
	}
	return strstr(text_str(&seen), text);
}

/* Asks for the size until it is that one. */
static void expect_size(int fd, const char *text)
{
	int64_t deadline = clock_ms() + SESSION_WAIT_MS;

	do {
		assert_int_equal(write(fd, "\r", 1), 1);
		assert_true(clock_ms() < deadline);
	} while (!shows(fd, text));
}

static void killed_it_leaves_the_terminal_as_it_was(void **state)
{
	struct termios before = { 0 }, after = { 0 };
	struct winsize size = { .ws_row = 33, .ws_col = 99 };
	struct guest_session session = { .command = "stty size; while read x; do stty size; done",
					 .tty = true };
	int user, theirs;
	pid_t pid;

	assert_int_equal(openpty(&user, &theirs, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(theirs, &before), 0);
	session.in_fd = session.out_fd = session.err_fd = theirs;
	pid = begin(state, &session, user);
	expect_size(user, "33 99");
	assert_int_equal(tcgetattr(theirs, &after), 0);
	assert_false(after.c_lflag & ICANON);
	size.ws_col = 77;
	assert_int_equal(ioctl(user, TIOCSWINSZ, &size), 0);
	kill(pid, SIGWINCH);
	expect_size(user, "33 77");
	kill(keeper(), SIGKILL);
	assert_int_equal(ended(pid), BROKE);
	assert_int_equal(tcgetattr(theirs, &after), 0);
	assert_memory_equal(&after, &before, sizeof(before));
	assert_int_equal(runs(state, "exit 6"), 6);
	close(user);
	close(theirs);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, shared_setup, shared_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(one_login_serves_all),
		TEST(it_has_nothing_of_its_caller),
		TEST(it_ends_when_nobody_comes),
		TEST(it_ends_when_it_is_told),
		TEST(a_login_that_is_outdated_takes_no_more),
		TEST(it_ends_when_it_is_lost),
		TEST(it_ends_with_the_connection),
		TEST(another_mark_ends_it),
		TEST(a_failed_login_is_told),
		TEST(nonsense_is_not_heard),
		TEST(killed_it_leaves_the_terminal_as_it_was),
	};

	if (argc > 1 && strcmp(argv[1], "connection-keeper") == 0)
		return be_keeper(argc, argv);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
