/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of the host: their output and status, and how they are ended. */
#include "core/proc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/stop.h"

#define DEADLINE_MS 20000

static int calm(void **state)
{
	(void)state;
	stop_set(false);
	return 0;
}

static void must(int rc, const struct error *err)
{
	if (rc < 0)
		fail_msg("%s", err->text);
}

static int sh(const char *script, int64_t deadline_ms, struct proc_result *out, struct error *err)
{
	const char *argv[] = { "sh", "-c", script, NULL };

	return proc_run(argv, deadline_ms, out, err);
}

static void programs_are_run(void **state)
{
	cleanup_proc struct proc_result r = { 0 };
	cleanup_error struct error err = { 0 };

	(void)state;
	must(sh("echo out; echo err >&2; cat; exit 7", 0, &r, &err), &err);
	assert_int_equal(r.status, 7);
	assert_string_equal(text_str(&r.output), "out\nerr\n");
	proc_result_clear(&r);
	must(sh("kill -9 $$", 0, &r, &err), &err);
	assert_int_equal(r.status, 128 + SIGKILL);
	proc_result_clear(&r);
	must(sh("head -c 3000000 /dev/zero", 0, &r, &err), &err);
	assert_int_equal(r.status, 0);
	assert_int_equal(r.output.len, 1 << 20);
}

static void failures_of_programs_are_errors(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(proc_must((const char *[]){ "sh", "-c", "true", NULL }, 0, &err), 0);
	assert_int_equal(proc_must((const char *[]){ "sh", "-c", "echo a; echo b; exit 3", NULL },
				   0, &err),
			 -1);
	assert_string_equal(err.text, "'sh' ended with status 3: b");
	assert_int_equal(err.code, 3);
	assert_int_equal(proc_must((const char *[]){ "false", NULL }, 0, &err), -1);
	assert_string_equal(err.text, "'false' ended with status 1");
	assert_int_equal(proc_must((const char *[]){ "bothy-no-such-program", NULL }, 0, &err), -1);
	assert_string_equal(err.text,
			    "cannot run 'bothy-no-such-program': no such file or directory");
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void deadlines_end_programs(void **state)
{
	/* The second one has closed its output. */
	static const char *const scripts[] = { "exec sleep 600", "exec sleep 600 >&- 2>&-" };
	cleanup_proc struct proc_result r = { 0 };
	cleanup_error struct error err = { 0 };
	int64_t start = clock_ms();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		assert_int_equal(sh(scripts[i], clock_ms() + 200, &r, &err), -1);
		assert_int_equal(err.kind, ERROR_TIMEOUT);
		stop_set(true);
		assert_int_equal(sh(scripts[i], 0, &r, &err), -1);
		assert_int_equal(err.kind, ERROR_STOPPED);
		stop_set(false);
	}
	assert_true(clock_ms() - start < DEADLINE_MS);
	/* All of them were reaped. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void daemons_do_not_hold_up(void **state)
{
	cleanup_proc struct proc_result r = { 0 };
	cleanup_error struct error err = { 0 };
	long daemon;

	(void)state;
	/* It inherits the output and keeps it open. */
	must(sh("sleep 600 & echo $!", clock_ms() + DEADLINE_MS, &r, &err), &err);
	daemon = strtol(text_str(&r.output), NULL, 10);
	assert_true(daemon > 1);
	assert_int_equal(kill((pid_t)daemon, SIGKILL), 0);
	assert_int_equal(r.status, 0);
}

/* A shell that waits for what it started is told to end together with that, and tidies up after it. */
static void ended_programs_tidy_up(void **state)
{
	static const char script[] =
		"trap 'exit 143' TERM; trap 'rm %s/made; echo $? >%s/end' EXIT; : >%s/made; sleep 600; :";
	char folder[] = "/tmp/bothy-proc-XXXXXX";
	cleanup_proc struct proc_result r = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_free char *text = NULL, *made = NULL, *end = NULL;

	(void)state;
	assert_non_null(mkdtemp(folder));
	made = fs_join(folder, "made");
	end = fs_join(folder, "end");
	text = xasprintf(script, folder, folder, folder);
	assert_int_equal(sh(text, clock_ms() + 500, &r, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	assert_true(fs_exists(end));
	assert_false(fs_exists(made));
	must(fs_remove(folder, &err), &err);
}

/* The seconds that it has are not for ever. */
static void the_deaf_are_killed(void **state)
{
	cleanup_proc struct proc_result r = { 0 };
	cleanup_error struct error err = { 0 };
	int64_t start = clock_ms();

	(void)state;
	assert_int_equal(sh("trap '' TERM; sleep 600; sleep 600", clock_ms() + 100, &r, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	assert_true(clock_ms() - start < DEADLINE_MS);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, calm, calm)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(programs_are_run),       CASE(failures_of_programs_are_errors),
		CASE(deadlines_end_programs), CASE(ended_programs_tidy_up),
		CASE(the_deaf_are_killed),    CASE(daemons_do_not_hold_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("proc", tests, NULL, NULL);
}
