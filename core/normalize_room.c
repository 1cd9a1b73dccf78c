/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a subnet that the file says has an address for each machine on it. */
#include "core/normalizer.h"

/* Who said an address is among them; it takes a place from the others all the same. */
static unsigned long count_cards(const struct normalizer *n, const struct draft *d)
{
	size_t draft = (size_t)(d - n->drafts);
	unsigned long count = 0;

	for (size_t i = 0; i < n->env->machine_count; i++) {
		const struct machine *m = &n->env->machines[i];

		for (size_t k = 0; k < m->card_count; k++)
			count += m->cards[k].network == draft;
	}
	return count;
}

/* On an internal network the first address is a machine's only if it was said. */
static bool says_first(const struct normalizer *n, const struct draft *d)
{
	for (size_t i = 0; i < n->env->machine_count; i++) {
		const struct machine *m = &n->env->machines[i];

		for (size_t k = 0; k < m->card_count; k++) {
			uint32_t address;

			if (&n->drafts[m->cards[k].network] == d &&
			    ipv4_parse(m->cards[k].ip, &address) &&
			    address == cidr_first(&d->subnet) + 1)
				return true;
		}
	}
	return false;
}

static void check(struct normalizer *n, const struct draft *d)
{
	unsigned long count = count_cards(n, d), room = cidr_room(&d->subnet);
	const char *file = d->subnet_file ? d->subnet_file : n->raw->file;
	struct cidr wider = d->subnet;
	char subnet[CIDR_TEXT_BYTES];

	if (d->network.kind == NETWORK_INTERNAL && says_first(n, d))
		room++;
	if (count <= room)
		return;
	cidr_text(&d->subnet, subnet);
	problems_add(n->problems, file, d->subnet_line,
		     "network '%s': %s has addresses for %lu machine%s, and %lu are on it",
		     d->network.name, subnet, room, room == 1 ? "" : "s", count);
	while (wider.prefix > 0 && cidr_room(&wider) < count)
		wider.prefix--;
	cidr_text(&wider, subnet);
	problems_hint(n->problems, "%s would be wide enough", subnet);
}

void rooms_check(struct normalizer *n)
{
	for (size_t i = 0; i < n->draft_count; i++) {
		if (n->drafts[i].has_subnet && network_is_ours(n->drafts[i].network.kind))
			check(n, &n->drafts[i]);
	}
}
