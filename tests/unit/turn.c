/* SPDX-License-Identifier: Apache-2.0 */
/* Locks whose files go with them: one at a time all the same, and none is left. */
#include "core/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/stop.h"

#define WAIT_MS 60000
#define PROCESSES 6
#define TURNS 150

static char directory[64];

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/bothy-turn-XXXXXX");
	return mkdtemp(directory) ? chdir(directory) : -1;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	return chdir("/") < 0 ? -1 : fs_remove(directory, &err);
}

static void must(int rc, const struct error *err)
{
	if (rc < 0)
		fail_msg("%s", err->text);
}

/* Reads, lets others run, and writes: two at once would lose a number. */
static void count_one(void)
{
	char buf[32] = "";
	int fd = open("count", O_RDWR | O_CREAT, 0644);
	ssize_t n = read(fd, buf, sizeof(buf) - 1);
	int value = n > 0 ? atoi(buf) : 0;

	usleep(100);
	n = snprintf(buf, sizeof(buf), "%d\n", value + 1);
	if (pwrite(fd, buf, (size_t)n, 0) != n)
		_exit(3);
	close(fd);
}

static void take_turns(void)
{
	cleanup_error struct error err = { 0 };

	for (int i = 0; i < TURNS; i++) {
		struct turn turn;

		if (turn_take("lock", "counting", WAIT_MS, &turn, &err) < 0)
			_exit(2);
		count_one();
		turn_end(&turn);
	}
	_exit(0);
}

/* Some of them wait for a file that its holder removes. */
static void everybody_has_turns_alone(void **state)
{
	cleanup_text struct text count = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_free char *wanted = xasprintf("%d\n", PROCESSES * TURNS);
	pid_t pids[PROCESSES];
	int status;

	(void)state;
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			take_turns();
	}
	for (int i = 0; i < PROCESSES; i++) {
		waitpid(pids[i], &status, 0);
		assert_int_equal(status, 0);
	}
	must(fs_read("count", 100, &count, &err), &err);
	assert_string_equal(count.ptr, wanted);
	assert_false(fs_exists("lock"));
}

static bool has_open(pid_t pid, const char *name)
{
	cleanup_free char *wanted = fs_join(directory, name);
	bool found = false;

	for (int fd = 0; fd < 64 && !found; fd++) {
		cleanup_free char *link = xasprintf("/proc/%d/fd/%d", (int)pid, fd);
		char path[256];
		ssize_t n = readlink(link, path, sizeof(path) - 1);

		path[n > 0 ? n : 0] = '\0';
		found = strcmp(path, wanted) == 0;
	}
	return found;
}

/* What is 1 if the lock is one of a file that has no name any more: then another one can be had. */
static void wait_for_turn(int inherited_fd, int ready_fd)
{
	cleanup_error struct error err = { 0 };
	struct turn second;
	int third;

	close(inherited_fd);
	if (write(ready_fd, "", 1) != 1 || turn_take("lock", "second", WAIT_MS, &second, &err) < 0)
		_exit(2);
	_exit(fs_lock("lock", "third", 0, NULL, &third, &err) == 0);
}

static void who_waited_has_the_file_of_that_name(void **state)
{
	cleanup_error struct error err = { 0 };
	int64_t deadline = clock_ms() + WAIT_MS;
	struct turn first;
	int fds[2], status;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	must(turn_take("lock", "first", 0, &first, &err), &err);
	pid = fork();
	if (pid == 0)
		wait_for_turn(first.fd, fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	while (!has_open(pid, "lock") && deadline_left_ms(deadline) > 0)
		stop_wait_ms(1);
	turn_end(&first);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	close(fds[0]);
	close(fds[1]);
}

static void sweeping_leaves_what_is_taken(void **state)
{
	cleanup_error struct error err = { 0 };
	struct turn turn;

	(void)state;
	must(fs_make_dirs("rootfs/some.lock.d", 0755, NULL, &err), &err);
	must(fs_write("rootfs/free.lock", "x", 1, 0644, NULL, &err), &err);
	must(fs_write("rootfs/other", "x", 1, 0644, NULL, &err), &err);
	must(turn_take("rootfs/taken.lock", "a test", 0, &turn, &err), &err);
	must(turn_sweep("rootfs", ".lock", &err), &err);
	assert_false(fs_exists("rootfs/free.lock"));
	assert_true(fs_exists("rootfs/other") && fs_exists("rootfs/some.lock.d"));
	assert_true(fs_exists("rootfs/taken.lock"));
	turn_end(&turn);
	assert_false(fs_exists("rootfs/taken.lock"));
	turn_end(&turn);
	must(turn_sweep("no such folder", "", &err), &err);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(everybody_has_turns_alone),
		CASE(who_waited_has_the_file_of_that_name),
		CASE(sweeping_leaves_what_is_taken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
