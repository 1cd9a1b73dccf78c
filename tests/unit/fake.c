/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fake provider's own promises: each word of $BOTHY_FAKE does what it says, and whatever goes
 * wrong at whichever operation, the next run finds a file that it can read and go on from.
 */
#include "providers/fake.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/fs.h"
#include "core/stop.h"
#include "core/text.h"
#include "providers/fake_change.h"
#include "providers/fake_state.h"
#include "tests/unit/fake_world.h"

#define OPERATIONS 9 /* of life() */
#define DELAY_MS 60000
#define SOON_MS 50
#define PROCESSES 4
#define PER_PROCESS 5

static const struct provisioner shell = { .name = "shell-1", .digest = "d1" };
static const struct provisioner script = { .name = "app.sh", .digest = "d2" };

/* Everything that can happen to a machine, in OPERATIONS operations if none is there before. */
static int life(struct provider *p, struct error *err)
{
	struct provider_creation what = creation_of(0);
	cleanup_free char *id = NULL;

	if (import_base(p, err) < 0 || provider_network_ensure(p, &env, err) < 0 ||
	    bring(p, &id, err) < 0 || provider_machine_start(p, id, err) < 0 ||
	    provider_machine_provision(p, id, &shell, err) < 0 ||
	    provider_machine_stop(p, id, PROVIDER_STOP_GRACEFUL, 0, err) < 0)
		return -1;
	what.image = NULL;
	if (provider_machine_update(p, id, &what, err) < 0 ||
	    provider_machine_remove(p, id, err) < 0)
		return -1;
	return provider_network_remove(p, env.project.id, err);
}

static size_t logged(void)
{
	json_t *root = read_state();
	size_t count = json_array_size(json_object_get(root, "log"));

	json_decref(root);
	return count;
}

/* The next run, without faults, reaches its end, and nothing but the base is left. */
static void converge(void)
{
	struct provider *p = connect_told(NULL);
	cleanup_error struct error err = { 0 };
	json_t *root;

	if (life(p, &err) < 0)
		fail_msg("%s", err.text);
	provider_close(&p);
	root = read_state();
	assert_int_equal(json_object_size(json_object_get(root, "machines")), 0);
	assert_int_equal(json_object_size(json_object_get(root, "networks")), 0);
	assert_int_equal(json_object_size(json_object_get(root, "bases")), 1);
	json_decref(root);
}

static void is_down_when_told(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_null(connect_with("delay=1,down", &err));
	assert_int_equal(err.kind, ERROR_ENGINE);
	assert_non_null(err.hint);
}

static void counts_nine_operations(void **state)
{
	struct provider *p = connect_told("fail=10");
	cleanup_error struct error err = { 0 };

	(void)state;
	assert_int_equal(life(p, &err), 0);
	assert_int_equal(logged(), OPERATIONS);
	assert_int_equal(life(p, &err), -1);
	assert_int_equal(err.kind, ERROR_PROVIDER);
	assert_int_equal(logged(), OPERATIONS);
	provider_close(&p);
}

static void fails_before_any_operation(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= OPERATIONS; n++) {
		cleanup_free char *faults = xasprintf("fail=%u", n);
		struct provider *p = connect_told(faults);
		cleanup_error struct error err = { 0 };
		size_t before = logged();

		assert_int_equal(life(p, &err), -1);
		assert_int_equal(err.kind, ERROR_PROVIDER);
		assert_int_equal(logged() - before, n - 1);
		provider_close(&p);
		converge();
	}
}

static void fails_half_way_through_any_operation(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= OPERATIONS; n++) {
		cleanup_free char *faults = xasprintf("half=%u", n);
		struct provider *p = connect_told(faults);
		cleanup_error struct error err = { 0 };
		size_t before = logged();

		assert_int_equal(life(p, &err), -1);
		assert_int_equal(err.kind, ERROR_PROVIDER);
		assert_non_null(strstr(err.text, "half"));
		assert_int_equal(logged() - before, n);
		provider_close(&p);
		converge();
	}
}

