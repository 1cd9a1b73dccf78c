/* SPDX-License-Identifier: Apache-2.0 */
/* Network XML: writing and reading. */
#include "providers/network_xml.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define FIRST_MACHINE 2u /* .1 is the host */
#define FIRST_LEASE 128u /* for who has no reservation */
#define LAST_LEASE 254u

void network_name(const char *project_id, char out[static NETWORK_NAME_BYTES])
{
	snprintf(out, NETWORK_NAME_BYTES, "bothy-%s", project_id);
}

void reservations_add(struct reservations *r, const struct machine *m, uint32_t address)
{
	r->at = xgrow(r->at, r->count, sizeof(*r->at));
	r->at[r->count++] = (struct reservation){
		.name = xstrdup(m->name),
		.hostname = xstrdup(m->hostname ? m->hostname : m->name),
		.mac = xstrdup(m->cards->mac),
		.address = address,
	};
}

void reservations_clear(struct reservations *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->at[i].name);
		free(r->at[i].hostname);
		free(r->at[i].mac);
	}
	free(r->at);
	*r = (struct reservations){ 0 };
}

uint32_t reservations_next(const struct reservations *r, uint32_t subnet)
{
	for (uint32_t host = FIRST_MACHINE; host < FIRST_LEASE; host++) {
		size_t i = 0;

		while (i < r->count && r->at[i].address != subnet + host)
			i++;
		if (i == r->count)
			return subnet + host;
	}
	return 0;
}

const struct reservation *reservations_by_mac(const struct reservations *r, const char *mac)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcasecmp(r->at[i].mac, mac) == 0)
			return &r->at[i];
	return NULL;
}

const struct reservation *reservations_by_name(const struct reservations *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->at[i].name, name) == 0)
			return &r->at[i];
	return NULL;
}

static void write_dhcp_host(struct xml *x, const struct reservation *r)
{
	char ip[SUBNET_TEXT_BYTES];

	subnet_text(r->address, ip);
	xml_empty(x, "host", "mac", r->mac, "name", r->name, "ip", ip, NULL);
}

static void write_dns_host(struct xml *x, const struct reservation *r)
{
	char ip[SUBNET_TEXT_BYTES];

	subnet_text(r->address, ip);
	xml_open(x, "host", "ip", ip, NULL);
	xml_element(x, "hostname", "%s", r->name);
	if (strcmp(r->name, r->hostname) != 0)
		xml_element(x, "hostname", "%s", r->hostname);
	xml_end(x);
}

char *network_xml_dhcp_host(const struct reservation *r)
{
	cleanup_xml struct xml x;

	xml_init(&x);
	write_dhcp_host(&x, r);
	return xml_take(&x);
}

char *network_xml_dns_host(const struct reservation *r)
{
	cleanup_xml struct xml x;

	xml_init(&x);
	write_dns_host(&x, r);
	return xml_take(&x);
}

/* The project's name as a DNS label. */
static char *label_of(const char *name)
{
	struct text t = { 0 };

	for (; *name && t.len < 63; name++) {
		char c = (char)tolower((unsigned char)*name);

		if (isascii((unsigned char)c) && isalnum((unsigned char)c))
			text_addn(&t, &c, 1);
		else if (t.len && t.ptr[t.len - 1] != '-')
			text_add(&t, "-");
	}
	while (t.len && t.ptr[t.len - 1] == '-')
		t.ptr[--t.len] = '\0';
	if (!t.len)
		text_add(&t, "project");
	return text_take(&t);
}

static void write_ip(struct xml *x, uint32_t subnet, const struct reservations *r)
{
	char gateway[SUBNET_TEXT_BYTES], first[SUBNET_TEXT_BYTES], last[SUBNET_TEXT_BYTES];

	subnet_text(subnet + 1, gateway);
	subnet_text(subnet + FIRST_LEASE, first);
	subnet_text(subnet + LAST_LEASE, last);
	xml_open(x, "ip", "address", gateway, "prefix", NETWORK_PREFIX, NULL);
	xml_begin(x, "dhcp");
	xml_empty(x, "range", "start", first, "end", last, NULL);
	for (size_t i = 0; i < r->count; i++)
		write_dhcp_host(x, &r->at[i]);
	xml_end(x);
	xml_end(x);
}

