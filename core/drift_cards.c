/* SPDX-License-Identifier: Apache-2.0 */
/* Cards that a machine has against those it should have. */
#include "core/drift.h"

#include <stdlib.h>
#include <string.h>

#include "core/settings.h"
#include "core/text.h"

struct pairing {
	const struct env *env;
	const struct machine *want;
	const struct observed_card *have;
	size_t have_count;
	bool are_as_many; /* as there should be, by what it says itself */
	bool *paired;     /* by card that it has */
	struct arena *arena;
	struct text reasons;
};

static void add_reason(struct pairing *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void add_reason(struct pairing *p, const char *fmt, ...)
{
	va_list args;

	text_add(&p->reasons, p->reasons.len ? ", " : "");
	va_start(args, fmt);
	text_addv(&p->reasons, fmt, args);
	va_end(args);
}

static const char *network_of(const struct pairing *p, const struct observed_card *have)
{
	if (have->settings)
		return settings_subject(have->settings, p->arena);
	return have->network ? have->network : "an unknown network";
}

/* The first card there that is on that network and pairs with none yet; have_count if there is none. */
static size_t find(const struct pairing *p, const char *network)
{
	size_t i = 0;

	while (i < p->have_count &&
	       (p->paired[i] || strcmp(network_of(p, &p->have[i]), network) != 0))
		i++;
	return i;
}

/* Where there are as many cards as there should be, one that nothing is known of may be any. */
static size_t find_unknown(const struct pairing *p)
{
	size_t i = 0;

	while (i < p->have_count && (p->paired[i] || p->have[i].settings))
		i++;
	return p->are_as_many ? i : p->have_count;
}

/* One it should have; returns which card it has there. */
static size_t compare_card(struct pairing *p, size_t index)
{
	const struct card *card = &p->want->cards[index];
	const struct network *network = &p->env->networks[card->network];
	size_t found = find(p, network->name);
	const char *difference;

	if (found == p->have_count)
		found = find_unknown(p);
	if (found == p->have_count) {
		add_reason(p, "new card on '%s'", network->name);
		return found;
	}
	p->paired[found] = true;
	if (!p->have[found].settings)
		return found;
	difference = settings_difference(p->have[found].settings,
					 card_settings(network, card, p->arena), p->arena);
	if (difference)
		add_reason(p, "card %zu: %s %s", index + 1, network->name, difference);
	return found;
}

static bool are_known(const struct pairing *p)
{
	for (size_t i = 0; i < p->have_count; i++) {
		if (!p->have[i].settings)
			return false;
	}
	return true;
}

static void compare(struct pairing *p)
{
	bool in_order = true;

	for (size_t i = 0; i < p->want->card_count; i++)
		in_order = compare_card(p, i) == i && in_order;
	for (size_t i = 0; i < p->have_count; i++) {
		if (!p->paired[i])
			add_reason(p, "no card on '%s' any more", network_of(p, &p->have[i]));
	}
	if (!in_order && !p->reasons.len && are_known(p))
		add_reason(p, "its cards in another order");
}

const char *drift_cards(const struct env *env, const struct machine *want,
			const struct observed_machine *have, struct arena *arena)
{
	/* Machines of before there were others have this one. */
	static const struct observed_card management = { .network = "management" };
	struct pairing p = {
		.env = env,
		.want = want,
		.have = have->card_count ? have->cards : &management,
		.have_count = have->card_count ? have->card_count : 1,
		.are_as_many = have->card_count == want->card_count,
		.arena = arena,
	};
	const char *reason = NULL;

	p.paired = xcalloc(p.have_count, sizeof(*p.paired));
	compare(&p);
	if (p.reasons.len)
		reason = arena_strdup(arena, text_str(&p.reasons));
	text_clear(&p.reasons);
	free(p.paired);
	return reason;
}
