/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cards.h"

#include <stdlib.h>
#include <string.h>

#include "core/stop.h"
#include "guest/cards.h"

#define CONFIGURE_MS 60000

/* In a machine's directory while its guest may have settings of ours. */
#define CARDS_MARK "cards"

static const struct provider_card *find(const struct provider_cards *given, const char *mac)
{
	for (size_t i = 0; i < given->count; i++)
		if (strcasecmp(given->at[i].mac, mac) == 0)
			return &given->at[i];
	return NULL;
}

static bool asks_for_more(const struct card *c)
{
	return c->gateway || c->dns.count || c->mtu || c->ipv6;
}

/* A box asks for an address on its first card only. What has no address of ours asks for one on any. */
static bool needs_help(const struct boot *b, const struct card *c, const struct provider_card *have)
{
	bool is_container = b->provider->ops->image_kind == IMAGE_ROOTFS;
	bool by_dhcp = c->dhcp || !have->ip;

	if (!c->configure)
		return false;
	if (is_container && !by_dhcp)
		return c->dns.count > 0;
	return c != b->machine->cards || asks_for_more(c);
}

/* The card that leads out: one that says so, else the first that can. Others must not, whatever their DHCP offers. */
static const struct card *way_out(const struct machine *m, const struct provider_cards *given)
{
	for (size_t i = 0; i < m->card_count; i++)
		if (m->cards[i].gateway)
			return &m->cards[i];
	for (size_t i = 0; i < m->card_count; i++) {
		const struct provider_card *have = find(given, m->cards[i].mac);

		if (have && have->gateway)
			return &m->cards[i];
	}
	return NULL;
}

static struct guest_card guest_card_of(const struct card *c, const struct provider_card *have,
				       unsigned network_mtu)
{
	return (struct guest_card){
		.mac = c->mac,
		.ip = have->ip,
		.prefix = have->prefix,
		.ipv6 = have->ipv6,
		.ipv6_prefix = have->ipv6_prefix,
		.dhcp = c->dhcp || !have->ip,
		.dns = &c->dns,
		.mtu = c->mtu ? c->mtu : network_mtu,
	};
}

static int configure(const struct boot *b, struct guest *g, const char *mark, struct error *err)
{
	const struct machine *m = b->machine;
	cleanup_free struct guest_card *cards = xcalloc(m->card_count, sizeof(*cards));
	cleanup_provider_cards struct provider_cards given = { 0 };
	const struct card *out;
	size_t count = 0;

	if (provider_machine_cards(b->provider, b->id, &given.at, &given.count, err) < 0)
		return -1;
	out = way_out(m, &given);
	for (size_t i = 0; i < m->card_count; i++) {
		const struct card *c = &m->cards[i];
		const struct provider_card *have = find(&given, c->mac);

		if (!have || !needs_help(b, c, have))
			continue;
		cards[count] = guest_card_of(c, have, b->session->env.networks[c->network].mtu);
		if (c == out)
			cards[count].gateway = c->gateway ? c->gateway : have->gateway;
		count++;
	}
	if (!count && !fs_exists(mark))
		return 0;
	if (fs_write(mark, "", 0, 0600, &b->session->owner, err) < 0 ||
	    guest_configure_cards(g, cards, count, clock_ms() + CONFIGURE_MS, err) < 0)
		return -1;
	return count ? 0 : fs_remove(mark, err);
}

int cards_configure(const struct boot *b, struct guest *g, struct error *err)
{
	cleanup_free char *mark = session_machine_path(b->session, b->machine->name, CARDS_MARK);

	if (b->machine->card_count < 2 && !asks_for_more(b->machine->cards) && !fs_exists(mark))
		return 0;
	if (configure(b, g, mark, err) < 0)
		return error_wrap(err, "cannot configure the network cards of machine '%s'",
				  b->machine->name);
	return 0;
}
