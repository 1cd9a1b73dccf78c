/* SPDX-License-Identifier: Apache-2.0 */
/* Which subnets are in use, and the choice of a free one. */
#include "providers/subnet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/text.h"

#define FIRST_BLOCK ((10u << 24) | (87u << 16))
#define BLOCKS 8u
#define SUBNETS_PER_BLOCK 256u
#define MASK_16 0xffff0000u
#define MASK_24 0xffffff00u

void subnets_add(struct subnets *s, uint32_t address, uint32_t mask)
{
	s->at = xgrow(s->at, s->count, sizeof(*s->at));
	s->at[s->count++] = (struct subnet){ address & mask, mask };
}

void subnets_clear(struct subnets *s)
{
	free(s->at);
	*s = (struct subnets){ 0 };
}

bool subnet_parse(const char *text, uint32_t *out)
{
	struct in_addr a;

	if (!text || inet_pton(AF_INET, text, &a) != 1)
		return false;
	*out = ntohl(a.s_addr);
	return true;
}

void subnet_text(uint32_t address, char out[static SUBNET_TEXT_BYTES])
{
	snprintf(out, SUBNET_TEXT_BYTES, "%u.%u.%u.%u", address >> 24, (address >> 16) & 255,
		 (address >> 8) & 255, address & 255);
}

void subnets_add_text(struct subnets *s, const char *address, const char *netmask,
		      const char *prefix)
{
	unsigned long bits = prefix ? strtoul(prefix, NULL, 10) : 0;
	uint32_t ip, mask = 0;

	if (!subnet_parse(address, &ip))
		return;
	if (!subnet_parse(netmask, &mask))
		mask = bits >= 1 && bits <= 32 ? ~(uint32_t)0 << (32 - bits) : MASK_24;
	subnets_add(s, ip, mask);
}

static uint32_t host_order(const struct sockaddr *address)
{
	return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr);
}

static int add_addresses(struct subnets *s, struct error *err)
{
	struct ifaddrs *list;

	if (getifaddrs(&list) < 0)
		return error_errno(err, errno, "cannot list the addresses of this host");
	for (struct ifaddrs *i = list; i; i = i->ifa_next)
		if (i->ifa_addr && i->ifa_netmask && i->ifa_addr->sa_family == AF_INET)
			subnets_add(s, host_order(i->ifa_addr), host_order(i->ifa_netmask));
	freeifaddrs(list);
	return 0;
}

/* proc(5): the words of a line are interface, destination, gateway, flags, refcnt, use, metric, mask. */
static void add_route(struct subnets *s, const char *line)
{
	unsigned destination, mask;

	if (sscanf(line, "%*s %x %*x %*x %*d %*d %*d %x", &destination, &mask) == 2 && mask)
		subnets_add(s, ntohl(destination), ntohl(mask));
}

int subnets_add_host(struct subnets *s, struct error *err)
{
	cleanup_text struct text routes = { 0 };

	if (add_addresses(s, err) < 0 ||
	    fs_read("/proc/net/route", (size_t)16 << 20, &routes, err) < 0)
		return error_wrap(err, "cannot choose a subnet");
	for (const char *line = strchr(text_str(&routes), '\n'); line;
	     line = strchr(line + 1, '\n'))
		add_route(s, line + 1);
	return 0;
}

/* Subnets wider than `widest` do not count. */
static bool is_free(const struct subnets *taken, uint32_t address, uint32_t widest)
{
	for (size_t i = 0; i < taken->count; i++) {
		const struct subnet *t = &taken->at[i];
		uint32_t common = t->mask & MASK_24;

		if (t->mask >= widest && (t->address & common) == (address & common))
			return false;
	}
	return true;
}

static bool choose(const struct subnets *taken, unsigned long start, uint32_t widest, uint32_t *out)
{
	for (unsigned block = 0; block < BLOCKS; block++) {
		for (unsigned i = 0; i < SUBNETS_PER_BLOCK; i++) {
			uint32_t third = (uint32_t)((start + i) % SUBNETS_PER_BLOCK);
			uint32_t address = FIRST_BLOCK + (block << 16) + (third << 8);

			if (is_free(taken, address, widest)) {
				*out = address;
				return true;
			}
		}
	}
	return false;
}

bool subnet_choose(const struct subnets *taken, const char *project_id, uint32_t *out)
{
	unsigned long start = strtoul(project_id, NULL, 16);

	return choose(taken, start, 0, out) || choose(taken, start, MASK_16, out);
}
