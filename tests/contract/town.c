/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/contract/town.h"

#include <stdio.h>
#include <string.h>

void town_settle(struct town *t)
{
	for (size_t i = 0; i < STREETS; i++)
		t->networks[i].settings = network_settings(&t->networks[i], &t->arena);
}

static void furnish(struct town *t, struct world *w, size_t machine)
{
	struct machine *m = &w->machines[machine];

	m->cards = t->cards[machine];
	m->card_count = 0;
	for (size_t i = 0; i < STREETS; i++) {
		struct card *c = &m->cards[m->card_count];

		if (i == NAT_ONE && machine != 0)
			continue;
		*c = (struct card){ .network = i, .configure = true };
		snprintf(c->mac, sizeof(c->mac), "52:54:00:%.2s:%.2s:%zx%zx", w->env.project.id + 4,
			 w->env.project.id + 6, i, machine + 1);
		m->card_count++;
	}
}

void town_init(struct town *t, struct world *w)
{
	t->networks[MANAGEMENT] = w->management;
	t->networks[LAN] =
		(struct network){ .name = "lan", .kind = NETWORK_NAT_NETWORK, .dhcp = true };
	t->networks[HOST_ONLY] =
		(struct network){ .name = "host-only", .kind = NETWORK_HOST_ONLY, .dhcp = true };
	t->networks[BACKEND] = (struct network){ .name = "backend", .kind = NETWORK_INTERNAL };
	t->networks[NAT_ONE] =
		(struct network){ .name = "nat-one", .kind = NETWORK_NAT, .dhcp = true };
	town_settle(t);
	w->env.networks = t->networks;
	w->env.network_count = STREETS;
	for (size_t i = 0; i < MACHINES; i++)
		furnish(t, w, i);
}

void town_clear(struct town *t)
{
	arena_clear(&t->arena);
}

struct card *town_card(struct world *w, size_t machine, enum street street)
{
	struct machine *m = &w->machines[machine];

	for (size_t i = 0; i < m->card_count; i++)
		if (m->cards[i].network == (size_t)street)
			return &m->cards[i];
	fail_msg("machine '%s' has no such card", m->name);
	return NULL;
}

void town_unplug(struct world *w, size_t machine, enum street street)
{
	struct machine *m = &w->machines[machine];
	struct card *c = town_card(w, machine, street);

	m->card_count--;
	memmove(c, c + 1, (size_t)(m->cards + m->card_count - c) * sizeof(*c));
}

void ensure(const struct world *w)
{
	must(provider_network_ensure(bench.provider, &w->env, err));
}

const struct observed_network *see_network(const struct world *w, const char *name)
{
	static struct observed o;

	observed_clear(&o);
	o = look(w);
	return observed_network(&o, w->env.project.id, bench.ops->engine, name);
}
