/* SPDX-License-Identifier: Apache-2.0 */
/* Cards to fields of the tag and back. */
#include "providers/card_note.h"

#include <string.h>

#include "core/text.h"

#define JOINT "; "

char *card_notes_settings(const struct env *env, const struct machine *m)
{
	struct arena arena = { 0 };
	struct text t = { 0 };

	for (size_t i = 0; i < m->card_count; i++)
		text_addf(&t, "%s%s", i ? JOINT : "",
			  card_settings(&env->networks[m->cards[i].network], &m->cards[i], &arena));
	arena_clear(&arena);
	return text_take(&t);
}

char *card_notes_kinds(const struct env *env, const struct machine *m)
{
	struct text t = { 0 };

	for (size_t i = 0; i < m->card_count; i++)
		text_addf(&t, "%s%s", i ? " " : "",
			  network_kind_name(env->networks[m->cards[i].network].kind));
	return text_take(&t);
}

/* Cuts *rest at `joint`; NULL when nothing is left. */
static char *next_part(char **rest, const char *joint)
{
	char *part = *rest, *end = part ? strstr(part, joint) : NULL;

	*rest = end ? end + strlen(joint) : NULL;
	if (end)
		*end = '\0';
	return part && *part ? part : NULL;
}

static enum network_kind kind_of(const char *name)
{
	for (int kind = NETWORK_MANAGEMENT; kind < NETWORK_FOREIGN; kind++)
		if (text_equal(network_kind_name((enum network_kind)kind), name))
			return (enum network_kind)kind;
	return NETWORK_FOREIGN;
}

static void read_setting(const char *word, struct card_note *n)
{
	const struct {
		const char *key;
		const char **value;
	} keys[] = {
		{ "ip=", &n->ip },
		{ "prefix=", &n->prefix },
		{ "ipv6=", &n->ipv6 },
		{ "gateway=", &n->gateway },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (text_has_prefix(word, keys[i].key))
			*keys[i].value = word + strlen(keys[i].key);
}

static bool read_settings(const char *settings, struct arena *arena, struct card_note *n)
{
	char *rest = arena_strdup(arena, settings), *word;

	n->settings = settings;
	n->network = next_part(&rest, " ");
	n->mac = next_part(&rest, " ");
	while ((word = next_part(&rest, " ")))
		read_setting(word, n);
	return n->network && n->mac;
}

static xmlNodePtr find_interface(xmlDocPtr domain, const char *mac)
{
	xmlNodePtr node = xml_find(xml_root(domain), "devices/interface");

	for (; node; node = xml_next(node)) {
		const char *own = xml_get(xml_find(node, "mac"), "address");

		if (own && strcasecmp(own, mac) == 0)
			return node;
	}
	return NULL;
}

static void add(struct card_notes *notes, const struct card_note *n, struct arena *arena)
{
	notes->at = arena_grow(arena, notes->at, notes->count, sizeof(*notes->at));
	notes->at[notes->count++] = *n;
}

static void add_only_card(struct card_notes *notes, xmlDocPtr domain, struct arena *arena)
{
	xmlNodePtr node = xml_find(xml_root(domain), "devices/interface");
	struct card_note n = {
		.network = network_kind_name(NETWORK_MANAGEMENT),
		.kind = NETWORK_MANAGEMENT,
		.mac = arena_strdup(arena, xml_get(xml_find(node, "mac"), "address")),
		.interface = node,
	};

	if (n.mac)
		add(notes, &n, arena);
}

struct card_notes card_notes_read(const struct tag *tag, xmlDocPtr domain, struct arena *arena)
{
	char *cards = arena_strdup(arena, tag->cards), *kinds = arena_strdup(arena, tag->kinds);
	struct card_notes notes = { 0 };
	char *settings;

	if (!cards)
		add_only_card(&notes, domain, arena);
	while ((settings = next_part(&cards, JOINT))) {
		struct card_note n = { .kind = kind_of(next_part(&kinds, " ")) };

		if (!read_settings(settings, arena, &n))
			continue;
		n.interface = find_interface(domain, n.mac);
		add(&notes, &n, arena);
	}
	return notes;
}

const struct card_note *card_notes_by_mac(const struct card_notes *notes, const char *mac)
{
	for (size_t i = 0; i < notes->count; i++)
		if (strcasecmp(notes->at[i].mac, mac) == 0)
			return &notes->at[i];
	return NULL;
}

bool card_note_lets_host_in(const struct card_note *n)
{
	/* What goes out by macvtap never turns round to the host. */
	return n->interface && n->kind != NETWORK_INTERNAL &&
	       !text_equal(xml_get(n->interface, "type"), "direct");
}

const char *card_note_network(const struct card_note *n)
{
	return n->interface ? xml_get(xml_find(n->interface, "source"), "network") : NULL;
}
