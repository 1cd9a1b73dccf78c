/* SPDX-License-Identifier: Apache-2.0 */
/* The contract where nothing goes wrong: networks, bases, and the life of a machine. */
#include "tests/contract/bench.h"

#include <stdlib.h>
#include <string.h>

#include "core/stop.h"

#define SHORT_MS 400
#define LONG_MS 20000
#define UNKNOWN_DIGEST "00000000000000000000000000000000000000000000000000000000000000aa"

static bool shares_its_world(void)
{
	return !bench.test_driver;
}

static void has_every_slot_it_needs(void **state)
{
	const struct provider_ops *ops = bench.ops;

	(void)state;
	assert_true(ops->name && ops->engine && ops->summary);
	assert_ptr_equal(provider_find(ops->name), ops);
	assert_true(ops->open && ops->close && ops->check && ops->report && ops->observe &&
		    ops->folders);
	assert_true(ops->network_ensure && ops->network_remove);
	assert_true(ops->machine_create && ops->machine_update && ops->machine_remove);
	assert_true(ops->machine_start && ops->machine_stop);
	assert_true(ops->machine_address && ops->machine_state);
	assert_true(ops->image_kind == IMAGE_ROOTFS ||
		    (ops->base_exists && ops->base_import && ops->base_remove && ops->base_sweep));
	assert_true(!ops->machine_layer == !ops->machine_export);
	assert_true(!ops->machine_tree == (ops->image_kind != IMAGE_ROOTFS));
	assert_true(ops->has_guest || ops->machine_provision);
	assert_true(!ops->console_open ||
		    (ops->console_read && ops->console_attach && ops->console_close));
}

static void opens_and_closes(void **state)
{
	struct provider_conf conf = bench.conf;
	struct provider *p = NULL;

	(void)state;
	must(provider_open(bench.ops, &conf, &p, err));
	assert_ptr_equal(p->ops, bench.ops);
	provider_close(&p);
	assert_null(p);
	provider_close(&p);
	conf.read_only = true;
	must(provider_open(bench.ops, &conf, &p, err));
	provider_close(&p);
}

static void observes_nothing_of_a_new_project(void **state)
{
	struct world fresh;
	struct observed o;

	(void)state;
	world_init(&fresh);
	o = look(&fresh);
	assert_int_equal(o.machine_count, 0);
	assert_int_equal(o.network_count, 0);
	observed_clear(&o);
}

static void accepts_the_environment(void **state)
{
	struct problems problems = { 0 };

	(void)state;
	must(provider_check(bench.provider, &bench.world.env, &problems, err));
	for (size_t i = 0; i < problems.count; i++)
		print_message("%s\n", problems.at[i].text);
	if (!bench.test_driver)
		assert_int_equal(problems.count, 0);
	problems_clear(&problems);
}

static void ensures_the_network_again(void **state)
{
	const struct world *w = &bench.world;
	const struct observed_network *n;
	struct observed o;

	(void)state;
	must(provider_network_ensure(bench.provider, &w->env, err));
	o = look(w);
	assert_int_equal(o.network_count, 1);
	n = observed_network(&o, w->env.project.id, bench.ops->engine, "management");
	assert_non_null(n);
	assert_string_equal(n->engine, bench.ops->engine);
	assert_string_equal(n->project.name, w->env.project.name);
	assert_string_equal(n->project.directory, w->env.project.directory);
	assert_true(n->active);
	assert_non_null(strstr(n->subnet, "/24"));
	assert_int_equal(n->members.count, 2);
	observed_clear(&o);
}

