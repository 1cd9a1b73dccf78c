/* SPDX-License-Identifier: Apache-2.0 */
/* Network XML: reading. */
#include "providers/network_view.h"

#include <string.h>

#include "core/text.h"
#include "providers/network_xml.h"

static bool is_ipv6(xmlNodePtr ip)
{
	return text_equal(xml_get(ip, "family"), "ipv6");
}

/* Those made before bothy knew of kinds are what there was then. */
static enum network_kind kind_of(const struct tag *tag)
{
	size_t len = tag->settings ? strcspn(tag->settings, " ") : 0;

	for (int kind = NETWORK_MANAGEMENT; kind < NETWORK_FOREIGN; kind++) {
		const char *name = network_kind_name((enum network_kind)kind);

		if (len && strlen(name) == len && strncmp(tag->settings, name, len) == 0)
			return (enum network_kind)kind;
	}
	return NETWORK_MANAGEMENT;
}

/* Where the host is not, libvirt knows of no subnet. */
static void read_tag(struct network_view *v)
{
	const char *ipv6 = v->tag.settings ? strstr(v->tag.settings, " ipv6=") : NULL;
	cleanup_free char *text = NULL;

	v->network = v->tag.network ? v->tag.network : NETWORK_MANAGEMENT_NAME;
	v->kind = kind_of(&v->tag);
	v->has_subnet = subnet_read(v->tag.subnet, &v->subnet);
	reservations_add_text(&v->reservations, v->tag.reservations);
	if (!ipv6 || !v->has_subnet)
		return;
	ipv6 += strlen(" ipv6=");
	text = xstrndup(ipv6, strcspn(ipv6, " "));
	v->has_ipv6 = subnet_read(text, &v->ipv6);
}

static void read_dhcp(xmlNodePtr ip, struct reservations *out)
{
	for (xmlNodePtr host = xml_find(ip, "dhcp/host"); host; host = xml_next(host)) {
		const char *mac = xml_get(host, "mac"), *name = xml_get(host, "name");
		uint32_t address;

		if (mac && ipv4_parse(xml_get(host, "ip"), &address))
			reservations_add(out, name ? name : "", mac, address);
	}
}

static void read_dhcp6(xmlNodePtr ip, struct reservations *all)
{
	for (xmlNodePtr host = xml_find(ip, "dhcp/host"); host; host = xml_next(host)) {
		const char *name = xml_get(host, "name"), *address = xml_get(host, "ip");

		for (size_t i = 0; name && address && i < all->count; i++)
			if (!all->at[i].ipv6 && strcmp(all->at[i].name, name) == 0)
				all->at[i].ipv6 = xstrdup(address);
	}
}

static void read_dns(xmlNodePtr root, struct reservations *all)
{
	for (xmlNodePtr host = xml_find(root, "dns/host"); host; host = xml_next(host)) {
		struct reservation *r;
		uint32_t address;

		if (!ipv4_parse(xml_get(host, "ip"), &address) ||
		    !(r = reservations_by_address(all, address)))
			continue;
		for (xmlNodePtr n = xml_find(host, "hostname"); n; n = xml_next(n))
			reservation_add_name(r, xml_text(n));
	}
}

static void read_ip(xmlNodePtr ip, struct network_view *v)
{
	const char *address = xml_get(ip, "address");
	struct subnet *to = is_ipv6(ip) ? &v->ipv6 : &v->subnet;
	bool *has = is_ipv6(ip) ? &v->has_ipv6 : &v->has_subnet;

	if (*has)
		return;
	*has = subnet_read_parts(address, xml_get(ip, "netmask"), xml_get(ip, "prefix"), to);
	if (!is_ipv6(ip) && !ipv4_parse(address, &v->gateway))
		v->gateway = 0;
}

static void read_forward(xmlNodePtr root, struct network_view *v)
{
	xmlNodePtr forward = xml_find(root, "forward");
	const char *mode = xml_get(forward, "mode");

	v->leads_out = forward && (!mode || strcmp(mode, "nat") == 0 ||
				   strcmp(mode, "route") == 0 || strcmp(mode, "open") == 0);
}

void network_view_read_any(xmlDocPtr doc, struct network_view *out)
{
	xmlNodePtr root = xml_root(doc);
	struct network_view v = { .kind = NETWORK_FOREIGN };

	if (tag_read(doc, "network", &v.tag))
		read_tag(&v);
	v.name = xml_text(xml_find(root, "name"));
	v.uuid = xml_text(xml_find(root, "uuid"));
	v.bridge = xml_get(xml_find(root, "bridge"), "name");
	v.mac = xml_get(xml_find(root, "mac"), "address");
	v.domain = xml_get(xml_find(root, "domain"), "name");
	v.has_names = !text_equal(xml_get(xml_find(root, "dns"), "enable"), "no");
	read_forward(root, &v);
	for (xmlNodePtr ip = xml_find(root, "ip"); ip; ip = xml_next(ip)) {
		read_ip(ip, &v);
		if (!is_ipv6(ip))
			read_dhcp(ip, &v.reservations);
	}
	for (xmlNodePtr ip = xml_find(root, "ip"); ip; ip = xml_next(ip))
		if (is_ipv6(ip))
			read_dhcp6(ip, &v.reservations);
	read_dns(root, &v.reservations);
	reservations_sort(&v.reservations);
	*out = v;
}

bool network_view_read(xmlDocPtr doc, struct network_view *out)
{
	struct tag tag;

	if (!tag_read(doc, "network", &tag))
		return false;
	network_view_read_any(doc, out);
	return true;
}

void network_view_clear(struct network_view *v)
{
	reservations_clear(&v->reservations);
}

void network_add_subnets(xmlDocPtr doc, struct subnets *out)
{
	static const char *const elements[] = { "ip", "route" };
	struct network_view v;
	struct subnet s;

	network_view_read_any(doc, &v);
	if (v.has_subnet)
		subnets_add(out, &v.subnet);
	network_view_clear(&v);
	for (size_t i = 0; i < ARRAY_SIZE(elements); i++)
		for (xmlNodePtr node = xml_find(xml_root(doc), elements[i]); node;
		     node = xml_next(node))
			if (subnet_read_parts(xml_get(node, "address"), xml_get(node, "netmask"),
					      xml_get(node, "prefix"), &s) &&
			    subnet_is_v4(&s))
				subnets_add(out, &s);
}
