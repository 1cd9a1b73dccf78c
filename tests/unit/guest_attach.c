/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions joined to descriptors: pipes byte for byte, and a terminal that gets back what it was. */
#include "guest/guest.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "tests/guest/session.h"

#define MUCH_BYTES (64L * 1024 * 1024)

/*
 * Attaches in a child; the parent plays the user. The child ends with the remote status. parents_fd
 * is the parent's end of a pipe, -1 for none.
 */
static pid_t attach(void **state, const struct guest_session *session, int parents_fd)
{
	struct guest_target t = session_target(*state);
	struct error err = { 0 };
	struct guest *g = NULL;
	int status = 99, rc;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	close(parents_fd);
	stop_install_handlers();
	rc = guest_connect(&t, 0, &g, &err);
	if (rc == 0)
		rc = guest_attach(g, session, &status, &err);
	guest_close(&g);
	_exit(rc == 0 ? status : err.kind == ERROR_STOPPED ? 130 : 98);
}

static int ended(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void ready(void **state)
{
	struct guest *g = session_of(state);

	guest_close(&g);
}

static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, buf + len, size - len)) > 0)
		len += (size_t)n;
	return (ssize_t)len;
}

static void test_pipes(void **state)
{
	struct guest_session session = { .command = "cat; printf 'aside' >&2; exit 5" };
	char sent[256], got[512], aside[64];
	int in[2], out[2], err_pipe[2];
	pid_t pid;

	ready(state);
	for (int i = 0; i < 256; i++)
		sent[i] = (char)i;
	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC) | pipe2(err_pipe, O_CLOEXEC),
			 0);
	session.in_fd = in[0];
	session.out_fd = out[1];
	session.err_fd = err_pipe[1];
	assert_int_equal(write(in[1], sent, sizeof(sent)), sizeof(sent));
	close(in[1]);
	pid = attach(state, &session, -1);
	close(out[1]);
	close(err_pipe[1]);
	assert_int_equal(read_all(out[0], got, sizeof(got)), 256);
	assert_memory_equal(got, sent, 256);
	assert_int_equal(read_all(err_pipe[0], aside, sizeof(aside)), 5);
	assert_memory_equal(aside, "aside", 5);
	assert_int_equal(ended(pid), 5);
	close(in[0]);
	close(out[0]);
	close(err_pipe[0]);
}

