/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses a /24 that nobody on this host uses. Addresses are in host byte order. */
#ifndef PROVIDERS_SUBNET_H
#define PROVIDERS_SUBNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct subnet {
	uint32_t address, mask;
};

struct subnets {
	struct subnet *at; /* owned */
	size_t count;
};

void subnets_add(struct subnets *s, uint32_t address, uint32_t mask);
/* "192.168.122.1" with "255.255.255.0" or a prefix length such as "24"; what cannot be read is left out. */
void subnets_add_text(struct subnets *s, const char *address, const char *netmask,
		      const char *prefix);
void subnets_clear(struct subnets *s);
#define cleanup_subnets cleanup(subnets_clear)

/* Adds every address and route of this host but the default route. */
int subnets_add_host(struct subnets *s, struct error *err);

/*
 * A /24 within 10.87.0.0/16 or, if that is full, the seven /16 after it, that overlaps none of
 * `taken`. The search begins at a place that depends on project_id, so that projects made at the same
 * time on the same host rarely want the same one. Where something wider than a /16 covers all of them,
 * such as a VPN's route to 10.0.0.0/8, it does not count: the narrower route wins. False if all are taken.
 */
bool subnet_choose(const struct subnets *taken, const char *project_id, uint32_t *out);

/* "10.87.3.7" for the host number in that subnet. */
#define SUBNET_TEXT_BYTES 16
void subnet_text(uint32_t address, char out[static SUBNET_TEXT_BYTES]);
bool subnet_parse(const char *text, uint32_t *out);

#endif
