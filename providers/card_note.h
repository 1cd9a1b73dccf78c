/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a machine's tag says of its cards, and where those are in its domain: pure. Two fields of the tag, both in the
 * order of the machine: the card_settings() of each, joined by "; ", and the kinds of their networks, joined by blanks.
 */
#ifndef PROVIDERS_CARD_NOTE_H
#define PROVIDERS_CARD_NOTE_H

#include "core/env.h"
#include "providers/tag.h"

struct card_note {
	const char *network; /* in the project; the engine's for FOREIGN */
	enum network_kind kind;
	const char *mac;
	const char *settings; /* NULL: made by a bothy that knew of one card only */
	const char *ip, *prefix, *ipv6, *gateway; /* that were said; NULL: not */
	xmlNodePtr interface; /* borrowed from the domain; NULL: somebody took it out */
};

struct card_notes {
	struct card_note *at;
	size_t count;
};

/* The two fields of the tag. Caller frees. */
char *card_notes_settings(const struct env *env, const struct machine *m);
char *card_notes_kinds(const struct env *env, const struct machine *m);

/* From both; a domain without them has one card, on the management network. Lives in arena and in the document. */
struct card_notes card_notes_read(const struct tag *tag, xmlDocPtr domain, struct arena *arena);
/* The one with that MAC, or NULL. */
const struct card_note *card_notes_by_mac(const struct card_notes *notes, const char *mac);

/* Whether this host can reach what is behind it, if its address is known. */
bool card_note_lets_host_in(const struct card_note *n);
/* libvirt's name of the network that it is on, or NULL. Borrowed. */
const char *card_note_network(const struct card_note *n);

#endif