static void test_much_through_both_ways(void **state)
{
	struct guest_session session = { .command = "cat" };
	cleanup_free char *from = NULL, *to = NULL;
	int in, out;
	struct stat st;

	ready(state);
	from = fs_join(((struct sshd *)*state)->directory, "much");
	to = fs_join(((struct sshd *)*state)->directory, "came");
	in = open(from, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	out = open(to, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(in, MUCH_BYTES), 0);
	session.in_fd = in;
	session.out_fd = session.err_fd = out;
	assert_int_equal(ended(attach(state, &session, -1)), 0);
	assert_int_equal(fstat(out, &st), 0);
	assert_int_equal(st.st_size, MUCH_BYTES);
	close(in);
	close(out);
}

static void test_reader_goes_away(void **state)
{
	struct guest_session session = { .command = "yes", .in_fd = -1, .err_fd = 2 };
	int out[2];
	char some[16];
	pid_t pid;

	ready(state);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	session.out_fd = out[1];
	pid = attach(state, &session, out[0]);
	close(out[1]);
	assert_int_equal(read_all(out[0], some, sizeof(some)), sizeof(some));
	close(out[0]);
	assert_int_equal(ended(pid), 128 + SIGPIPE);
}

/* Reads the terminal until it shows the text. */
static void expect(int fd, const char *text)
{
	cleanup_text struct text seen = { 0 };
	int64_t deadline = clock_ms() + SESSION_WAIT_MS;
	char buf[512];

	while (!strstr(text_str(&seen), text)) {
		struct pollfd pfd = { fd, POLLIN, 0 };
		ssize_t n = poll(&pfd, 1, 100) > 0 ? read(fd, buf, sizeof(buf)) : 0;

		if (n > 0)
			text_addn(&seen, buf, (size_t)n);
		if (clock_ms() > deadline)
			print_message("# wanted '%s', saw '%s'\n", text, text_str(&seen));
		assert_true(clock_ms() <= deadline);
	}
}

struct terminal_pair {
	int user, program;
	struct termios before;
};

static void open_terminal(struct terminal_pair *t)
{
	const struct winsize size = { .ws_row = 33, .ws_col = 77 };

	assert_int_equal(openpty(&t->user, &t->program, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(t->program, &t->before), 0);
}

/* SIGWINCH goes to who controls the terminal; the child does not, so it is sent by hand. */
static void resize(struct terminal_pair *t, pid_t pid, unsigned short rows, unsigned short columns)
{
	const struct winsize size = { .ws_row = rows, .ws_col = columns };

	assert_int_equal(ioctl(t->user, TIOCSWINSZ, &size), 0);
	assert_int_equal(kill(pid, SIGWINCH), 0);
}

static void assert_restored(struct terminal_pair *t)
{
	struct termios after;

	assert_int_equal(tcgetattr(t->program, &after), 0);
	assert_int_equal(after.c_iflag, t->before.c_iflag);
	assert_int_equal(after.c_oflag, t->before.c_oflag);
	assert_int_equal(after.c_cflag, t->before.c_cflag);
	assert_int_equal(after.c_lflag, t->before.c_lflag);
	assert_memory_equal(after.c_cc, t->before.c_cc, sizeof(after.c_cc));
	close(t->user);
	close(t->program);
}

static void type(struct terminal_pair *t, const char *keys)
{
	assert_int_equal(write(t->user, keys, strlen(keys)), strlen(keys));
}

static void test_terminal(void **state)
{
	struct terminal_pair t;
	struct guest_session session = {
		.tty = true, .command = "stty size; read a; stty size; read b; echo got-$b; exit 9"
	};
	pid_t pid;

	ready(state);
	open_terminal(&t);
	session.in_fd = session.out_fd = session.err_fd = t.program;
	pid = attach(state, &session, -1);
	expect(t.user, "33 77");
	resize(&t, pid, 50, 132);
	type(&t, "\r");
	expect(t.user, "50 132");
	type(&t, "word\r");
	expect(t.user, "got-word");
	assert_int_equal(ended(pid), 9);
	assert_restored(&t);
}

static void test_ctrl_c_goes_to_the_other_side(void **state)
{
	struct terminal_pair t;
	struct guest_session session = { .tty = true,
					 .command = "trap 'echo caught; exit 4' INT; echo go; "
						    "while :; do sleep 0.05; done" };
	pid_t pid;

	ready(state);
	open_terminal(&t);
	session.in_fd = session.out_fd = session.err_fd = t.program;
	pid = attach(state, &session, -1);
	expect(t.user, "go");
	type(&t, "\003");
	expect(t.user, "caught");
	assert_int_equal(ended(pid), 4);
	assert_restored(&t);
}

static void test_terminal_restored_after_a_signal(void **state)
{
	struct terminal_pair t;
	struct guest_session session = { .tty = true, .command = "echo go; sleep 60" };
	pid_t pid;

	ready(state);
	open_terminal(&t);
	session.in_fd = session.out_fd = session.err_fd = t.program;
	pid = attach(state, &session, -1);
	expect(t.user, "go");
	kill(pid, SIGTERM);
	assert_int_equal(ended(pid), 130);
	assert_restored(&t);
}

static bool stands_still(pid_t pid)
{
	cleanup_free char *path = xasprintf("/proc/%d/status", pid);
	cleanup_text struct text status = { 0 };
	struct error err = { 0 };

	session_check(fs_read(path, 65536, &status, &err), &err);
	return strstr(text_str(&status), "State:\tT");
}

/* The process whose number is the file's line, as soon as it stands still. */
static pid_t standing_still(const char *path)
{
	int64_t deadline = clock_ms() + SESSION_WAIT_MS;

	for (;; poll(NULL, 0, 20)) {
		cleanup_text struct text line = { 0 };
		cleanup_error struct error err = { 0 };

		if (fs_read(path, 64, &line, &err) == 0 && strchr(text_str(&line), '\n') &&
		    stands_still(atoi(text_str(&line))))
			return atoi(text_str(&line));
		assert_true(clock_ms() <= deadline);
	}
}

/* "~" in the middle of a line is a "~". */
static void test_left_by_hand(void **state)
{
	cleanup_free char *held = NULL, *command = NULL;
	struct guest_session session = { .tty = true };
	int64_t deadline = clock_ms() + SESSION_WAIT_MS;
	struct terminal_pair t;
	siginfo_t info = { 0 };
	pid_t pid, server;

	ready(state);
	held = fs_join(((struct sshd *)*state)->directory, "held");
	command = xasprintf("echo go; read a; echo got-$a; read b; "
			    "echo $PPID >%s; kill -STOP $PPID; sleep 60",
			    held);
	session.command = command;
	open_terminal(&t);
	session.in_fd = session.out_fd = session.err_fd = t.program;
	pid = attach(state, &session, -1);
	expect(t.user, "go");
	type(&t, "a~.b\r");
	expect(t.user, "got-a~.b");
	type(&t, "\r");
	server = standing_still(held);
	type(&t, "\003\r~");
	type(&t, ".");
	for (; info.si_pid == 0 && clock_ms() <= deadline; poll(NULL, 0, 20))
		assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	/* With the process that serves the connection everything of it ends. */
	assert_int_equal(kill(server, SIGKILL), 0);
	assert_int_equal(ended(pid), 130);
	assert_restored(&t);
}

static void test_terminal_restored_after_the_connection_died(void **state)
{
	struct terminal_pair t;
	struct guest_session session = { .tty = true,
					 .command = "echo go; read a; kill -9 $PPID; sleep 9" };
	pid_t pid;

	ready(state);
	open_terminal(&t);
	session.in_fd = session.out_fd = session.err_fd = t.program;
	pid = attach(state, &session, -1);
	expect(t.user, "go");
	type(&t, "\r");
	assert_int_equal(ended(pid), 98);
	assert_restored(&t);
}

static void test_login_shell(void **state)
{
	struct terminal_pair t;
	struct guest_session session = { .tty = true };
	pid_t pid;

	ready(state);
	open_terminal(&t);
	session.in_fd = session.out_fd = session.err_fd = t.program;
	pid = attach(state, &session, -1);
	type(&t, "echo shell-$((1+1)); exit 6\r");
	expect(t.user, "shell-2");
	assert_int_equal(ended(pid), 6);
	assert_restored(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pipes),
		cmocka_unit_test(test_much_through_both_ways),
		cmocka_unit_test(test_reader_goes_away),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_ctrl_c_goes_to_the_other_side),
		cmocka_unit_test(test_terminal_restored_after_a_signal),
		cmocka_unit_test(test_left_by_hand),
		cmocka_unit_test(test_terminal_restored_after_the_connection_died),
		cmocka_unit_test(test_login_shell),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sshd_setup, session_teardown);
}
