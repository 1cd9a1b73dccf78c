/* SPDX-License-Identifier: Apache-2.0 */
/* What on this host has a subnet already. */
#ifndef PROVIDERS_SUBNET_CLASH_H
#define PROVIDERS_SUBNET_CLASH_H

#include "providers/host_subnets.h"
#include "providers/known_networks.h"

/* All borrowed. */
struct subnet_owners {
	const struct known_networks *networks;
	const struct host_subnets *host;
};

/*
 * Who has some of it, with what of it, such as "network 'lan' of project 'shop' in '/srv/shop' has 10.20.0.0/24" or
 * "this host's 'eth0' is in 10.20.0.0/16"; NULL if nobody. Routes count only where they are narrower, and would win.
 * `own` is libvirt's name of the network that asks, which does not count. Caller frees.
 */
char *subnet_clash(const struct subnet_owners *owners, const struct subnet *s, const char *own);
/* What is not free for a subnet to be chosen. Networks count also while they are off. */
void subnet_clash_all(const struct subnet_owners *owners, const char *own, struct subnets *out);

#endif
