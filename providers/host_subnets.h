/* SPDX-License-Identifier: Apache-2.0 */
/* Which subnets this host has addresses in, or routes to. */
#ifndef PROVIDERS_HOST_SUBNETS_H
#define PROVIDERS_HOST_SUBNETS_H

#include <net/if.h>

#include "core/error.h"
#include "providers/subnet.h"

struct host_subnet {
	struct subnet subnet;
	char device[IF_NAMESIZE]; /* "eth0" */
	bool is_route;            /* false: that device has an address in it */
};

struct host_subnets {
	struct host_subnet *at; /* owned */
	size_t count;
};

/* All but link-local ones, the default route and routes of IPv6. ERROR_SYSTEM if they cannot be read. */
int host_subnets_read(struct host_subnets *out, struct error *err);
void host_subnets_clear(struct host_subnets *s);
#define cleanup_host_subnets cleanup(host_subnets_clear)

#endif
