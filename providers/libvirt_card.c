/* SPDX-License-Identifier: Apache-2.0 */
/* Where the cards of machines are, by their tags and the reservations of their networks. */
#include "providers/libvirt_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/proc.h"
#include "core/stop.h"
#include "core/text.h"
#include "providers/host_device.h"
#include "providers/libvirt_domain.h"
#include "providers/libvirt_pool.h"
#include "providers/libvirt_link.h"
#include "providers/user_net.h"

#define ANNOUNCE_MS 2000

int libvirt_places(struct libvirt_provider *p, const struct provider_creation *what,
		   struct places *out, struct error *err)
{
	cleanup_places struct places places = { 0 };
	const struct machine *m = what->machine;

	places.at = xcalloc(m->card_count, sizeof(*places.at));
	places.count = m->card_count;
	for (size_t i = 0; i < m->card_count; i++)
		if (libvirt_place(p, what->env->project.id,
				  &what->env->networks[m->cards[i].network], &m->cards[i],
				  &places.at[i], err) < 0)
			return -1;
	*out = places;
	places = (struct places){ 0 };
	return 0;
}

void places_clear(struct places *places)
{
	for (size_t i = 0; i < places->count; i++)
		place_clear(&places->at[i]);
	free(places->at);
	*places = (struct places){ 0 };
}

static bool is_on_network_of_ours(const struct card_note *n)
{
	return network_is_ours(n->kind) && card_note_network(n);
}

/* What somebody wrote into a network of theirs. Nothing is found where it is gone, or the card is on none of libvirt's. */
static void find_reservation(struct libvirt_provider *p, const struct card_note *n,
			     struct place *out)
{
	cleanup_error struct error ignored = { 0 };
	cleanup_place struct place place = { 0 };

	if (!card_note_network(n) ||
	    libvirt_place_in(p, card_note_network(n), n->mac, &place, &ignored) < 0)
		return;
	out->address = take_ptr(place.address);
	out->prefix = take_ptr(place.prefix);
}

static void take_said(const char *said, char **value)
{
	if (!said)
		return;
	free(*value);
	*value = xstrdup(said);
}

/* Of a card of a machine that exists. */
static int find_place(struct libvirt_provider *p, const struct card_note *n, struct place *out,
		      struct error *err)
{
	struct place place = { 0 };

	if (is_on_network_of_ours(n)) {
		if (libvirt_place_in(p, card_note_network(n), n->mac, &place, err) < 0)
			return -1;
	} else {
		find_reservation(p, n, &place);
	}
	if (!place.address || !is_on_network_of_ours(n)) {
		take_said(n->ip, &place.address);
		take_said(n->prefix, &place.prefix);
	}
	if (!place.ipv6)
		take_said(n->ipv6, &place.ipv6);
	*out = place;
	return 0;
}

static int no_way_in(const struct tag *tag, struct error *err)
{
	error_set(err, ERROR_GUEST, "machine '%s' has no card that this host can reach",
		  tag->machine);
	return error_hint(err, "bothy console %s", tag->machine);
}

static int find_address(struct libvirt_provider *p, const struct card_notes *notes,
			const struct tag *tag, char **out, struct error *err)
{
	for (size_t i = 0; i < notes->count; i++) {
		cleanup_place struct place place = { 0 };

		if (!card_note_lets_host_in(&notes->at[i]))
			continue;
		if (find_place(p, &notes->at[i], &place, err) < 0)
			return -1;
		if (!place.address)
			continue;
		*out = take_ptr(place.address);
		return 0;
	}
	return no_way_in(tag, err);
}

static int session_address(const struct tag *tag, struct provider_address *out, struct error *err)
{
	cleanup_user_net struct user_net net = { 0 };

	if (!user_net_parse(tag->forwards, &net) || !net.count)
		return error_set(err, ERROR_GUEST, "no port leads to the SSH of machine '%s'",
				 tag->machine);
	*out = (struct provider_address){ .ip = xstrdup(net.at[0].bind), .port = net.at[0].host };
	return 0;
}

int libvirt_machine_address(struct provider *base, const char *id, struct provider_address *out,
			    struct error *err)
{
	cleanup(arena_clear) struct arena arena = { 0 };
	cleanup_domain virDomainPtr dom = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	struct card_notes notes;
	struct tag tag;
	char *ip = NULL;

	if (libvirt_get(libvirt_of(base), id, &dom, err) < 0 ||
	    libvirt_describe(dom, &doc, &tag, err) < 0)
		return -1;
	if (tag.forwards)
		return session_address(&tag, out, err);
	notes = card_notes_read(&tag, doc, &arena);
	if (find_address(libvirt_of(base), &notes, &tag, &ip, err) < 0)
		return -1;
	*out = (struct provider_address){ .ip = ip };
	return 0;
}

static unsigned number_of(const char *text)
{
	return text ? (unsigned)strtoul(text, NULL, 10) : 0;
}

/* What the place says is the card's then. */
static struct provider_card card_at(struct place *place, const char *network,
				    enum network_kind kind, const char *mac)
{
	struct provider_card card = {
		.network = xstrdup(network),
		.kind = kind,
		.ip = take_ptr(place->address),
		.prefix = number_of(place->prefix),
		.ipv6 = take_ptr(place->ipv6),
		.ipv6_prefix = number_of(place->ipv6_prefix),
		.gateway = take_ptr(place->gateway),
		.server = take_ptr(place->server),
		.domain = take_ptr(place->domain),
	};