static void keeps_addresses_when_a_member_comes(void **state)
{
	struct world *w = &bench.world;
	cleanup_free char *one = create(w, 0), *two = create(w, 1), *three = NULL;
	cleanup_free char *first = address_of(one), *second = address_of(two), *third = NULL;
	cleanup_free char *first_again = NULL, *second_again = NULL;

	(void)state;
	assert_string_not_equal(first, second);
	w->env.machine_count = 3;
	must(provider_network_ensure(bench.provider, &w->env, err));
	three = create(w, 2);
	third = address_of(three);
	first_again = address_of(one);
	second_again = address_of(two);
	assert_string_equal(first, first_again);
	assert_string_equal(second, second_again);
	assert_string_not_equal(third, first);
	assert_string_not_equal(third, second);
}

static void keeps_addresses_when_a_member_comes_while_running(void **state)
{
	struct world *w = &bench.world;
	cleanup_free char *one = create(w, 0), *three = NULL;
	cleanup_free char *before = address_of(one), *after = NULL, *other = NULL;

	(void)state;
	start(one);
	w->env.machine_count = 3;
	must(provider_network_ensure(bench.provider, &w->env, err));
	assert_int_equal(state_of(one), MACHINE_RUNNING);
	three = create(w, 2);
	after = address_of(one);
	other = address_of(three);
	assert_string_equal(before, after);
	assert_string_not_equal(before, other);
}

static void has_the_base(void **state)
{
	struct image_source source = image_source();
	struct image image = { .name = bench.image.name };
	bool exists = false;

	(void)state;
	must(provider_base_exists(bench.provider, bench.image.digest, &exists, err));
	assert_true(exists);
	must(provider_base_exists(bench.provider, UNKNOWN_DIGEST, &exists, err));
	assert_false(exists);
	must(provider_base_import(bench.provider, &image, &source, err));
	assert_string_equal(image.digest, bench.image.digest);
	must(provider_base_exists(bench.provider, bench.image.digest, &exists, err));
	assert_true(exists);
}

static int pour_half(void *ctx, const struct image_target *target, struct image *image,
		     struct error *err)
{
	struct image_sink sink;

	(void)ctx;
	if (target->begin(target->ctx, "raw", 0, &sink, err) < 0 ||
	    sink.write(sink.ctx, "half", 4, err) < 0)
		return -1;
	memcpy(image->digest, UNKNOWN_DIGEST, sizeof(image->digest));
	return error_set(err, ERROR_BOX, "the box is cut short");
}

static void shows_no_half_base(void **state)
{
	struct image_source source = { .pour = pour_half };
	struct image image = { .name = bench.image.name };
	bool exists = true;

	(void)state;
	must_fail(ERROR_BOX, provider_base_import(bench.provider, &image, &source, err));
	must(provider_base_exists(bench.provider, UNKNOWN_DIGEST, &exists, err));
	assert_false(exists);
}

static void records_what_it_creates(void **state)
{
	const struct world *w = &bench.world;
	cleanup_free char *id = create(w, 0), *address = address_of(id);
	const struct observed_machine *m = see(w, 0);

	(void)state;
	assert_non_null(m);
	assert_string_equal(m->id, id);
	assert_string_equal(m->provider, bench.ops->name);
	assert_string_equal(m->name, "one");
	assert_string_equal(m->project.id, w->env.project.id);
	assert_string_equal(m->project.name, w->env.project.name);
	assert_string_equal(m->project.directory, w->env.project.directory);
	assert_string_equal(m->box_name, bench.image.name);
	assert_string_equal(m->box_digest, bench.image.digest);
	assert_string_equal(m->hostname, "one");
	assert_string_equal(m->login_user, "root");
	assert_string_equal(m->key_id, "key-1");
	assert_string_equal(m->version, BOTHY_VERSION);
	assert_true(m->owner && *m->owner);
	assert_string_equal(m->address, address);
	assert_int_equal(m->cpus, 1);
	assert_int_equal(m->memory_mib, 128);
	assert_int_equal(m->disk_mib, 0);
	assert_true(m->complete);
	assert_int_equal(m->state, MACHINE_STOPPED);
	assert_int_equal(state_of(id), MACHINE_STOPPED);
	if (bench.image.kind == IMAGE_ROOTFS)
		assert_string_equal(m->command, "/bin/sleep 3600");
	else
		assert_null(m->command);
}

