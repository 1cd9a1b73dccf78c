/* SPDX-License-Identifier: Apache-2.0 */
/* The contract where things go wrong, and where several projects, machines and threads meet. */
#include "tests/contract/bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/stop.h"
#include "providers/fake_change.h"

#define UNKNOWN_ID "01234567-89ab-4cde-8f01-23456789abcd"
#define UNKNOWN_PROJECT "ffffffff"
#define UNKNOWN_DIGEST "00000000000000000000000000000000000000000000000000000000000000aa"
#define STOP_MS 300

static bool is_fake(void)
{
	return strcmp(bench.ops->name, "fake") == 0;
}

static bool has_no_console(void)
{
	return !bench.ops->console_open;
}

static void knows_nothing_of_an_unknown_machine(void **state)
{
	enum machine_state found = MACHINE_RUNNING;
	struct provider_address address = { 0 };

	(void)state;
	must(provider_machine_remove(bench.provider, UNKNOWN_ID, err));
	stop(UNKNOWN_ID, PROVIDER_STOP_GRACEFUL, clock_ms() + STOP_MS);
	must_fail(ERROR_NOT_FOUND, provider_machine_start(bench.provider, UNKNOWN_ID, err));
	must_fail(ERROR_NOT_FOUND,
		  provider_machine_address(bench.provider, UNKNOWN_ID, &address, err));
	assert_null(address.ip);
	must(provider_machine_state(bench.provider, UNKNOWN_ID, &found, err));
	assert_int_equal(found, MACHINE_NOT_CREATED);
}

static void does_not_update_an_unknown_machine(void **state)
{
	struct provider_creation what = creation_of(&bench.world, 0);

	(void)state;
	what.image = NULL;
	must_fail(ERROR_NOT_FOUND, provider_machine_update(bench.provider, UNKNOWN_ID, &what, err));
	assert_null(see(&bench.world, 0));
}

static void tells_projects_apart(void **state)
{
	cleanup_free char *id = create(&bench.world, 0), *other_id = NULL;
	struct observed all = { 0 }, mine;
	struct world other;

	(void)state;
	world_init(&other);
	must(provider_network_ensure(bench.provider, &other.env, err));
	other_id = create(&other, 0);
	assert_string_not_equal(id, other_id);
	mine = look(&bench.world);
	must(provider_observe(bench.provider, NULL, &all, err));
	assert_int_equal(mine.machine_count, 1);
	assert_int_equal(mine.network_count, 1);
	assert_string_equal(mine.machines[0].id, id);
	assert_true(all.machine_count >= 2 && all.network_count >= 2);
	assert_non_null(observed_machine(&all, bench.world.env.project.id, "one"));
	assert_non_null(observed_machine(&all, other.env.project.id, "one"));
	assert_string_not_equal(
		observed_network(&all, bench.world.env.project.id, bench.ops->engine, "management")
			->subnet,
		observed_network(&all, other.env.project.id, bench.ops->engine, "management")
			->subnet);
	observed_clear(&mine);
	observed_clear(&all);
	world_clear(&other);
	assert_string_equal(see(&bench.world, 0)->id, id);
}

static void keeps_the_network_while_it_is_needed(void **state)
{
	const struct world *w = &bench.world;
	cleanup_free char *one = create(w, 0), *two = create(w, 1);
	const char *project_id = w->env.project.id;
	struct observed o;

	(void)state;
	start(one);
	must(provider_machine_remove(bench.provider, two, err));
	must(provider_network_remove(bench.provider, project_id, err));
	o = look(w);
	assert_int_equal(o.network_count, 1);
	assert_true(o.networks[0].active);
	observed_clear(&o);
	assert_int_equal(state_of(one), MACHINE_RUNNING);
	must(provider_machine_remove(bench.provider, one, err));
	must(provider_network_remove(bench.provider, project_id, err));
	o = look(w);
	assert_int_equal(o.network_count, 0);
	observed_clear(&o);
	must(provider_network_remove(bench.provider, project_id, err));
	must(provider_network_remove(bench.provider, UNKNOWN_PROJECT, err));
}

/* What a failed creation left is named as incomplete or is not there, and is no obstacle. */
static void check_failed_creation(const struct world *w)
{
	const struct observed_machine *left = see(w, 0);
	cleanup_free char *id = NULL;
	struct observed o;

	if (left)
		assert_false(left->complete);
	id = create(w, 0);
	o = look(w);
	assert_int_equal(o.machine_count, 1);
	assert_string_equal(o.machines[0].id, id);
	assert_true(o.machines[0].complete);
	observed_clear(&o);
	start(id);
}

static void converges_after_a_creation_without_its_box(void **state)
{
	const struct world *w = &bench.world;
	struct provider_creation what = creation_of(w, 0);
	struct image missing = bench.image;
	char *id = NULL;

	(void)state;
	memcpy(missing.digest, UNKNOWN_DIGEST, sizeof(missing.digest));
	if (missing.kind == IMAGE_ROOTFS)
		missing.rootfs = "/nonexistent/rootfs";
	what.image = &missing;
	must_fail(ERROR_NONE, provider_machine_create(bench.provider, &what, &id, err));
	assert_null(id);
	check_failed_creation(w);
}

