/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of the host whose output is taken as it comes: streams, directory, environment, and how they are ended. */
#include "core/proc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/stop.h"

#define DEADLINE_MS 20000

struct taken {
	struct text streams[2];
	uint64_t bytes;
	bool count_only, refuse, interrupt;
};

static int take(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	struct taken *t = ctx;

	t->bytes += len;
	if (t->refuse)
		return error_set(err, ERROR_SYSTEM, "no room");
	if (t->interrupt)
		stop_set(true);
	if (!t->count_only)
		text_addn(&t->streams[stream - 1], data, len);
	return 0;
}

static void taken_clear(struct taken *t)
{
	text_clear(&t->streams[0]);
	text_clear(&t->streams[1]);
}
#define cleanup_taken cleanup(taken_clear)

static int calm(void **state)
{
	(void)state;
	stop_set(false);
	/* Whatever a test started has been reaped. */
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1;
}

/* Runs the script by sh; the rest of the spec is the caller's. */
static int sh(const char *script, struct proc_spec spec, struct taken *t, struct error *err)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	const struct proc_output output = { .write = take, .ctx = t };
	int status;

	spec.argv = argv;
	spec.output = t ? &output : NULL;
	if (!spec.deadline_ms)
		spec.deadline_ms = clock_ms() + DEADLINE_MS;
	return proc_stream(&spec, &status, err) < 0 ? -1 : status;
}

static void streams_are_apart(void **state)
{
	cleanup_taken struct taken t = { 0 };
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(
		sh("echo out; echo err >&2; cat; exit 7", (struct proc_spec){ 0 }, &t, &err), 7);
	assert_string_equal(text_str(&t.streams[0]), "out\n");
	assert_string_equal(text_str(&t.streams[1]), "err\n");
	taken_clear(&t);
	assert_int_equal(sh("echo a; echo b >&2; echo c", (struct proc_spec){ .together = true },
			    &t, &err),
			 0);
	assert_string_equal(text_str(&t.streams[0]), "a\nb\nc\n");
	assert_int_equal(t.streams[1].len, 0);
	assert_int_equal(sh("echo nobody; kill -9 $$", (struct proc_spec){ 0 }, NULL, &err),
			 128 + SIGKILL);
}

/* One stream that is closed early must not keep the other from being taken. */
static void a_closed_stream_is_none(void **state)
{
	cleanup_taken struct taken t = { 0 };
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(sh("exec >&-; echo err >&2; exec 2>&-; exit 3", (struct proc_spec){ 0 },
			    &t, &err),
			 3);
	assert_string_equal(text_str(&t.streams[1]), "err\n");
}

static void it_has_its_place(void **state)
{
	const char *more[] = { "BOTHY_TEST_A=new", "BOTHY_TEST_C=c d", NULL };
	cleanup_taken struct taken t = { 0 };
	cleanup_error struct error err = { 0 };

	(void)state;
	setenv("BOTHY_TEST_A", "old", 1);
	setenv("BOTHY_TEST_AB", "kept", 1);
	assert_int_equal(
		sh("pwd; echo \"$BOTHY_TEST_A $BOTHY_TEST_AB $BOTHY_TEST_C\"; env | grep -c BOTHY_TEST_A=",
		   (struct proc_spec){ .directory = "/usr", .environment = more }, &t, &err),
		0);
	assert_string_equal(text_str(&t.streams[0]), "/usr\nnew kept c d\n1\n");
	assert_string_equal(getenv("BOTHY_TEST_A"), "old");
	assert_int_equal(sh(":", (struct proc_spec){ .directory = "/no/such" }, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void it_reads_what_it_is_given(void **state)
{
	cleanup_taken struct taken t = { 0 };
	cleanup_error struct error err = { 0 };
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "given\n", 6), 6);
	close(fds[1]);
	assert_int_equal(sh("cat", (struct proc_spec){ .in_fd = fds[0] }, &t, &err), 0);
	close(fds[0]);
	assert_string_equal(text_str(&t.streams[0]), "given\n");
}

static void floods_pass(void **state)
{
	cleanup_taken struct taken t = { .count_only = true };
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(sh("head -c 200000000 /dev/zero & head -c 100000000 /dev/zero >&2; wait",
			    (struct proc_spec){ 0 }, &t, &err),
			 0);
	assert_int_equal(t.bytes, 300000000);
}

/* Runs what would sleep; true if all of it has gone after that: each holds the writing end of a pipe. */
static bool ends_with_all(int64_t deadline_ms, struct taken *t, struct error *err)
{
	static const char script[] = "exec 5<&0; sleep 600 & echo $!; wait";
	struct pollfd end = { .events = POLLIN };
	int fds[2];
	bool gone;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(sh(script,
			    (struct proc_spec){ .deadline_ms = deadline_ms, .in_fd = fds[1] }, t,
			    err),
			 -1);
	stop_set(false);
	close(fds[1]);
	end.fd = fds[0];
	gone = poll(&end, 1, DEADLINE_MS) == 1;
	close(fds[0]);
	return gone;
}

static void it_is_ended_with_all(void **state)
{
	struct taken late = { .count_only = true }, refusing = { .refuse = true },
		     interrupting = { .count_only = true, .interrupt = true };
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_true(ends_with_all(clock_ms() + 500, &late, &err));
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	assert_true(late.bytes > 1);
	assert_true(ends_with_all(0, &refusing, &err));
	assert_string_equal(err.text, "no room");
	assert_true(ends_with_all(0, &interrupting, &err));
	assert_int_equal(err.kind, ERROR_STOPPED);
}

/* What an interruption has left behind is to be tidied up. */
static void some_go_on_regardless(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	stop_set(true);
	assert_int_equal(sh("exit 4", (struct proc_spec){ 0 }, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_STOPPED);
	assert_int_equal(sh("exit 4", (struct proc_spec){ .regardless = true }, NULL, &err), 4);
	assert_int_equal(
		sh("exec sleep 600",
		   (struct proc_spec){ .regardless = true, .deadline_ms = clock_ms() + 200 }, NULL,
		   &err),
		-1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	stop_set(false);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, NULL, calm)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(streams_are_apart),     CASE(a_closed_stream_is_none),
		CASE(it_has_its_place),      CASE(it_reads_what_it_is_given),
		CASE(floods_pass),           CASE(it_is_ended_with_all),
		CASE(some_go_on_regardless),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("proc_stream", tests, NULL, NULL);
}
