/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subnets: text and back, which of them overlap, and the choice of a free one. Pure. IPv4 addresses on their own are
 * in host byte order.
 */
#ifndef PROVIDERS_SUBNET_H
#define PROVIDERS_SUBNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/cidr.h"
#include "core/mem.h"

/* Bytes as on the wire. IPv4 is written ::ffff:a.b.c.d (RFC 4291 2.5.5.2), with 96 bits more than its prefix has. */
struct subnet {
	uint8_t at[16]; /* those after `bits` are zero */
	unsigned bits;
};

struct subnets {
	struct subnet *at; /* owned */
	size_t count;
};

/* The subnet that an address lies in, with a prefix length of 0 to 32. */
struct subnet subnet_of(uint32_t address, unsigned prefix);
struct subnet subnet6_of(const uint8_t at[static 16], unsigned prefix);
/* "10.20.0.0/24" or "fd00:20::/64"; false if it is neither. Bits beyond the prefix are cleared. */
bool subnet_read(const char *text, struct subnet *out);
/* The same of an address with a netmask "255.255.255.0" or a prefix length "24"; neither: that of its class, /24 or /64. */
bool subnet_read_parts(const char *address, const char *netmask, const char *prefix,
		       struct subnet *out);
/* As subnet_read() takes it. Caller frees. */
char *subnet_format(const struct subnet *s);

bool subnet_is_v4(const struct subnet *s);
/* Of an IPv4 subnet: its first address, how many it has less one, and its prefix length. */
uint32_t subnet_first(const struct subnet *s);
uint32_t subnet_span(const struct subnet *s);
unsigned subnet_prefix(const struct subnet *s);
bool subnet_has(const struct subnet *s, uint32_t address);
/* An IPv6 subnet's n-th address. */
void subnet6_nth(const struct subnet *s, uint32_t n, char out[static IPV6_TEXT_BYTES]);

bool subnet_overlap(const struct subnet *a, const struct subnet *b);

void subnets_add(struct subnets *s, const struct subnet *subnet);
void subnets_clear(struct subnets *s);
#define cleanup_subnets cleanup(subnets_clear)

/*
 * A /24 within 10.87.0.0/16 or, if that is full, the seven /16 after it, that overlaps none of
 * `taken`. The search begins at a place that depends on `seed`, so that networks made at the same
 * time on the same host rarely want the same one. Where something wider than a /16 covers all of them,
 * such as a VPN's route to 10.0.0.0/8, it does not count: the narrower route wins. False if all are taken.
 */
bool subnet_choose(const struct subnets *taken, unsigned long seed, struct subnet *out);

#endif
