/* SPDX-License-Identifier: Apache-2.0 */
/* Words for networks and cards. */
#include "core/network.h"

#include <ctype.h>

#include "core/text.h"

#define LABEL_MOST 63 /* RFC 1035, section 2.3.4 */

const char *network_kind_name(enum network_kind kind)
{
	static const char *const names[] = {
		[NETWORK_MANAGEMENT] = "management", [NETWORK_NAT] = "nat",
		[NETWORK_HOST_ONLY] = "host_only",   [NETWORK_INTERNAL] = "internal",
		[NETWORK_BRIDGED] = "bridged",       [NETWORK_NAT_NETWORK] = "nat_network",
		[NETWORK_FOREIGN] = "foreign",
	};

	return names[kind];
}

char *network_project_domain(const char *project_name)
{
	struct text t = { 0 };

	for (const char *c = project_name; *c && t.len < LABEL_MOST; c++) {
		char low = (char)tolower((unsigned char)*c);

		if (isascii((unsigned char)low) && isalnum((unsigned char)low))
			text_addn(&t, &low, 1);
		else if (t.len && t.ptr[t.len - 1] != '-')
			text_add(&t, "-");
	}
	while (t.len && t.ptr[t.len - 1] == '-')
		t.ptr[--t.len] = '\0';
	text_add(&t, t.len ? ".test" : "project.test");
	return text_take(&t);
}

bool network_is_ours(enum network_kind kind)
{
	return kind != NETWORK_BRIDGED && kind != NETWORK_FOREIGN;
}

const char *port_protocol_name(enum port_protocol protocol)
{
	return protocol == PORT_UDP ? "udp" : "tcp";
}

static void add_setting(struct text *t, const char *key, const char *value)
{
	if (value)
		text_addf(t, " %s=%s", key, value);
}

const char *network_settings(const struct network *n, struct arena *arena)
{
	cleanup_text struct text t = { 0 };

	text_add(&t, network_kind_name(n->kind));
	add_setting(&t, "subnet", n->subnet);
	add_setting(&t, "ipv6", n->ipv6);
	if (n->dhcp)
		text_add(&t, " dhcp");
	add_setting(&t, "from", n->dhcp_from);
	add_setting(&t, "to", n->dhcp_to);
	add_setting(&t, "domain", n->domain);
	if (n->mtu)
		text_addf(&t, " mtu=%u", n->mtu);
	for (size_t i = 0; i < n->devices.count; i++)
		text_addf(&t, " dev=%s", n->devices.at[i]);
	return arena_strdup(arena, text_str(&t));
}

const char *card_settings(const struct network *n, const struct card *c, struct arena *arena)
{
	cleanup_text struct text t = { 0 };

	text_addf(&t, "%s %s", n->name, c->mac);
	add_setting(&t, "ip", c->ip);
	if (c->prefix)
		text_addf(&t, " prefix=%u", c->prefix);
	add_setting(&t, "ipv6", c->ipv6);
	add_setting(&t, "gateway", c->gateway);
	for (size_t i = 0; i < c->dns.count; i++)
		text_addf(&t, " dns=%s", c->dns.at[i]);
	if (c->mtu)
		text_addf(&t, " mtu=%u", c->mtu);
	if (c->dhcp)
		text_add(&t, " dhcp");
	if (!c->configure)
		text_add(&t, " unconfigured");
	return arena_strdup(arena, text_str(&t));
}
