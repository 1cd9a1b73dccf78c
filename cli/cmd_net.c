/* SPDX-License-Identifier: Apache-2.0 */
/* bothy net: the network cards of machines, and their cables, for tests of what happens without them. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

struct cable {
	const char *down, *up; /* card, as the user calls it; NULL: not asked for */
};

static bool is_called(const struct provider_card *card, size_t number, const char *word)
{
	cleanup_free char *digits = xasprintf("%zu", number);

	return strcmp(card->network, word) == 0 || strcasecmp(card->mac, word) == 0 ||
	       strcmp(digits, word) == 0;
}

static const struct provider_card *find_card(const struct provider_cards *cards,
					     const char *machine, const char *word,
					     struct error *err)
{
	cleanup_text struct text known = { 0 };

	for (size_t i = 0; i < cards->count; i++) {
		if (is_called(&cards->at[i], i + 1, word))
			return &cards->at[i];
		text_addf(&known, "%s%zu '%s'", i ? ", " : "", i + 1, cards->at[i].network);
	}
	error_set(err, ERROR_USAGE, "machine '%s' has no card '%s'", machine, word);
	error_hint(err, "its cards: %s", text_str(&known));
	return NULL;
}

static json_t *card_document(const char *machine, const struct provider_card *c)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:b}", "machine", machine, "network",
			 c->network, "kind", network_kind_name(c->kind), "mac", c->mac, "ip", c->ip,
			 "ipv6", c->ipv6, "up", !c->link_down);
}

static int list_machine(struct session *s, const char *machine, json_t *list, struct error *err)
{
	const struct observed_machine *have =
		observed_machine(&s->observed, s->project.id, machine);
	cleanup_provider_cards struct provider_cards cards = { 0 };
	struct provider *p;

	if (!have)
		return 0;
	if (session_provider(s, have->provider, &p, err) < 0 ||
	    provider_machine_cards(p, have->id, &cards.at, &cards.count, err) < 0)
		return -1;
	for (size_t i = 0; i < cards.count; i++) {
		const struct provider_card *c = &cards.at[i];

		json_array_append_new(list, card_document(machine, c));
		out_line(s->out, "%-12s %zu  %-18s  %s  %-15s  %s", machine, i + 1, c->network,
			 c->mac, c->ip ? c->ip : "-", c->link_down ? "down" : "up");
	}
	return 0;
}

static int list_cards(struct session *s, const struct strings *names, struct error *err)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->observed.machine_count; i++) {
		const struct observed_machine *m = &s->observed.machines[i];
		bool chosen = names->count == 0;

		for (size_t k = 0; k < names->count; k++)
			chosen |= strcmp(names->at[k], m->name) == 0;
		if (!chosen || strcmp(m->project.id, s->project.id) != 0)
			continue;
		if (list_machine(s, m->name, list, err) < 0) {
			json_decref(list);
			return -1;
		}
	}
	out_document(s->out, list);
	return 0;
}

static int pull(struct session *s, const struct strings *names, const struct cable *cable,
		struct error *err)
{
	const char *word = cable->down ? cable->down : cable->up;
	const struct observed_machine *have;
	cleanup_provider_cards struct provider_cards cards = { 0 };
	const struct provider_card *card;
	struct provider *p;

	if (names->count != 1)
		return error_set(err, ERROR_USAGE, "--%s needs exactly one machine",
				 cable->down ? "down" : "up");
	have = observed_machine(&s->observed, s->project.id, names->at[0]);
	if (!have || have->state != MACHINE_RUNNING) {
		error_set(err, ERROR_NOT_FOUND, "machine '%s' is not running", names->at[0]);
		return error_hint(err, "bothy up %s", names->at[0]);
	}
	if (session_provider(s, have->provider, &p, err) < 0 ||
	    provider_machine_cards(p, have->id, &cards.at, &cards.count, err) < 0)
		return -1;
	card = find_card(&cards, have->name, word, err);
	if (!card)
		return -1;
	if (provider_card_link(p, have->id, card->mac, !cable->down, err) < 0)
		return error_wrap(err, "cannot pull the cable of card '%s' of machine '%s'",
				  card->network, have->name);
	out_info(s->out, "card '%s' of '%s' is %s", card->network, have->name,
		 cable->down ? "down until it is put up again, or the machine is off" : "up");
	out_document(s->out, json_pack("{s:s, s:s, s:s, s:b}", "machine", have->name, "network",
				       card->network, "mac", card->mac, "up", !cable->down));
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct cable cable = { 0 };
	const struct option_row rows[] = {
		{ 0, "down", OPTION_STRING, &cable.down, "CARD",
		  "pull its cable out: a network's name, a number or a MAC" },
		{ 0, "up", OPTION_STRING, &cable.up, "CARD", "and plug it in again" },
	};
	struct strings names = { 0 };
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (cable.down && cable.up)
		return error_set(err, ERROR_USAGE, "--down and --up: only one of them");
	if (session_find_for(s, argc, "", err) < 0 || session_observe(s, err) < 0 ||
	    session_select(s, argc, argv, &names, err) < 0)
		return -1;
	rc = cable.down || cable.up ? pull(s, &names, &cable, err) : list_cards(s, &names, err);
	strings_free(&names);
	return rc;
}

const struct command cmd_net = {
	"net",
	"reach",
	"[MACHINE…] [--down CARD | --up CARD]",
	"Show network cards; 'net partition', 'net heal' part machines",
	run,
};
