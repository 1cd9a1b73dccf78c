/* SPDX-License-Identifier: Apache-2.0 */
/* The world of a contract test with a network of every kind, on which its machines have cards. */
#ifndef TESTS_CONTRACT_TOWN_H
#define TESTS_CONTRACT_TOWN_H

#include "tests/contract/bench.h"

/* The order of town_init()'s networks; "nat-one" is of machine "one" alone. */
enum street { MANAGEMENT, LAN, HOST_ONLY, BACKEND, NAT_ONE, STREETS };

struct town {
	struct arena arena;
	struct network networks[STREETS];
	struct card cards[MACHINES][STREETS];
};

/* Lays the networks over the world: every machine is on all that are for all. */
void town_init(struct town *t, struct world *w);
void town_clear(struct town *t);
#define cleanup_town cleanup(town_clear)
/* After a change of a network. */
void town_settle(struct town *t);
/* The card of a machine on a network. */
struct card *town_card(struct world *w, size_t machine, enum street street);
/* Takes the card of a machine away. */
void town_unplug(struct world *w, size_t machine, enum street street);

void ensure(const struct world *w);
/* The network as observed now, or NULL; valid until the next call. */
const struct observed_network *see_network(const struct world *w, const char *name);

#endif