static void converges_after_half_a_creation(void **state)
{
	const struct world *w = &bench.world;
	struct provider_creation what = creation_of(w, 0);
	struct provider *broken = NULL;
	char *id = NULL;

	(void)state;
	setenv("BOTHY_FAKE", "half=1", 1);
	fake_change_count_anew();
	must(provider_open(bench.ops, &bench.conf, &broken, err));
	unsetenv("BOTHY_FAKE");
	must_fail(ERROR_PROVIDER, provider_machine_create(broken, &what, &id, err));
	provider_close(&broken);
	assert_null(id);
	assert_non_null(see(w, 0));
	check_failed_creation(w);
}

static void creates_nothing_when_interrupted(void **state)
{
	struct provider_creation what = creation_of(&bench.world, 0);
	char *id = NULL;

	(void)state;
	stop_set(true);
	must_fail(ERROR_STOPPED, provider_machine_create(bench.provider, &what, &id, err));
	stop_set(false);
	assert_null(id);
	assert_null(see(&bench.world, 0));
}

static void starts_nothing_when_interrupted(void **state)
{
	cleanup_free char *id = create(&bench.world, 0);

	(void)state;
	stop_set(true);
	must_fail(ERROR_STOPPED, provider_machine_start(bench.provider, id, err));
	stop_set(false);
	assert_int_equal(state_of(id), MACHINE_STOPPED);
}

static void imports_nothing_when_interrupted(void **state)
{
	struct image_source source = image_source();
	struct image image = { .name = bench.image.name };
	bool exists = true;

	(void)state;
	must(provider_base_remove(bench.provider, bench.image.digest, err));
	stop_set(true);
	must_fail(ERROR_STOPPED, provider_base_import(bench.provider, &image, &source, err));
	stop_set(false);
	must(provider_base_exists(bench.provider, bench.image.digest, &exists, err));
	assert_false(exists);
}

static void joins_nobody_when_interrupted(void **state)
{
	struct world fresh;
	struct observed o;

	(void)state;
	world_init(&fresh);
	stop_set(true);
	must_fail(ERROR_STOPPED, provider_network_ensure(bench.provider, &fresh.env, err));
	stop_set(false);
	o = look(&fresh);
	assert_int_equal(o.network_count, 0);
	observed_clear(&o);
}

/* A thread must not fail a test by itself: the error is looked at when it is done. */
struct worker {
	pthread_t thread;
	struct provider_creation what;
	struct provider *shared;
	struct error err;
	int result;
};

static int live(struct provider *p, const struct provider_creation *what, struct error *err)
{
	cleanup_free char *id = NULL;

	if (provider_machine_create(p, what, &id, err) < 0 ||
	    provider_machine_start(p, id, err) < 0 ||
	    provider_machine_stop(p, id, PROVIDER_STOP_GRACEFUL, clock_ms() + STOP_MS, err) < 0 ||
	    provider_machine_start(p, id, err) < 0)
		return -1;
	return 0;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct provider *own = NULL;

	w->result = w->shared ? 0 : provider_open(bench.ops, &bench.conf, &own, &w->err);
	if (w->result == 0)
		w->result = live(w->shared ? w->shared : own, &w->what, &w->err);
	provider_close(&own);
	return NULL;
}

static void works_on_two_machines_at_once(void **state)
{
	struct worker workers[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		workers[i].what = creation_of(&bench.world, i);
		workers[i].shared = bench.test_driver ? bench.provider : NULL;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (size_t i = 0; i < 2; i++)
		pthread_join(workers[i].thread, NULL);
	for (size_t i = 0; i < 2; i++) {
		check_success(workers[i].result, &workers[i].err, "live()", __FILE__, __LINE__);
		assert_int_equal(see(&bench.world, i)->state, MACHINE_RUNNING);
	}
}

static void says_that_it_has_no_console(void **state)
{
	cleanup_free char *id = create(&bench.world, 0);
	struct provider_console *console = NULL;

	(void)state;
	must_fail(ERROR_PROVIDER, provider_console_open(bench.provider, id, &console, err));
	assert_null(console);
}

const struct contract_case trouble_cases[] = {
	CASE(knows_nothing_of_an_unknown_machine),
	CASE(does_not_update_an_unknown_machine),
	CASE(tells_projects_apart),
	CASE(keeps_the_network_while_it_is_needed),
	CASE(converges_after_a_creation_without_its_box),
	CASE_IF(is_fake, "it cannot be told to fail", converges_after_half_a_creation),
	CASE(creates_nothing_when_interrupted),
	CASE(starts_nothing_when_interrupted),
	CASE_IF(has_bases, "its images are no disks", imports_nothing_when_interrupted),
	CASE(joins_nobody_when_interrupted),
	CASE(works_on_two_machines_at_once),
	CASE_IF(has_no_console, "it has a console", says_that_it_has_no_console),
};
const size_t trouble_case_count = ARRAY_SIZE(trouble_cases);
