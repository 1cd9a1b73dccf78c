/* SPDX-License-Identifier: Apache-2.0 */
/* The contract where there are many: thirty machines on one network, and projects that begin at the same moment. */
#include "tests/contract/town.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/strings.h"

#define CROWD 30
#define PROJECTS 4

static struct town town;

static bool shares_its_world(void)
{
	return !bench.test_driver;
}

struct crowd {
	struct machine machines[CROWD];
	struct card cards[CROWD][2];
	char names[CROWD][8];
};

/* Machines like the first one, each on the management network and on "lan". */
static void gather(struct crowd *c, struct world *w)
{
	for (size_t i = 0; i < CROWD; i++) {
		snprintf(c->names[i], sizeof(c->names[i]), "n%zu", i);
		c->machines[i] = w->machines[0];
		c->machines[i].name = c->machines[i].hostname = c->names[i];
		c->machines[i].cards = c->cards[i];
		c->machines[i].card_count = 2;
		for (size_t k = 0; k < 2; k++) {
			c->cards[i][k] =
				(struct card){ .network = k ? LAN : MANAGEMENT, .configure = true };
			snprintf(c->cards[i][k].mac, sizeof(c->cards[i][k].mac),
				 "52:54:%02zx:%.2s:%.2s:%02zx", k, w->env.project.id + 4,
				 w->env.project.id + 6, i + 1);
		}
	}
	w->env.machines = c->machines;
}

static void check_crowd(const struct world *w, const char *network, size_t count)
{
	const struct observed_network *n = see_network(w, network);

	assert_non_null(n);
	assert_int_equal(n->members.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_true(strings_have(&n->members, w->env.machines[i].name));
		assert_true(strings_have(&n->names, w->env.machines[i].name));
	}
}

static void seats_thirty_machines(void **state)
{
	static struct crowd crowd;
	struct world *w = &bench.world;

	(void)state;
	town_init(&town, w);
	gather(&crowd, w);
	w->env.machine_count = 2;
	must(provider_network_ensure(bench.provider, &w->env, err));
	w->env.machine_count = CROWD;
	must(provider_network_ensure(bench.provider, &w->env, err));
	check_crowd(w, "management", CROWD);
	check_crowd(w, "lan", CROWD);
	w->env.machine_count = 3;
	must(provider_network_ensure(bench.provider, &w->env, err));
	check_crowd(w, "lan", 3);
	assert_null(see_network(w, "host-only"));
}

struct starter {
	pthread_t thread;
	struct world world;
	struct town town;
	struct error err;
	int result;
};

static void *start_one(void *arg)
{
	struct starter *s = arg;
	struct provider *p = NULL;

	s->result = provider_open(bench.ops, &bench.conf, &p, &s->err);
	if (s->result == 0)
		s->result = provider_network_ensure(p, &s->world.env, &s->err);
	provider_close(&p);
	return NULL;
}

static void check_apart(const struct observed *all)
{
	for (size_t i = 0; i < all->network_count; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(all->networks[i].subnet, all->networks[k].subnet);
}

/* All begin the search for a subnet at the same place, as ill luck would have it. */
static void starts_projects_at_the_same_moment(void **state)
{
	static struct starter starters[PROJECTS];
	struct observed all = { 0 };

	(void)state;
	for (size_t i = 0; i < PROJECTS; i++) {
		struct world *w = &starters[i].world;

		world_init(w);
		snprintf(w->env.project.id, sizeof(w->env.project.id), "%06zx77", i + 1);
		town_init(&starters[i].town, w);
		w->env.machine_count = 1;
		town_unplug(w, 0, MANAGEMENT);
		town_unplug(w, 0, HOST_ONLY);
		town_unplug(w, 0, NAT_ONE);
		assert_int_equal(pthread_create(&starters[i].thread, NULL, start_one, &starters[i]),
				 0);
	}
	for (size_t i = 0; i < PROJECTS; i++) {
		pthread_join(starters[i].thread, NULL);
		check_success(starters[i].result, &starters[i].err, "start_one", __FILE__,
			      __LINE__);
	}
	must(provider_observe(bench.provider, NULL, &all, err));
	assert_true(all.network_count >= PROJECTS * 2);
	check_apart(&all);
	observed_clear(&all);
	for (size_t i = 0; i < PROJECTS; i++) {
		world_clear(&starters[i].world);
		town_clear(&starters[i].town);
	}
}

const struct contract_case many_cases[] = {
	CASE(seats_thirty_machines),
	CASE_IF(shares_its_world, "each connection has a world of its own",
		starts_projects_at_the_same_moment),
};
const size_t many_case_count = ARRAY_SIZE(many_cases);
