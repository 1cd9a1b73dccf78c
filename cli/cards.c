/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cards.h"

#include <stdlib.h>
#include <string.h>

#include "core/stop.h"
#include "guest/cards.h"

#define CONFIGURE_MS 60000
#define USUAL_PREFIX 24 /* where an address of a network that is not ours comes without */

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

/* The card whose network has this host for names: as in a container, of the way out, else of the first that has. */
static const struct card *name_server(const struct machine *m, const struct card *way,
				      const struct provider_cards *given)
{
	const struct provider_card *have = way ? find(given, way->mac) : NULL;

	if (have && have->server)
		return way;
	for (size_t i = 0; i < m->card_count; i++) {
		have = find(given, m->cards[i].mac);
		if (have && have->server)
			return &m->cards[i];
	}
	return NULL;
}

static struct strings copy_of(const char *one, struct arena *arena)
{
	const char **at = arena_alloc(arena, sizeof(*at));

	at[0] = arena_strdup(arena, one);
	return (struct strings){ at, 1 };
}

/* Of a card with an address. */
static struct seed_card seed_card_of(const struct card *c, const struct provider_card *have,
				     unsigned network_mtu, struct arena *arena)
{
	return (struct seed_card){ .mac = c->mac,
				   .ip = arena_strdup(arena, have->ip),
				   .prefix = have->prefix ? have->prefix : USUAL_PREFIX,
				   .ipv6 = arena_strdup(arena, have->ipv6),
				   .ipv6_prefix = have->ipv6_prefix,
				   .dns = c->dns,
				   .mtu = c->mtu ? c->mtu : network_mtu };
}

/* What the whole machine has once is one card's. */
static void add_once(const struct machine *m, const struct provider_cards *given,
		     const struct card *c, struct arena *arena, struct seed_card *out)
{
	const struct provider_card *have = find(given, c->mac);
	const struct card *way = way_out(m, given);

	if (c == way)
		out->gateway = arena_strdup(arena, c->gateway ? c->gateway : have->gateway);
	if (c != name_server(m, way, given))
		return;
	if (!out->dns.count)
		out->dns = copy_of(have->server, arena);
	out->domain = arena_strdup(arena, have->domain);
}

static bool is_given_by_nobody(const struct env *env, const struct card *c,
			       const struct provider_card *have)
{
	return c->configure && !c->dhcp && have && have->ip && !env->networks[c->network].dhcp;
}

size_t cards_for_seed(const struct env *env, const struct machine *m,
		      const struct provider_cards *given, struct arena *arena,
		      const struct seed_card **out)
{
	struct seed_card *cards = arena_alloc(arena, m->card_count * sizeof(*cards));
	const struct card *login = machine_login_card(env, m);
	size_t count = 0;
	bool any = false;

	if (env->networks[m->cards[0].network].kind == NETWORK_MANAGEMENT)
		return 0;
	for (size_t i = 0; i < m->card_count; i++) {
		const struct card *c = &m->cards[i];
		const struct provider_card *have = find(given, c->mac);

		if (is_given_by_nobody(env, c, have)) {
			cards[count] = seed_card_of(c, have, env->networks[c->network].mtu, arena);
			add_once(m, given, c, arena, &cards[count++]);
			any = true;
		} else if (c->configure && (i == 0 || c == login)) {
			cards[count++] = (struct seed_card){ .mac = c->mac };
		}
	}
	*out = cards;
	return any ? count : 0;
}

/* Cards that only ask for an address there may have to be told more here. */
static bool is_seeded(const struct card *c, const struct seed_card *seed, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(seed[i].mac, c->mac) == 0)
			return seed[i].ip || !asks_for_more(c);
	return false;
}

static int configure(const struct boot *b, struct guest *g, const char *mark, struct error *err)
{
	const struct machine *m = b->machine;
	cleanup_free struct guest_card *cards = xcalloc(m->card_count, sizeof(*cards));
	cleanup_provider_cards struct provider_cards given = { 0 };
	cleanup(arena_clear) struct arena arena = { 0 };
	const struct seed_card *seed = NULL;
	size_t count = 0, seeded;
	const struct card *out;

	if (provider_machine_cards(b->provider, b->id, &given.at, &given.count, err) < 0)
		return -1;
	out = way_out(m, &given);
	seeded = cards_for_seed(&b->session->env, m, &given, &arena, &seed);
	for (size_t i = 0; i < m->card_count; i++) {
		const struct card *c = &m->cards[i];
		const struct provider_card *have = find(&given, c->mac);

		if (!have || !needs_help(b, c, have))
			continue;
		cards[count] = guest_card_of(c, have, b->session->env.networks[c->network].mtu);
		if (c == out)
			cards[count].gateway = c->gateway ? c->gateway : have->gateway;
		cards[count].seeded = is_seeded(c, seed, seeded);
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
