/* SPDX-License-Identifier: Apache-2.0 */
/* Hardware addresses: no two cards of a project share one. */
#include "core/normalizer.h"

#include <string.h>

#include "core/mac.h"

/* The machine that has it already, or NULL. */
static const struct machine *owner_of(const struct env *env, const char *mac,
				      const struct card *except)
{
	for (size_t i = 0; i < env->machine_count; i++) {
		const struct machine *m = &env->machines[i];

		for (size_t k = 0; k < m->card_count; k++) {
			if (&m->cards[k] != except && strcmp(m->cards[k].mac, mac) == 0)
				return m;
		}
	}
	return NULL;
}

static void take_said(struct normalizer *n, const struct machine *m, const struct card_raw *said,
		      struct card *card)
{
	const struct machine *owner;

	if (!said || !said->mac)
		return;
	if (!mac_parse(said->mac, card->mac)) {
		card_problem(n, said, "mac",
			     "expected one such as \"52:54:00:12:34:56\", got \"%s\"", said->mac);
		return;
	}
	if (!mac_is_card(card->mac))
		card_problem(n, said, "mac", "'%s' cannot be the address of a card", said->mac);
	owner = owner_of(n->env, card->mac, card);
	if (owner)
		problems_add(n->problems, card_file(n, said), card_line(said, "mac"),
			     "%s.mac: a card of machine '%s' has '%s' already",
			     normalizer_where(n, m, said->where), owner->name, card->mac);
}

static void make_up(struct normalizer *n, const struct machine *m, struct card *card)
{
	const struct network *network = &n->drafts[card->network].network;
	const char *words[] = { n->env->project.id, m->name,
				network->kind == NETWORK_MANAGEMENT ? NULL : network->name, NULL };
	char mac[NETWORK_MAC_BYTES];
	unsigned attempt = 0;

	do
		mac_make(words, attempt++, mac);
	while (owner_of(n->env, mac, card));
	memcpy(card->mac, mac, sizeof(mac));
}

static void make_up_all(struct normalizer *n, bool management)
{
	for (size_t i = 0; i < n->env->machine_count; i++) {
		const struct machine *m = &n->env->machines[i];

		for (size_t k = 0; k < m->card_count; k++) {
			if (!m->cards[k].mac[0] && (n->said[i][k] == NULL) == management)
				make_up(n, m, &m->cards[k]);
		}
	}
}

/* Cards on the management network come first: theirs must not hang on what other cards there are. */
void macs_take(struct normalizer *n)
{
	const struct env *env = n->env;

	for (size_t i = 0; i < env->machine_count; i++) {
		for (size_t k = 0; k < env->machines[i].card_count; k++)
			take_said(n, &env->machines[i], n->said[i][k], &env->machines[i].cards[k]);
	}
	make_up_all(n, true);
	make_up_all(n, false);
}
