/* SPDX-License-Identifier: Apache-2.0 */
/* bothy net: the network cards of machines, and their cables, for tests of what happens without them. */
#include "cli/commands.h"
#include "cli/reach.h"

#include <stdlib.h>
#include <string.h>

#include "core/strings.h"

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

static json_t *card_document(const char *machine, size_t number, const struct provider_card *c)
{
	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s?, s:s?, s:b}", "machine", machine, "number",
			 (json_int_t)number, "network", c->network, "kind",
			 network_kind_name(c->kind), "mac", c->mac, "ip", c->ip, "ipv6", c->ipv6,
			 "up", !c->link_down);
}

static json_t *parted_from(const struct session *s, const struct observed_machine *m)
{
	cleanup(arena_clear) struct arena arena = { 0 };
	struct strings others = observed_parted(&s->observed, m, &arena);
	json_t *list = json_array();

	for (size_t i = 0; i < others.count; i++)
		json_array_append_new(list, json_string(others.at[i]));
	return list;
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
		json_t *card = card_document(machine, i + 1, &cards.at[i]);

		json_object_set_new(card, "parted_from", parted_from(s, have));
		json_array_append_new(list, card);
	}
	return 0;
}

static const char *text_of(const json_t *card, const char *key)
{
	const char *text = json_string_value(json_object_get(card, key));

	return text ? text : "-";
}

static int width(const json_t *list, const char *key)
{
	int widest = 4;

	for (size_t i = 0; i < json_array_size(list); i++) {
		int len = (int)strlen(text_of(json_array_get(list, i), key));

		widest = len > widest ? len : widest;
	}
	return widest;
}

static void print_cards(struct session *s, const json_t *list)
{
	int machines = width(list, "machine"), networks = width(list, "network");
	int addresses = width(list, "ip");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);
		const json_t *parted = json_object_get(c, "parted_from");
		cleanup_text struct text others = { 0 };

		for (size_t k = 0; k < json_array_size(parted); k++)
			text_addf(&others, "%s%s", k ? ", " : "  parted from ",
				  json_string_value(json_array_get(parted, k)));
		out_line(s->out, "%-*s  %lld  %-*s  %s  %-*s  %s%s", machines,
			 text_of(c, "machine"),
			 (long long)json_integer_value(json_object_get(c, "number")), networks,
			 text_of(c, "network"), text_of(c, "mac"), addresses, text_of(c, "ip"),
			 json_is_true(json_object_get(c, "up")) ? "up" : "down", text_str(&others));
	}
	if (json_array_size(list) == 0)
		out_info(s->out, "no machine exists that could have a card");
}

static int list_cards(struct session *s, const struct strings *names, struct error *err)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->observed.machine_count; i++) {
		const struct observed_machine *m = &s->observed.machines[i];

		if (!strings_allow(names, m->name) || strcmp(m->project.id, s->project.id) != 0)
			continue;
		if (list_machine(s, m->name, list, err) < 0) {
			json_decref(list);
			return -1;
		}
	}
	print_cards(s, list);
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

	if (names->count != 1) {
		error_set(err, ERROR_USAGE, "--%s needs exactly one machine",
			  cable->down ? "down" : "up");
		return command_misused(&cmd_net, err);
	}
	have = observed_machine(&s->observed, s->project.id, names->at[0]);
	if (!have || have->state != MACHINE_RUNNING)
		return reach_missing(s, names->at[0], have, err);
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
	"[--down CARD | --up CARD] [MACHINE…]",
	"Show network cards; 'net partition', 'net heal' part machines",
	run,
};
