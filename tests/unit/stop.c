/* SPDX-License-Identifier: Apache-2.0 */
/* Which signals interrupt. */
#include "core/stop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether one that was disposed of so before the program began interrupts it. */
static bool interrupts(int signo, void (*before)(int))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		signal(signo, before);
		stop_install_handlers();
		raise(signo);
		_exit(stop_requested());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void signals_interrupt(void **state)
{
	(void)state;
	assert_true(interrupts(SIGINT, SIG_DFL));
	assert_true(interrupts(SIGTERM, SIG_DFL));
	assert_true(interrupts(SIGHUP, SIG_DFL));
}

/* nohup(1) says that the end of the terminal is none of it; a shell without job control that it is in the background. */
static void a_hangup_that_was_ignored_stays_so(void **state)
{
	(void)state;
	assert_false(interrupts(SIGHUP, SIG_IGN));
	assert_true(interrupts(SIGINT, SIG_IGN));
}

static void the_second_one_ends_it(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		stop_install_handlers();
		raise(SIGINT);
		raise(SIGTERM);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 130);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_interrupt),
		cmocka_unit_test(a_hangup_that_was_ignored_stays_so),
		cmocka_unit_test(the_second_one_ends_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("stop", tests, NULL, NULL);
}
