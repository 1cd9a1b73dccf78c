/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests of cards hang machine "one" on: the project's network, two that somebody else made in libvirt, as by
 * virsh, and a bridge of the host, on which it has no card at first.
 */
#ifndef TESTS_CONTRACT_RACK_H
#define TESTS_CONTRACT_RACK_H

#include "tests/contract/bench.h"

/* Of the networks made by others; on the second one the card's address is reserved. */
#define RACK_MTU "1400"
#define RACK_SAID "10.61.0.5"
#define RACK_RESERVED "10.62.0.7"

enum { RACK_MANAGEMENT, RACK_FIRST, RACK_SECOND, RACK_BRIDGE, RACK_NETWORKS };

struct rack {
	struct network networks[RACK_NETWORKS];
	struct card cards[RACK_NETWORKS];
	char names[RACK_NETWORKS][32];
};

extern struct rack rack;

bool rack_has_libvirt(void);
bool rack_is_real(void);
bool rack_has_containers(void);
bool rack_has_vms(void);

int rack_setup(void **state);
int rack_teardown(void **state);

void rack_remove_network(int which);
/* The cards of that machine, `want` of them; provider_cards_free(). */
struct provider_card *rack_cards(const char *id, size_t want);

/* Runs a program of the host; its exit status, or -1. */
int rack_run(const char *const argv[]);
#define rack_command(...) rack_run((const char *[]){ __VA_ARGS__, NULL })
/* A port that nobody listens at refuses, which is an answer. */
#define RACK_ASK(address) "timeout 1 bash -c '</dev/tcp/" address "/9' 2>&1 | grep -q refused"

#define RACK_CASE(condition, reason, name)                                                \
	{                                                                                 \
		.test = cmocka_unit_test_setup_teardown(name, rack_setup, rack_teardown), \
		.applies = condition, .why_not = reason                                   \
	}

#endif