static void gives_each_machine_an_id(void **state)
{
	cleanup_free char *one = create(&bench.world, 0), *two = create(&bench.world, 1);

	(void)state;
	assert_string_not_equal(one, two);
	assert_string_equal(see(&bench.world, 1)->id, two);
	assert_string_equal(see(&bench.world, 0)->id, one);
}

static void is_seen_by_another_connection(void **state)
{
	cleanup_free char *id = create(&bench.world, 0);
	struct provider_conf conf = bench.conf;
	struct observed o = { 0 };
	struct provider *p = NULL;

	(void)state;
	conf.read_only = true;
	must(provider_open(bench.ops, &conf, &p, err));
	must(provider_observe(p, bench.world.env.project.id, &o, err));
	assert_int_equal(o.machine_count, 1);
	assert_string_equal(o.machines[0].id, id);
	assert_true(o.machines[0].complete);
	observed_clear(&o);
	provider_close(&p);
}

static void does_not_create_over_a_machine(void **state)
{
	struct provider_creation what = creation_of(&bench.world, 0);
	cleanup_free char *id = create(&bench.world, 0), *other = NULL;
	struct observed o;

	(void)state;
	start(id);
	must_fail(ERROR_NONE, provider_machine_create(bench.provider, &what, &other, err));
	assert_null(other);
	o = look(&bench.world);
	assert_int_equal(o.machine_count, 1);
	assert_string_equal(o.machines[0].id, id);
	assert_true(o.machines[0].complete);
	assert_int_equal(o.machines[0].state, MACHINE_RUNNING);
	observed_clear(&o);
}

static void starts_and_starts_again(void **state)
{
	cleanup_free char *id = create(&bench.world, 0), *before = NULL;

	(void)state;
	start(id);
	assert_int_equal(state_of(id), MACHINE_RUNNING);
	before = xstrdup(see(&bench.world, 0)->start);
	start(id);
	assert_int_equal(see(&bench.world, 0)->state, MACHINE_RUNNING);
	assert_string_equal(see(&bench.world, 0)->start, before);
}

static void stops_gracefully_within_the_deadline(void **state)
{
	cleanup_free char *id = create(&bench.world, 0);
	int64_t begin_ms;

	(void)state;
	start(id);
	begin_ms = clock_ms();
	stop(id, PROVIDER_STOP_GRACEFUL, begin_ms + SHORT_MS);
	assert_true(clock_ms() - begin_ms < SHORT_MS + LONG_MS);
	assert_int_equal(state_of(id), MACHINE_STOPPED);
	stop(id, PROVIDER_STOP_GRACEFUL, clock_ms() + SHORT_MS);
	stop(id, PROVIDER_STOP_FORCE, 0);
	assert_int_equal(see(&bench.world, 0)->state, MACHINE_STOPPED);
}

static void stops_by_force_and_starts_anew(void **state)
{
	cleanup_free char *id = create(&bench.world, 0), *before = address_of(id), *after = NULL;
	cleanup_free char *first = NULL;

	(void)state;
	start(id);
	first = xstrdup(see(&bench.world, 0)->start);
	stop(id, PROVIDER_STOP_FORCE, 0);
	assert_int_equal(state_of(id), MACHINE_STOPPED);
	assert_null(see(&bench.world, 0)->start);
	start(id);
	assert_string_not_equal(see(&bench.world, 0)->start, first);
	assert_int_equal(state_of(id), MACHINE_RUNNING);
	after = address_of(id);
	assert_string_equal(before, after);
}

static void stops_at_once_when_the_deadline_is_past(void **state)
{
	cleanup_free char *id = create(&bench.world, 0);

	(void)state;
	start(id);
	stop(id, PROVIDER_STOP_GRACEFUL, clock_ms() - LONG_MS);
	assert_int_equal(state_of(id), MACHINE_STOPPED);
}

