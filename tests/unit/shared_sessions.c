/* SPDX-License-Identifier: Apache-2.0 */
/* Commands over one connection: their bytes and statuses, side by side, and when somebody is slow or dies. */
#include "shared_world.h"

#define MUCH_BYTES (64L * 1024 * 1024)

static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, buf + len, size - len)) > 0)
		len += (size_t)n;
	return (ssize_t)len;
}

static void bytes_streams_and_status_pass(void **state)
{
	struct guest_session session = { .command = "cat; printf 'aside' >&2; exit 5" };
	char sent[256], got[512], aside[64];
	int in[2], out[2], err_pipe[2];

	for (int i = 0; i < 256; i++)
		sent[i] = (char)i;
	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC) | pipe2(err_pipe, O_CLOEXEC),
			 0);
	session.in_fd = in[0];
	session.out_fd = out[1];
	session.err_fd = err_pipe[1];
	for (int i = 0; i < 3; i++) {
		pid_t pid;

		assert_int_equal(write(in[1], sent, sizeof(sent)), sizeof(sent));
		close(in[1]);
		pid = begin(state, &session, -1);
		assert_int_equal(read_all(out[0], got, 256), 256);
		assert_memory_equal(got, sent, 256);
		assert_int_equal(read_all(err_pipe[0], aside, 5), 5);
		assert_memory_equal(aside, "aside", 5);
		assert_int_equal(ended(pid), 5);
		close(in[0]);
		assert_int_equal(pipe2(in, O_CLOEXEC), 0);
		session.in_fd = in[0];
	}
	for (int i = 0; i < 2; i++) {
		close(in[i]);
		close(out[i]);
		close(err_pipe[i]);
	}
}

static void a_signal_is_told(void **state)
{
	assert_int_equal(runs(state, "kill -KILL $$"), 128 + SIGKILL);
	assert_int_equal(runs(state, "exit 255"), 255);
}

static void much_goes_both_ways(void **state)
{
	struct guest_session session = { .command = "cat" };
	cleanup_free char *from = path_of(*state, "much"), *to = path_of(*state, "came");
	int in = open(from, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int out = open(to, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;

	assert_int_equal(ftruncate(in, MUCH_BYTES), 0);
	session.in_fd = in;
	session.out_fd = session.err_fd = out;
	assert_int_equal(ended(begin(state, &session, -1)), 0);
	assert_int_equal(fstat(out, &st), 0);
	assert_int_equal(st.st_size, MUCH_BYTES);
	close(in);
	close(out);
}

static void two_run_at_once(void **state)
{
	cleanup_free char *flag = path_of(*state, "flag");
	cleanup_free char *first = xasprintf("until [ -e %s ]; do sleep 0.05; done; exit 3", flag);
	cleanup_free char *second = xasprintf("touch %s", flag);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), before = logins(*state);
	struct guest_session session = {
		.command = first, .in_fd = null, .out_fd = null, .err_fd = null
	};
	pid_t pid;

	assert_int_equal(runs(state, "true"), 0);
	pid = begin(state, &session, -1);
	assert_int_equal(runs(state, second), 0);
	assert_int_equal(ended(pid), 3);
	assert_int_equal(logins(*state), before + 1);
	close(null);
}

/* What the reader does not take stays in the guest: in the keeper there is but a window and a pipe of it. */
static void a_slow_reader_holds_up_nobody(void **state)
{
	struct guest_session slow = { .command = "cat /dev/zero", .in_fd = -1, .err_fd = 2 };
	int out[2];
	pid_t pid;

	assert_int_equal(runs(state, "true"), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	slow.out_fd = out[1];
	pid = begin(state, &slow, out[0]);
	close(out[1]);
	assert_int_equal(read_all(out[0], (char[16]){ 0 }, 16), 16);
	much_goes_both_ways(state);
	kill(pid, SIGSTOP);
	much_goes_both_ways(state);
	kill(pid, SIGCONT);
	close(out[0]);
	assert_int_equal(ended(pid), 128 + SIGPIPE);
}

/* Its channel is closed; a command without a terminal notices when it writes, as with ssh. */
static pid_t written_in(const char *path)
{
	cleanup_text struct text text = { 0 };
	struct error err = { 0 };

	assert_int_equal(fs_read(path, 32, &text, &err), 0);
	return (pid_t)strtol(text_str(&text), NULL, 10);
}

static void a_killed_command_leaves_the_guest(void **state)
{
	cleanup_free char *flag = path_of(*state, "flag");
	cleanup_free char *command = xasprintf(
		"echo $$ >%s.new; mv %s.new %s; while :; do sleep 0.05; done", flag, flag, flag);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int64_t deadline = clock_ms() + SESSION_WAIT_MS;
	struct guest_session session = {
		.command = command, .in_fd = null, .out_fd = null, .err_fd = null
	};
	pid_t pid = begin(state, &session, -1), keeps, remote;

	wait_for_file(flag);
	keeps = keeper();
	remote = written_in(flag);
	kill(pid, SIGKILL);
	assert_int_equal(ended(pid), -1);
	while (kill(remote, 0) == 0 && clock_ms() < deadline)
		stop_wait_ms(10);
	assert_int_equal(kill(remote, 0), -1);
	assert_int_equal(runs(state, "true"), 0);
	assert_int_equal(keeper(), keeps);
	close(null);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, shared_setup, shared_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_streams_and_status_pass), TEST(a_signal_is_told),
		TEST(much_goes_both_ways),           TEST(two_run_at_once),
		TEST(a_slow_reader_holds_up_nobody), TEST(a_killed_command_leaves_the_guest),
	};

	if (argc > 1 && strcmp(argv[1], "connection-keeper") == 0)
		return be_keeper(argc, argv);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