static void names_what_half_a_creation_left(void **state)
{
	struct provider *p = connect_told("half=3");
	cleanup_error struct error err = { 0 };
	cleanup_observed struct observed o = { 0 };

	(void)state;
	assert_int_equal(life(p, &err), -1);
	assert_non_null(strstr(err.text, "'web'"));
	provider_close(&p);
	p = connect_told(NULL);
	assert_int_equal(provider_observe(p, env.project.id, &o, &err), 0);
	assert_int_equal(o.machine_count, 1);
	assert_false(o.machines[0].complete);
	provider_close(&p);
}

static void survives_a_kill_in_any_operation(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= OPERATIONS; n++) {
		cleanup_free char *faults = xasprintf("kill=%u", n);
		size_t before = logged();
		pid_t pid = fork();
		int status;

		assert_true(pid >= 0);
		if (pid == 0) {
			struct error err = { 0 };
			struct provider *p = connect_with(faults, &err);

			_exit(p && life(p, &err) == 0 ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		assert_int_equal(logged() - before, n);
		converge();
	}
}

static void waits_no_longer_than_the_deadline(void **state)
{
	struct provider *p = connect_told(NULL);
	cleanup_error struct error err = { 0 };
	cleanup_free char *delay = xasprintf("delay=%d", DELAY_MS), *id = NULL;
	enum machine_state found = MACHINE_UNKNOWN;
	int64_t begin_ms = clock_ms();

	(void)state;
	assert_int_equal(import_base(p, &err), 0);
	assert_int_equal(bring(p, &id, &err), 0);
	assert_int_equal(provider_machine_start(p, id, &err), 0);
	provider_close(&p);
	p = connect_told(delay);
	assert_int_equal(provider_machine_stop(p, id, PROVIDER_STOP_GRACEFUL, clock_ms() + SOON_MS,
					       &err),
			 0);
	assert_int_equal(provider_machine_stop(p, id, PROVIDER_STOP_FORCE, 0, &err), 0);
	assert_int_equal(provider_machine_state(p, id, &found, &err), 0);
	assert_int_equal(found, MACHINE_STOPPED);
	assert_true(clock_ms() - begin_ms < DELAY_MS / 2);
	provider_close(&p);
}

static void on_alarm(int signo)
{
	(void)signo;
	stop_set(true);
}

static void stops_waiting_when_interrupted(void **state)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	cleanup_free char *delay = xasprintf("delay=%d", DELAY_MS);
	struct provider *p = connect_told(delay);
	cleanup_error struct error err = { 0 };
	int64_t begin_ms = clock_ms();

	(void)state;
	sigaction(SIGALRM, &sa, NULL);
	ualarm(SOON_MS * 1000, 0);
	assert_int_equal(provider_network_ensure(p, &env, &err), -1);
	assert_int_equal(err.kind, ERROR_STOPPED);
	assert_true(clock_ms() - begin_ms < DELAY_MS / 2);
	assert_int_equal(logged(), 0);
	provider_close(&p);
}

static char *running_machine(struct provider *p)
{
	cleanup_error struct error err = { 0 };
	char *id = NULL;

	assert_int_equal(import_base(p, &err), 0);
	assert_int_equal(bring(p, &id, &err), 0);
	assert_int_equal(provider_machine_start(p, id, &err), 0);
	return id;
}