/*
 * Without spanning tree and delay a port of the bridge forwards at once: a container then answers
 * in half a second instead of six.
 */
char *network_xml(const struct env *env, const struct tag *tag, uint32_t subnet,
		  const struct reservations *r)
{
	cleanup_free char *label = label_of(env->project.name);
	char name[NETWORK_NAME_BYTES];
	cleanup_xml struct xml x;

	network_name(env->project.id, name);
	xml_init(&x);
	xml_begin(&x, "network");
	xml_element(&x, "name", "%s", name);
	xml_begin(&x, "metadata");
	tag_write(&x, "network", tag);
	xml_end(&x);
	xml_empty(&x, "forward", "mode", "nat", NULL);
	xml_begin(&x, "bridge");
	xml_attrf(&x, "name", "by%s", env->project.id);
	xml_attr(&x, "stp", "off");
	xml_attr(&x, "delay", "0");
	xml_end(&x);
	xml_begin(&x, "domain");
	xml_attrf(&x, "name", "%s.test", label);
	xml_attr(&x, "localOnly", "yes");
	xml_end(&x);
	if (r->count) {
		xml_begin(&x, "dns");
		for (size_t i = 0; i < r->count; i++)
			write_dns_host(&x, &r->at[i]);
		xml_end(&x);
	}
	write_ip(&x, subnet, r);
	xml_end(&x);
	return xml_take(&x);
}

static void read_reservations(xmlNodePtr ip, struct reservations *out)
{
	xmlNodePtr host = ip ? xml_find(ip, "dhcp/host") : NULL;

	for (; host; host = xml_next(host)) {
		const char *mac = xml_get(host, "mac"), *name = xml_get(host, "name");
		uint32_t address;

		if (!mac || !name || !subnet_parse(xml_get(host, "ip"), &address))
			continue;
		out->at = xgrow(out->at, out->count, sizeof(*out->at));
		out->at[out->count++] =
			(struct reservation){ xstrdup(name), xstrdup(name), xstrdup(mac), address };
	}
}

bool network_view_read(xmlDocPtr doc, struct network_view *out)
{
	xmlNodePtr root = xml_root(doc), ip = xml_find(root, "ip");
	struct network_view v = { 0 };

	if (!tag_read(doc, "network", &v.tag))
		return false;
	v.name = xml_text(xml_find(root, "name"));
	v.bridge = xml_get(xml_find(root, "bridge"), "name");
	v.domain = xml_get(xml_find(root, "domain"), "name");
	if (!subnet_parse(xml_get(ip, "address"), &v.gateway))
		v.gateway = 0;
	v.netmask = xml_get(ip, "netmask");
	v.prefix = xml_get(ip, "prefix");
	read_reservations(ip, &v.reservations);
	*out = v;
	return true;
}

void network_view_clear(struct network_view *v)
{
	reservations_clear(&v->reservations);
}

static xmlNodePtr dns_host(xmlDocPtr doc, uint32_t address)
{
	xmlNodePtr host = xml_find(xml_root(doc), "dns/host");

	for (; host; host = xml_next(host)) {
		uint32_t own;

		if (subnet_parse(xml_get(host, "ip"), &own) && own == address)
			return host;
	}
	return NULL;
}

static bool has_name(xmlNodePtr host, const char *name)
{
	xmlNodePtr node = xml_find(host, "hostname");

	while (node && strcmp(xml_text(node), name) != 0)
		node = xml_next(node);
	return node != NULL;
}

bool network_knows_names(xmlDocPtr doc, const struct reservation *r)
{
	xmlNodePtr host = dns_host(doc, r->address);

	return host && has_name(host, r->name) && has_name(host, r->hostname);
}

bool network_has_address(xmlDocPtr doc, uint32_t address)
{
	return dns_host(doc, address) != NULL;
}