static void updates_a_stopped_machine(void **state)
{
	struct world *w = &bench.world;
	cleanup_free char *id = create(w, 0), *before = address_of(id);
	struct provider_creation what = creation_of(w, 0);
	const struct observed_machine *m;

	(void)state;
	w->machines[0].memory_mib = 192;
	w->machines[0].cpus = 2;
	w->machines[0].hostname = "other";
	what.image = NULL;
	what.key_id = "key-2";
	must(provider_machine_update(bench.provider, id, &what, err));
	m = see(w, 0);
	assert_string_equal(m->id, id);
	assert_int_equal(m->memory_mib, 192);
	assert_int_equal(m->cpus, 2);
	assert_string_equal(m->hostname, "other");
	assert_string_equal(m->key_id, "key-2");
	assert_string_equal(m->box_digest, bench.image.digest);
	assert_string_equal(m->box_name, bench.image.name);
	assert_string_equal(m->address, before);
	assert_int_equal(m->state, MACHINE_STOPPED);
	assert_true(m->complete);
	start(id);
	assert_int_equal(state_of(id), MACHINE_RUNNING);
}

/* The contract speaks of stopped machines only, so a provider may do either, but nothing between. */
static void updates_a_running_machine_wholly_or_not(void **state)
{
	struct world *w = &bench.world;
	cleanup_free char *id = create(w, 0);
	struct provider_creation what = creation_of(w, 0);
	cleanup_error struct error refusal = { 0 };
	int result;

	(void)state;
	start(id);
	w->machines[0].memory_mib = 192;
	what.image = NULL;
	result = provider_machine_update(bench.provider, id, &what, &refusal);
	assert_int_equal(see(w, 0)->state, MACHINE_RUNNING);
	assert_true(see(w, 0)->complete);
	stop(id, PROVIDER_STOP_FORCE, 0);
	assert_int_equal(see(w, 0)->memory_mib, result == 0 ? 192 : 128);
}

static void removes_and_removes_again(void **state)
{
	cleanup_free char *id = create(&bench.world, 0);

	(void)state;
	must(provider_machine_remove(bench.provider, id, err));
	assert_null(see(&bench.world, 0));
	must(provider_machine_remove(bench.provider, id, err));
}

static void removes_a_running_machine(void **state)
{
	cleanup_free char *id = create(&bench.world, 0), *again = NULL;

	(void)state;
	start(id);
	must(provider_machine_remove(bench.provider, id, err));
	assert_null(see(&bench.world, 0));
	again = create(&bench.world, 0);
	assert_string_not_equal(id, again);
	start(again);
}

const struct contract_case life_cases[] = {
	CASE(has_every_slot_it_needs),
	CASE(opens_and_closes),
	CASE(observes_nothing_of_a_new_project),
	CASE(accepts_the_environment),
	CASE(ensures_the_network_again),
	CASE(keeps_addresses_when_a_member_comes),
	CASE(keeps_addresses_when_a_member_comes_while_running),
	CASE_IF(has_bases, "its images are no disks", has_the_base),
	CASE_IF(has_bases, "its images are no disks", shows_no_half_base),
	CASE(records_what_it_creates),
	CASE(gives_each_machine_an_id),
	CASE_IF(shares_its_world, "each connection has a world of its own",
		is_seen_by_another_connection),
	CASE(does_not_create_over_a_machine),
	CASE(starts_and_starts_again),
	CASE(stops_gracefully_within_the_deadline),
	CASE(stops_by_force_and_starts_anew),
	CASE(stops_at_once_when_the_deadline_is_past),
	CASE(updates_a_stopped_machine),
	CASE(updates_a_running_machine_wholly_or_not),
	CASE(removes_and_removes_again),
	CASE(removes_a_running_machine),
};
const size_t life_case_count = ARRAY_SIZE(life_cases);
