/* SPDX-License-Identifier: Apache-2.0 */
/* Forwarders whose processes die, whose machines stop, and whose directory goes. */
#include "cli/forwarder.h"

#include <fcntl.h>

#include "forwarder_world.h"

#define HEAL_MS 10000 /* 2 s, on a machine that does other things as well */

static int guest = -1;

static void begin(unsigned boot_timeout_s)
{
	cleanup_error struct error err = { 0 };

	guest = guest_socket(SOCK_STREAM);
	web.boot_timeout_s = boot_timeout_s;
	web_port = (struct port){ PORT_TCP, "127.0.0.1", free_port(), port_of(guest), 1, false };
	must(serve(&web, &err), &err);
}

static int end(void **state)
{
	close(guest);
	return teardown_project(state);
}

static void end_forwarding(void)
{
	cleanup_error struct error err = { 0 };

	must(forwarder_drop(&session, "web", &err), &err);
	wait_for_processes("forwarder-daemon", 0);
}

/* Kills it and waits until there is another one; fails if the port is not back in time. */
static void kill_one(const char *role)
{
	int64_t deadline;
	pid_t before = 0, now = 0;

	wait_for_processes(role, 1);
	processes(role, &before);
	kill(before, SIGKILL);
	deadline = clock_ms() + HEAL_MS;
	while (!reaches(web_port.host, guest) && clock_ms() < deadline)
		stop_wait_ms(5);
	assert_true(clock_ms() < deadline);
	while ((processes(role, &now) == 0 || now == before) && clock_ms() < deadline)
		stop_wait_ms(5);
	assert_true(clock_ms() < deadline);
}

static void whichever_is_killed_it_heals(void **state)
{
	cleanup_error struct error err = { 0 };
	struct machine db = { .name = "db", .provider = "fake", .port_count = 1 };
	struct port port = { PORT_UDP, "127.0.0.1", free_port(), 9, 1, false };

	(void)state;
	begin(60);
	for (int i = 0; i < 3; i++) {
		kill_one(" worker ");
		kill_one(" guard ");
	}
	/* It obeys as before. */
	db.ports = &port;
	must(serve(&db, &err), &err);
	must(forwarder_drop(&session, "db", &err), &err);
	assert_true(reaches(web_port.host, guest));
	end_forwarding();
}

static void both_killed_are_started_by_the_next_order(void **state)
{
	cleanup_error struct error err = { 0 };
	pid_t worker = 0, guard = 0;

	(void)state;
	begin(60);
	wait_for_processes(" guard ", 1);
	processes(" worker ", &worker);
	processes(" guard ", &guard);
	kill(guard, SIGSTOP);
	kill(worker, SIGKILL);
	kill(guard, SIGKILL);
	wait_for_processes("forwarder-daemon", 0);
	assert_false(reaches(web_port.host, guest));
	must(serve(&web, &err), &err);
	assert_true(reaches(web_port.host, guest));
	end_forwarding();
}

/* On its way up a machine may be off; once it has run, being off ends its ports. */
static void it_lives_as_long_as_the_machine(void **state)
{
	cleanup_free char *forward = fs_join(state_dir, "forward");
	pid_t guard_pid = 0;

	(void)state;
	machines_are("stopped");
	begin(60);
	stop_wait_ms(2500);
	assert_true(reaches(web_port.host, guest));
	machines_are("running");
	stop_wait_ms(2500);
	assert_true(reaches(web_port.host, guest));
	/* It was seen, also by a guard that is new. */
	wait_for_processes(" guard ", 1);
	processes(" guard ", &guard_pid);
	machines_are("stopped");
	kill(guard_pid, SIGKILL);
	wait_for_processes("forwarder-daemon", 0);
	assert_false(reaches(web_port.host, guest));
	assert_false(fs_exists(forward));
}

static void a_machine_that_never_runs_is_given_up(void **state)
{
	(void)state;
	machines_are("stopped");
	begin(1);
	wait_for_processes("forwarder-daemon", 0);
}

static void without_its_directory_it_ends(void **state)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;
	cleanup_error struct error err = { 0 };

	(void)state;
	begin(60);
	/* Meanwhile it may write there. */
	while (fs_remove(state_dir, &err) < 0 && clock_ms() < deadline)
		error_clear(&err);
	wait_for_processes("forwarder-daemon", 0);
	assert_false(fs_exists(state_dir));
}

/* "bothy up | cat" ends when up does. */
static void it_keeps_nothing_of_who_started_it(void **state)
{
	struct pollfd in = { .events = POLLIN };
	int fds[2];
	char c;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	begin(60);
	close(fds[1]);
	in.fd = fds[0];
	assert_int_equal(poll(&in, 1, DEADLINE_MS), 1);
	assert_int_equal(read(fds[0], &c, 1), 0);
	close(fds[0]);
	end_forwarding();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whichever_is_killed_it_heals, setup_project, end),
		cmocka_unit_test_setup_teardown(both_killed_are_started_by_the_next_order,
						setup_project, end),
		cmocka_unit_test_setup_teardown(it_lives_as_long_as_the_machine, setup_project,
						end),
		cmocka_unit_test_setup_teardown(a_machine_that_never_runs_is_given_up,
						setup_project, end),
		cmocka_unit_test_setup_teardown(without_its_directory_it_ends, setup_project, end),
		cmocka_unit_test_setup_teardown(it_keeps_nothing_of_who_started_it, setup_project,
						end),
	};

	if (argc > 1 && strcmp(argv[1], "forwarder-daemon") == 0)
		return be_forwarder(argc, argv);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
