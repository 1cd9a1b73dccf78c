/* SPDX-License-Identifier: Apache-2.0 */
/* Network XML: writing. */
#include "providers/network_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/digest.h"
#include "core/text.h"

#define PREFIX_TEXT_BYTES 12
#define BRIDGE_DIGITS 11
#define SEED_DIGITS 8

static bool is_management(const char *network)
{
	return strcmp(network, NETWORK_MANAGEMENT_NAME) == 0;
}

char *network_libvirt_name(const char *project_id, const char *network)
{
	return is_management(network) ? xasprintf("bothy-%s", project_id) :
					xasprintf("bothy-%s-%s", project_id, network);
}

unsigned long network_bridge(const char *project_id, const char *network,
			     char out[static NETWORK_BRIDGE_BYTES])
{
	cleanup_free char *what = xasprintf("%s/%s", project_id, network);
	char hex[DIGEST_HEX_BYTES];

	if (is_management(network)) {
		snprintf(out, NETWORK_BRIDGE_BYTES, "by%.8s", project_id);
		return strtoul(project_id, NULL, 16);
	}
	digest_of(what, strlen(what), hex);
	snprintf(out, NETWORK_BRIDGE_BYTES, "by%.*s", BRIDGE_DIGITS, hex);
	hex[SEED_DIGITS] = '\0';
	return strtoul(hex, NULL, 16);
}

static bool leads_out(const struct network *n)
{
	return n->kind == NETWORK_MANAGEMENT || n->kind == NETWORK_NAT ||
	       n->kind == NETWORK_NAT_NETWORK;
}

static void write_forward(struct xml *x, const struct network *n)
{
	if (!leads_out(n))
		return;
	xml_open(x, "forward", "mode", "nat", NULL);
	if (n->ipv6)
		xml_empty(x, "nat", "ipv6", "yes", NULL);
	xml_end(x);
}

/*
 * Without spanning tree and delay a port of the bridge forwards at once: a container then answers
 * in half a second instead of six.
 */
static void write_bridge(struct xml *x, const struct network_design *d)
{
	const struct network *n = d->seating.network;
	char bridge[NETWORK_BRIDGE_BYTES];

	network_bridge(d->tag->project_id, n->name, bridge);
	xml_empty(x, "bridge", "name", bridge, "stp", "off", "delay", "0", NULL);
	if (n->mtu) {
		xml_begin(x, "mtu");
		xml_attrf(x, "size", "%u", n->mtu);
		xml_end(x);
	}
	if (d->mac)
		xml_empty(x, "mac", "address", d->mac, NULL);
}

static void write_domain(struct xml *x, const struct network_design *d)
{
	cleanup_free char *own = network_project_domain(d->tag->project ? d->tag->project : "");
	const char *said = d->seating.network->domain;

	xml_empty(x, "domain", "name", said ? said : own, "localOnly", "yes", NULL);
}

static void write_dns_host(struct xml *x, const char *ip, const struct reservation *r)
{
	xml_open(x, "host", "ip", ip, NULL);
	for (size_t i = 0; i < r->name_count; i++)
		xml_element(x, "hostname", "%s", r->names[i]);
	xml_end(x);
}

static void write_dns(struct xml *x, const struct reservations *all)
{
	char ip[IPV4_TEXT_BYTES];

	if (!all->count)
		return;
	xml_begin(x, "dns");
	for (size_t i = 0; i < all->count; i++) {
		const struct reservation *r = &all->at[i];

		if (!r->name_count)
			continue;
		ipv4_text(r->address, ip);
		write_dns_host(x, ip, r);
		if (r->ipv6)
			write_dns_host(x, r->ipv6, r);
	}
	xml_end(x);
}

static void write_dhcp(struct xml *x, const struct network_design *d)
{
	char first[IPV4_TEXT_BYTES], last[IPV4_TEXT_BYTES], ip[IPV4_TEXT_BYTES];
	uint32_t from, to;

	xml_begin(x, "dhcp");
	if (seating_leases(&d->seating, &from, &to)) {
		ipv4_text(from, first);
		ipv4_text(to, last);
		xml_empty(x, "range", "start", first, "end", last, NULL);
	}
	for (size_t i = 0; i < d->reservations->count; i++) {
		const struct reservation *r = &d->reservations->at[i];

		ipv4_text(r->address, ip);
		xml_empty(x, "host", "mac", r->mac, "name", r->name, "ip", ip, NULL);
	}
	xml_end(x);
}

static void write_ip(struct xml *x, const struct network_design *d)
{
	char host[IPV4_TEXT_BYTES], prefix[PREFIX_TEXT_BYTES];

	ipv4_text(seating_host(&d->seating), host);
	snprintf(prefix, sizeof(prefix), "%u", subnet_prefix(&d->seating.subnet));
	xml_open(x, "ip", "address", host, "prefix", prefix, NULL);
	if (d->seating.network->dhcp)
		write_dhcp(x, d);
	xml_end(x);
}

/* DHCP for IPv6 knows machines by the name that they say, since it does not see their MAC. */
static void write_ipv6(struct xml *x, const struct network_design *d)
{
	char host[IPV6_TEXT_BYTES], prefix[PREFIX_TEXT_BYTES];
	struct subnet subnet;

	if (!subnet_read(d->seating.network->ipv6, &subnet))
		return;
	subnet6_nth(&subnet, 1, host);
	snprintf(prefix, sizeof(prefix), "%u", subnet_prefix(&subnet));
	xml_open(x, "ip", "family", "ipv6", "address", host, "prefix", prefix, NULL);
	if (d->seating.network->dhcp && d->reservations->count) {
		xml_begin(x, "dhcp");
		for (size_t i = 0; i < d->reservations->count; i++)
			xml_empty(x, "host", "name", d->reservations->at[i].name, "ip",
				  d->reservations->at[i].ipv6, NULL);
		xml_end(x);
	}
	xml_end(x);
}

/* What libvirt has no place for stands in the tag. */
static void write_tag(struct xml *x, const struct network_design *d)
{
	const struct network *n = d->seating.network;
	cleanup_free char *subnet = subnet_format(&d->seating.subnet);
	cleanup_free char *reservations = reservations_text(d->reservations);
	struct tag tag = *d->tag;

	tag.network = n->name;
	tag.settings = n->settings;
	tag.subnet = seating_host(&d->seating) ? NULL : subnet;
	tag.reservations = n->dhcp ? NULL : reservations;
	xml_begin(x, "metadata");
	tag_write(x, "network", &tag);
	xml_end(x);
}

char *network_xml(const struct network_design *d)
{
	cleanup_free char *name =
		network_libvirt_name(d->tag->project_id, d->seating.network->name);
	cleanup_xml struct xml x;

	xml_init(&x);
	xml_begin(&x, "network");
	xml_element(&x, "name", "%s", name);
	if (d->uuid)
		xml_element(&x, "uuid", "%s", d->uuid);
	write_tag(&x, d);
	write_forward(&x, d->seating.network);
	write_bridge(&x, d);
	write_domain(&x, d);
	if (seating_host(&d->seating)) {
		write_dns(&x, d->reservations);
		write_ip(&x, d);
		write_ipv6(&x, d);
	}
	xml_end(&x);
	return xml_take(&x);
}
