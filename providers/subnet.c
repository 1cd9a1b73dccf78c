/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic with subnets, and the choice of a free one. */
#include "providers/subnet.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/network.h"
#include "core/text.h"

#define FIRST_BLOCK ((10u << 24) | (87u << 16))
#define BLOCKS 8u
#define SUBNETS_PER_BLOCK 256u
#define V4_BITS 96u
#define CHOSEN_PREFIX ((unsigned)NETWORK_CHOSEN_PREFIX)
#define CHOSEN_PREFIX6 64u
#define WIDEST_PREFIX 16u

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* "fd00:20::5" to bytes; NULL is no address. */
static bool subnet6_parse(const char *text, uint8_t out[static 16])
{
	struct in6_addr a;

	if (!text || inet_pton(AF_INET6, text, &a) != 1)
		return false;
	memcpy(out, &a, 16);
	return true;
}

static uint8_t byte_mask(unsigned bits, size_t i)
{
	unsigned own = bits <= i * 8 ? 0 : bits - (unsigned)i * 8;

	return own >= 8 ? 0xff : (uint8_t)(0xff00u >> own);
}

struct subnet subnet6_of(const uint8_t at[static 16], unsigned prefix)
{
	struct subnet s = { .bits = prefix };

	for (size_t i = 0; i < sizeof(s.at); i++)
		s.at[i] = at[i] & byte_mask(prefix, i);
	return s;
}

struct subnet subnet_of(uint32_t address, unsigned prefix)
{
	uint8_t at[16];
	uint32_t wire = htonl(address);

	memcpy(at, mapped, sizeof(mapped));
	memcpy(at + sizeof(mapped), &wire, sizeof(wire));
	return subnet6_of(at, V4_BITS + prefix);
}

static bool read_prefix(const char *text, unsigned max, unsigned *out)
{
	char *end;
	unsigned long n;

	if (!text || !isdigit((unsigned char)*text))
		return false;
	n = strtoul(text, &end, 10);
	if (*end || n > max)
		return false;
	*out = (unsigned)n;
	return true;
}

static bool prefix_of_netmask(const char *netmask, unsigned *out)
{
	uint32_t mask;

	if (!ipv4_parse(netmask, &mask))
		return false;
	*out = mask ? 32u - (unsigned)__builtin_ctz(mask) : 0;
	return true;
}

bool subnet_read_parts(const char *address, const char *netmask, const char *prefix,
		       struct subnet *out)
{
	unsigned bits;
	uint32_t v4;
	uint8_t v6[16];

	if (ipv4_parse(address, &v4)) {
		if (!prefix_of_netmask(netmask, &bits) && !read_prefix(prefix, 32, &bits))
			bits = CHOSEN_PREFIX;
		*out = subnet_of(v4, bits);
		return true;
	}
	if (!subnet6_parse(address, v6))
		return false;
	if (!read_prefix(prefix, 128, &bits))
		bits = CHOSEN_PREFIX6;
	*out = subnet6_of(v6, bits);
	return true;
}

bool subnet_read(const char *text, struct subnet *out)
{
	const char *slash = text ? strchr(text, '/') : NULL;
	cleanup_free char *address = slash ? xstrndup(text, (size_t)(slash - text)) : NULL;
	unsigned bits;
	uint32_t v4;

	if (!slash || !read_prefix(slash + 1, ipv4_parse(address, &v4) ? 32 : 128, &bits))
		return false;
	return subnet_read_parts(address, NULL, slash + 1, out);
}

char *subnet_format(const struct subnet *s)
{
	char text[IPV6_TEXT_BYTES];

	if (subnet_is_v4(s))
		ipv4_text(subnet_first(s), text);
	else
		ipv6_text(s->at, text);
	return xasprintf("%s/%u", text, subnet_prefix(s));
}

bool subnet_is_v4(const struct subnet *s)
{
	return s->bits >= V4_BITS && memcmp(s->at, mapped, sizeof(mapped)) == 0;
}

uint32_t subnet_first(const struct subnet *s)
{
	uint32_t wire;

	memcpy(&wire, s->at + sizeof(mapped), sizeof(wire));
	return ntohl(wire);
}

unsigned subnet_prefix(const struct subnet *s)
{
	return subnet_is_v4(s) ? s->bits - V4_BITS : s->bits;
}

uint32_t subnet_span(const struct subnet *s)
{
	unsigned prefix = subnet_prefix(s);

	return prefix ? (uint32_t)((1ULL << (32 - prefix)) - 1) : UINT32_MAX;
}

bool subnet_has(const struct subnet *s, uint32_t address)
{
	return address >= subnet_first(s) && address - subnet_first(s) <= subnet_span(s);
}

void subnet6_nth(const struct subnet *s, uint32_t n, char out[static IPV6_TEXT_BYTES])
{
	uint8_t at[16];

	memcpy(at, s->at, sizeof(at));
	for (size_t i = sizeof(at); n && i > 0; n >>= 8)
		at[--i] |= (uint8_t)n;
	ipv6_text(at, out);
}

bool subnet_overlap(const struct subnet *a, const struct subnet *b)
{
	unsigned bits = a->bits < b->bits ? a->bits : b->bits;

	for (size_t i = 0; i < sizeof(a->at); i++)
		if ((a->at[i] ^ b->at[i]) & byte_mask(bits, i))
			return false;
	return true;
}

void subnets_add(struct subnets *s, const struct subnet *subnet)
{
	s->at = xgrow(s->at, s->count, sizeof(*s->at));
	s->at[s->count++] = *subnet;
}

void subnets_clear(struct subnets *s)
{
	free(s->at);
	*s = (struct subnets){ 0 };
}

/* Subnets wider than `widest` do not count. */
static bool is_free(const struct subnets *taken, const struct subnet *s, unsigned widest)
{
	for (size_t i = 0; i < taken->count; i++)
		if (taken->at[i].bits >= V4_BITS + widest && subnet_overlap(&taken->at[i], s))
			return false;
	return true;
}

static bool choose(const struct subnets *taken, unsigned long start, unsigned widest,
		   struct subnet *out)
{
	for (unsigned block = 0; block < BLOCKS; block++) {
		for (unsigned i = 0; i < SUBNETS_PER_BLOCK; i++) {
			uint32_t third = (uint32_t)((start + i) % SUBNETS_PER_BLOCK);
			struct subnet s = subnet_of(FIRST_BLOCK + (block << 16) + (third << 8),
						    CHOSEN_PREFIX);

			if (is_free(taken, &s, widest)) {
				*out = s;
				return true;
			}
		}
	}
	return false;
}

bool subnet_choose(const struct subnets *taken, unsigned long seed, struct subnet *out)
{
	return choose(taken, seed, 0, out) || choose(taken, seed, WIDEST_PREFIX, out);
}
