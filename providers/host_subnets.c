/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses from the C library, routes from proc(5). */
#include "providers/host_subnets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/text.h"

#define ROUTES_MAX_BYTES ((size_t)16 << 20)

static void add(struct host_subnets *s, const struct subnet *subnet, const char *device,
		bool is_route)
{
	struct host_subnet *h;

	s->at = xgrow(s->at, s->count, sizeof(*s->at));
	h = &s->at[s->count++];
	*h = (struct host_subnet){ .subnet = *subnet, .is_route = is_route };
	snprintf(h->device, sizeof(h->device), "%s", device);
}

static unsigned ones(const uint8_t *mask, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len; i++)
		n += (unsigned)__builtin_popcount(mask[i]);
	return n;
}

static void add_v4(struct host_subnets *s, const struct ifaddrs *i)
{
	const struct sockaddr_in *address = (const void *)i->ifa_addr;
	const struct sockaddr_in *mask = (const void *)i->ifa_netmask;
	struct subnet subnet =
		subnet_of(ntohl(address->sin_addr.s_addr), ones((const void *)&mask->sin_addr, 4));

	add(s, &subnet, i->ifa_name, false);
}

static void add_v6(struct host_subnets *s, const struct ifaddrs *i)
{
	const struct sockaddr_in6 *address = (const void *)i->ifa_addr;
	const struct sockaddr_in6 *mask = (const void *)i->ifa_netmask;
	struct subnet subnet =
		subnet6_of(address->sin6_addr.s6_addr, ones(mask->sin6_addr.s6_addr, 16));

	if (!IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr))
		add(s, &subnet, i->ifa_name, false);
}

static int add_addresses(struct host_subnets *s, struct error *err)
{
	struct ifaddrs *list;

	if (getifaddrs(&list) < 0)
		return error_errno(err, errno, "cannot list the addresses of this host");
	for (struct ifaddrs *i = list; i; i = i->ifa_next) {
		if (!i->ifa_addr || !i->ifa_netmask)
			continue;
		if (i->ifa_addr->sa_family == AF_INET)
			add_v4(s, i);
		else if (i->ifa_addr->sa_family == AF_INET6)
			add_v6(s, i);
	}
	freeifaddrs(list);
	return 0;
}

/* proc(5): the words of a line are interface, destination, gateway, flags, refcnt, use, metric, mask. */
static void add_route(struct host_subnets *s, const char *line)
{
	uint32_t destination, mask;
	char device[IF_NAMESIZE];
	struct subnet subnet;

	if (sscanf(line, "%15s %x %*x %*x %*d %*d %*d %x", device, &destination, &mask) != 3 ||
	    !mask)
		return;
	subnet = subnet_of(ntohl(destination), ones((const void *)&mask, sizeof(mask)));
	add(s, &subnet, device, true);
}

int host_subnets_read(struct host_subnets *out, struct error *err)
{
	cleanup_text struct text routes = { 0 };
	struct host_subnets s = { 0 };

	if (fs_read("/proc/net/route", ROUTES_MAX_BYTES, &routes, err) < 0 ||
	    add_addresses(&s, err) < 0)
		return error_wrap(err, "cannot tell which subnets are in use");
	for (const char *line = strchr(text_str(&routes), '\n'); line;
	     line = strchr(line + 1, '\n'))
		add_route(&s, line + 1);
	*out = s;
	return 0;
}

void host_subnets_clear(struct host_subnets *s)
{
	free(s->at);
	*s = (struct host_subnets){ 0 };
}