	snprintf(card.mac, sizeof(card.mac), "%s", mac);
	return card;
}

static int fill_card(struct libvirt_provider *p, xmlDocPtr domain, const struct card_note *n,
		     struct provider_card *out, struct error *err)
{
	cleanup_place struct place place = { 0 };

	if (find_place(p, n, &place, err) < 0)
		return -1;
	*out = card_at(&place, n->network, n->kind, n->mac);
	out->link_down = libvirt_link_is_down(domain, n);
	return 0;
}

static void fill_user_card(const struct card_note *n, size_t number, struct provider_card *out)
{
	*out = (struct provider_card){
		.network = xstrdup(n->network),
		.kind = n->kind,
		.ip = user_net_guest(number),
		.prefix = USER_NET_PREFIX,
	};
	snprintf(out->mac, sizeof(out->mac), "%s", n->mac);
}

int libvirt_machine_cards(struct provider *base, const char *id, struct provider_card **out,
			  size_t *out_count, struct error *err)
{
	cleanup(arena_clear) struct arena arena = { 0 };
	cleanup_domain virDomainPtr dom = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	struct provider_card *cards;
	struct card_notes notes;
	struct tag tag;

	if (libvirt_get(libvirt_of(base), id, &dom, err) < 0 ||
	    libvirt_describe(dom, &doc, &tag, err) < 0)
		return -1;
	notes = card_notes_read(&tag, doc, &arena);
	cards = xcalloc(notes.count + 1, sizeof(*cards));
	for (size_t i = 0; i < notes.count; i++) {
		if (tag.forwards) {
			fill_user_card(&notes.at[i], i, &cards[i]);
			continue;
		}
		if (fill_card(libvirt_of(base), doc, &notes.at[i], &cards[i], err) == 0)
			continue;
		provider_cards_free(cards, i);
		return -1;
	}
	*out = cards;
	*out_count = notes.count;
	return 0;
}

int libvirt_machine_places(struct provider *base, const struct provider_creation *what,
			   struct provider_card **out, size_t *out_count, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	const struct machine *m = what->machine;
	cleanup_places struct places places = { 0 };

	/* User-mode networking has its own. */
	if (!libvirt_is_session(p) && libvirt_places(p, what, &places, err) < 0)
		return -1;
	*out = xcalloc(places.count + 1, sizeof(**out));
	for (size_t i = 0; i < places.count; i++) {
		const struct network *n = &what->env->networks[m->cards[i].network];

		(*out)[i] = card_at(&places.at[i], n->name, n->kind, m->cards[i].mac);
	}
	*out_count = places.count;
	return 0;
}

/* Calls `tell` for each card that the host reaches over a bridge that bothy made. */
static void each_neighbour(struct libvirt_provider *p, xmlDocPtr domain, const struct tag *tag,
			   void (*tell)(const struct place *place, const char *mac))
{
	cleanup(arena_clear) struct arena arena = { 0 };
	struct card_notes notes = card_notes_read(tag, domain, &arena);

	for (size_t i = 0; i < notes.count && !tag->forwards; i++) {
		const struct card_note *n = &notes.at[i];
		cleanup_error struct error ignored = { 0 };
		cleanup_place struct place place = { 0 };

		if (is_on_network_of_ours(n) && card_note_lets_host_in(n) &&
		    find_place(p, n, &place, &ignored) == 0 && place.address && place.bridge)
			tell(&place, n->mac);
	}
}

static void announce(const struct place *place, const char *mac)
{
	cleanup_error struct error ignored = { 0 };

	proc_must((const char *[]){ "ip", "neigh", "replace", place->address, "lladdr", mac, "dev",
				    place->bridge, "nud", "permanent", NULL },
		  clock_ms() + ANNOUNCE_MS, &ignored);
}

static void withdraw(const struct place *place, const char *mac)
{
	cleanup_error struct error ignored = { 0 };

	(void)mac;
	proc_must((const char *[]){ "ip", "neigh", "del", place->address, "dev", place->bridge,
				    NULL },
		  clock_ms() + ANNOUNCE_MS, &ignored);
}

void libvirt_announce_cards(struct libvirt_provider *p, xmlDocPtr domain, const struct tag *tag)
{
	if (geteuid() == 0 && !p->is_test)
		each_neighbour(p, domain, tag, announce);
}

void libvirt_withdraw_cards(struct libvirt_provider *p, virDomainPtr dom)
{
	cleanup_error struct error ignored = { 0 };
	cleanup_xml_doc xmlDocPtr doc = NULL;
	struct tag tag;

	if (geteuid() == 0 && !p->is_test && libvirt_describe(dom, &doc, &tag, &ignored) == 0)
		each_neighbour(p, doc, &tag, withdraw);
}

char *libvirt_card_caveat(struct provider *p, const struct env *env, const struct machine *m)
{
	(void)p;
	for (size_t i = 0; i < m->card_count; i++) {
		const struct network *n = &env->networks[m->cards[i].network];
		const char *device = n->kind == NETWORK_BRIDGED ? host_device_first(&n->devices) :
								  NULL;

		if (device && !host_device_is_bridge(device))
			return xasprintf(
				"it and this host do not reach each other by '%s', which is "
				"no bridge (macvtap)",
				device);
	}
	return NULL;
}
