/* SPDX-License-Identifier: Apache-2.0 */
#include "boxes/network_config.h"

#include <string.h>

#include "core/text.h"

static void add_address(json_t *list, const char *address, unsigned prefix)
{
	cleanup_free char *text = address ? xasprintf("%s/%u", address, prefix) : NULL;

	if (text)
		json_array_append_new(list, json_string(text));
}

static json_t *name_servers(const struct seed_card *c)
{
	json_t *list = json_array(), *servers;

	for (size_t i = 0; i < c->dns.count; i++)
		json_array_append_new(list, json_string(c->dns.at[i]));
	servers = json_pack("{s:o}", "addresses", list);
	if (c->domain)
		json_object_set_new(servers, "search", json_pack("[s]", c->domain));
	return servers;
}

/* "gateway4" is what old readers know, but new ones warn of it; both know routes. */
static json_t *routes_by(const char *gateway)
{
	return json_pack("[{s:s, s:s}]", "to", strchr(gateway, ':') ? "::/0" : "0.0.0.0/0", "via",
			 gateway);
}

static json_t *describe(const struct seed_card *c)
{
	bool fixed = c->ip || c->ipv6;
	json_t *card = json_pack("{s:{s:s}, s:b}", "match", "macaddress", c->mac, "dhcp4", !fixed);
	json_t *addresses;

	if (!card || !fixed)
		return card;
	addresses = json_array();
	add_address(addresses, c->ip, c->prefix);
	add_address(addresses, c->ipv6, c->ipv6_prefix);
	json_object_set_new(card, "addresses", addresses);
	if (c->gateway)
		json_object_set_new(card, "routes", routes_by(c->gateway));
	if (c->dns.count)
		json_object_set_new(card, "nameservers", name_servers(c));
	if (c->mtu)
		json_object_set_new(card, "mtu", json_integer(c->mtu));
	return card;
}

json_t *network_config(const struct seed_card *cards, size_t count)
{
	json_t *ethernets = json_object();

	/* The names are nobody's but theirs: readers that make files of them sort ours, see guest/cards.h, before them. */
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *name = xasprintf("card%zu", i);

		json_object_set_new(ethernets, name, describe(&cards[i]));
	}
	return json_pack("{s:i, s:o}", "version", 2, "ethernets", ethernets);
}

json_t *network_config_updates(void)
{
	return json_pack("{s:{s:[s, s]}}", "network", "when", "boot-new-instance", "boot");
}