static void remembers_what_it_provisioned(void **state)
{
	struct provider *p = connect_told("fail-provision=app.sh");
	cleanup_error struct error err = { 0 };
	cleanup_free char *id = running_machine(p);
	json_t *root, *ran;

	(void)state;
	assert_int_equal(provider_machine_provision(p, id, &shell, &err), 0);
	assert_int_equal(provider_machine_provision(p, id, &script, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_int_equal(err.code, 1);
	provider_close(&p);
	p = connect_told(NULL);
	assert_int_equal(provider_machine_provision(p, id, &script, &err), 0);
	assert_int_equal(provider_machine_provision(p, id, &shell, &err), 0);
	provider_close(&p);
	root = read_state();
	ran = json_object_get(fake_state_machine(root, id), "provisioned");
	assert_int_equal(json_array_size(ran), 3);
	assert_string_equal(json_string_value(json_array_get(ran, 0)), "d1");
	assert_string_equal(json_string_value(json_array_get(ran, 1)), "d2");
	assert_string_equal(json_string_value(json_array_get(ran, 2)), "d1");
	json_decref(root);
}

static void reaches_running_machines_only(void **state)
{
	struct provider *p = connect_told("unreachable=db");
	cleanup_error struct error err = { 0 };
	cleanup_free char *id = running_machine(p);

	(void)state;
	assert_int_equal(provider_machine_provision(p, id, &shell, &err), 0);
	assert_int_equal(provider_machine_stop(p, id, PROVIDER_STOP_FORCE, 0, &err), 0);
	assert_int_equal(provider_machine_provision(p, id, &shell, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	provider_close(&p);
	p = connect_told("unreachable=web");
	assert_int_equal(provider_machine_start(p, id, &err), 0);
	assert_int_equal(provider_machine_provision(p, id, &shell, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	provider_close(&p);
}

static void keeps_its_state_where_told(void **state)
{
	cleanup_free char *path = fs_join(directory, "else/where.json");
	struct provider *p;
	cleanup_error struct error err = { 0 };

	(void)state;
	setenv("BOTHY_FAKE_STATE", path, 1);
	p = connect_told(NULL);
	assert_int_equal(provider_network_ensure(p, &env, &err), 0);
	assert_true(fs_exists(path));
	assert_false(fs_exists(state_path));
	provider_close(&p);
}

static void says_that_its_state_is_damaged(void **state)
{
	struct provider *p = connect_told(NULL);
	cleanup_error struct error err = { 0 };
	cleanup_observed struct observed o = { 0 };

	(void)state;
	assert_int_equal(fs_write(state_path, "{\"machines\": ", 13, 0644, NULL, &err), 0);
	assert_int_equal(provider_observe(p, NULL, &o, &err), -1);
	assert_int_equal(err.kind, ERROR_ENGINE);
	assert_non_null(err.hint);
	assert_int_equal(provider_network_ensure(p, &env, &err), -1);
	assert_int_equal(fs_write(state_path, "{\"machines\": {\"a\": 7}}", 22, 0644, NULL, &err),
			 0);
	assert_int_equal(provider_observe(p, NULL, &o, &err), 0);
	assert_int_equal(o.machine_count, 1);
	assert_false(o.machines[0].complete);
	provider_close(&p);
}

static int create_some(unsigned process)
{
	struct provider_creation what = creation_of(0);
	struct error err = { 0 };
	struct provider *p = connect_with(NULL, &err);
	struct machine m = machines[0];

	what.machine = &m;
	for (unsigned i = 0; p && i < PER_PROCESS; i++) {
		cleanup_free char *name = xasprintf("m-%u-%u", process, i), *id = NULL;

		m.name = name;
		if (provider_machine_create(p, &what, &id, &err) < 0)
			return -1;
	}
	return p ? 0 : -1;
}

static void is_shared_by_processes(void **state)
{
	struct provider *p = connect_told(NULL);
	cleanup_error struct error err = { 0 };
	cleanup_observed struct observed o = { 0 };
	pid_t pids[PROCESSES];
	int status;

	(void)state;
	assert_int_equal(import_base(p, &err), 0);
	for (unsigned i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(create_some(i) < 0);
	}
	for (unsigned i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(provider_observe(p, NULL, &o, &err), 0);
	assert_int_equal(o.machine_count, PROCESSES * PER_PROCESS);
	provider_close(&p);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(is_down_when_told),
		CASE(counts_nine_operations),
		CASE(fails_before_any_operation),
		CASE(fails_half_way_through_any_operation),
		CASE(names_what_half_a_creation_left),
		CASE(survives_a_kill_in_any_operation),
		CASE(waits_no_longer_than_the_deadline),
		CASE(stops_waiting_when_interrupted),
		CASE(remembers_what_it_provisioned),
		CASE(reaches_running_machines_only),
		CASE(keeps_its_state_where_told),
		CASE(says_that_its_state_is_damaged),
		CASE(is_shared_by_processes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("fake", tests, NULL, NULL);
}
