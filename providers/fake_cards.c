/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/fake_cards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "providers/fake_change.h"
#include "providers/fake_network.h"

#define PREFIX 24 /* of every subnet here */

static json_t *part(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

static const char *string_of(const json_t *object, const char *key)
{
	return json_string_value(part(object, key));
}

void fake_cards_set(json_t *machine, const struct env *env, const struct machine *m)
{
	struct arena arena = { 0 };
	json_t *cards = json_array();

	for (size_t i = 0; i < m->card_count; i++) {
		const struct card *c = &m->cards[i];
		const struct network *n = &env->networks[c->network];

		json_array_append_new(
			cards, json_pack("{s:s, s:i, s:s, s:s, s:o}", "network", n->name, "kind",
					 (int)n->kind, "mac", c->mac, "settings",
					 card_settings(n, c, &arena), "ip",
					 c->ip && !network_is_ours(n->kind) ? json_string(c->ip) :
									      json_null()));
	}
	json_object_set_new(machine, "cards", cards);
	arena_clear(&arena);
}

static const char *card_ip(const json_t *root, const json_t *machine, const json_t *card)
{
	const char *network = string_of(card, "network"), *name = string_of(machine, "name");
	const char *own = string_of(card, "ip");

	if (own || !network || !name)
		return own;
	return string_of(part(fake_network(root, fake_project_of(machine), network), "members"),
			 name);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static struct provider_card *cards_of(const json_t *root, const json_t *machine, size_t *out_count)
{
	json_t *list = part(machine, "cards"), *card;
	size_t count = json_array_size(list), i;
	struct provider_card *cards = xcalloc(count + 1, sizeof(*cards));

	json_array_foreach(list, i, card)
	{
		const char *ip = card_ip(root, machine, card);

		cards[i].network = xstrdup(or_empty(string_of(card, "network")));
		cards[i].kind = (enum network_kind)json_integer_value(part(card, "kind"));
		snprintf(cards[i].mac, sizeof(cards[i].mac), "%s",
			 or_empty(string_of(card, "mac")));
		cards[i].ip = ip ? xstrdup(ip) : NULL;
		cards[i].prefix = ip ? PREFIX : 0;
		cards[i].link_down = json_is_true(part(card, "link_down"));
	}
	*out_count = count;
	return cards;
}

void fake_cards_observe(const json_t *root, const json_t *machine, struct arena *arena,
			struct observed_machine *out)
{
	json_t *list = part(machine, "cards"), *card;
	size_t i;

	out->cards = arena_alloc(arena, (json_array_size(list) + 1) * sizeof(*out->cards));
	json_array_foreach(list, i, card) out->cards[out->card_count++] = (struct observed_card){
		.network = arena_strdup(arena, or_empty(string_of(card, "network"))),
		.mac = arena_strdup(arena, or_empty(string_of(card, "mac"))),
		.address = arena_strdup(arena, card_ip(root, machine, card)),
		.settings = arena_strdup(arena, string_of(card, "settings")),
		.link_down = json_is_true(part(card, "link_down")),
	};
	out->address = arena_strdup(arena, fake_machine_address(root, machine));
}

const char *fake_machine_address(const json_t *root, const json_t *machine)
{
	json_t *card;
	size_t i;

	json_array_foreach(part(machine, "cards"), i, card)
	{
		const char *ip = card_ip(root, machine, card);

		if (ip && json_integer_value(part(card, "kind")) != NETWORK_INTERNAL)
			return ip;
	}
	return NULL;
}

static bool set_link(json_t *machine, const char *mac, bool up)
{
	json_t *card;
	size_t i;

	json_array_foreach(part(machine, "cards"), i, card)
	{
		if (!text_equal(string_of(card, "mac"), mac))
			continue;
		json_object_set_new(card, "link_down", json_boolean(!up));
		return true;
	}
	return false;
}

int fake_machine_cards(struct provider *p, const char *id, struct provider_card **out,
		       size_t *out_count, struct error *err)
{
	const json_t *machine;
	json_t *root;
	int result = 0;

	if (fake_state_read(fake_of(p)->path, &root, err) < 0)
		return -1;
	machine = fake_state_machine(root, id);
	if (machine)
		*out = cards_of(root, machine, out_count);
	else
		result = error_set(err, ERROR_NOT_FOUND, "no machine has the id '%s'", id);
	json_decref(root);
	return result;
}

int fake_machine_places(struct provider *p, const struct provider_creation *what,
			struct provider_card **out, size_t *out_count, struct error *err)
{
	json_t *machine = json_pack("{s:s, s:o}", "name", what->machine->name, "project",
				    fake_state_project(&what->env->project));
	json_t *root;
	int result = fake_state_read(fake_of(p)->path, &root, err);

	if (result == 0) {
		fake_cards_set(machine, what->env, what->machine);
		*out = cards_of(root, machine, out_count);
		json_decref(root);
	}
	json_decref(machine);
	return result;
}

int fake_card_link(struct provider *p, const char *id, const char *mac, bool up, struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;
	cleanup_free char *name = fake_change_name(p, id);
	json_t *machine;

	if (fake_change_begin(&c, p, "card_link", name, err) < 0)
		return -1;
	machine = fake_change_machine(&c, id, err);
	if (!machine)
		return -1;
	if (!set_link(machine, mac, up))
		return error_set(err, ERROR_NOT_FOUND, "machine '%s' has no card '%s'", name, mac);
	return fake_change_finish(&c, err);
}

static json_t *strings_json(const struct strings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, fake_state_text(list->at[i]));
	return array;
}

static void observe_cut(struct observed *o, const char *project_id, const json_t *cut)
{
	const json_t *one, *other;
	size_t i, k;

	json_array_foreach(json_array_get(cut, 0), i, one)
		json_array_foreach(json_array_get(cut, 1), k,
				   other) if (json_is_string(one) && json_is_string(other))
			observed_add_parting(o, project_id, json_string_value(one),
					     json_string_value(other));
}

void fake_partings_observe(struct observed *o, const json_t *root, const char *project_id)
{
	const json_t *cut;
	const char *project;
	json_t *cuts;
	size_t i;

	json_object_foreach(json_object_get(root, "parted"), project, cuts)
		json_array_foreach(cuts, i,
				   cut) if (!project_id || strcmp(project, project_id) == 0)
			observe_cut(o, project, cut);
}

int fake_cards_part(struct provider *p, const char *project_id, const struct strings *a,
		    const struct strings *b, struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;
	json_t *parted, *cuts;

	if (fake_change_begin(&c, p, "cards_part", project_id, err) < 0)
		return -1;
	parted = json_object_get(c.root, "parted");
	if (!json_is_object(parted)) {
		parted = json_object();
		json_object_set_new(c.root, "parted", parted);
	}
	cuts = json_object_get(parted, project_id);
	if (!a) {
		json_object_del(parted, project_id);
		return fake_change_finish(&c, err);
	}
	if (!json_is_array(cuts)) {
		cuts = json_array();
		json_object_set_new(parted, project_id, cuts);
	}
	json_array_append_new(cuts, json_pack("[o, o]", strings_json(a), strings_json(b)));
	return fake_change_finish(&c, err);
}
