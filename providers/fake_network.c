/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/fake_network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "providers/seating.h"

#define SUBNETS 255

static json_t *part(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

static const char *string_of(const json_t *object, const char *key)
{
	return json_string_value(part(object, key));
}

static char *key_of(const char *project_id, const char *name)
{
	return xasprintf("%s/%s", project_id, name);
}

json_t *fake_network(const json_t *root, const char *project_id, const char *name)
{
	cleanup_free char *key = key_of(project_id, name);

	return part(part(root, "networks"), key);
}

const char *fake_project_of(const json_t *entry)
{
	const char *id = string_of(part(entry, "project"), "id");

	return id ? id : "";
}

static bool is_needed(const struct env *env, size_t network, const char *provider)
{
	for (size_t i = 0; i < env->machine_count; i++) {
		const struct machine *m = &env->machines[i];

		for (size_t k = 0; strcmp(m->provider, provider) == 0 && k < m->card_count; k++)
			if (m->cards[k].network == network)
				return network_is_ours(env->networks[network].kind);
	}
	return false;
}

/* The host is on none of the internal ones: any number of them may be given one subnet, but none is chosen twice. */
static const json_t *owner_of_subnet(const json_t *root, const char *text, const char *but,
				     bool choosing)
{
	struct subnet wanted, taken;
	const char *key;
	json_t *network;

	if (!subnet_read(text, &wanted))
		return NULL;
	json_object_foreach(part(root, "networks"), key, network)
	{
		if (!text_equal(key, but) &&
		    (choosing || json_integer_value(part(network, "kind")) != NETWORK_INTERNAL) &&
		    subnet_read(string_of(network, "subnet"), &taken) &&
		    subnet_overlap(&wanted, &taken))
			return network;
	}
	return NULL;
}

static const char *choose_subnet(const json_t *root, char *out, size_t size)
{
	for (int n = 0; n < SUBNETS; n++) {
		snprintf(out, size, "10.99.%d.0/24", n);
		if (!owner_of_subnet(root, out, NULL, true))
			return out;
	}
	return NULL;
}

/* Gives it its settings, and a subnet that they allow. What has them already keeps its own. */
static int settle(const json_t *root, json_t *network, const char *key, const struct network *want,
		  struct error *err)
{
	const char *subnet = want->subnet ? want->subnet : string_of(network, "subnet");
	const json_t *other;
	char chosen[32];

	if (!subnet)
		subnet = choose_subnet(root, chosen, sizeof(chosen));
	if (!subnet)
		return error_set(err, ERROR_PROVIDER, "no subnet is free");
	other = want->kind == NETWORK_INTERNAL ? NULL : owner_of_subnet(root, subnet, key, false);
	if (other)
		return error_set(
			err, ERROR_BUSY,
			"subnet %s of network '%s' is that of network '%s' of project '%s'", subnet,
			want->name, string_of(other, "network"),
			string_of(part(other, "project"), "name"));
	if (!text_equal(string_of(network, "subnet"), subnet))
		json_object_set_new(network, "subnet", json_string(subnet));
	json_object_set_new(network, "kind", json_integer(want->kind));
	json_object_set_new(network, "settings", fake_state_text(want->settings));
	return 0;
}

static int add(json_t *root, const struct project *project, const struct network *want,
	       struct error *err)
{
	json_t *network = fake_network(root, project->id, want->name);
	cleanup_free char *key = key_of(project->id, want->name);

	if (!network) {
		bool plain = want->kind == NETWORK_MANAGEMENT;

		network = json_pack("{s:o, s:s, s:o, s:b, s:{}}", "name",
				    json_sprintf("bothy-%s%s%s", project->id, plain ? "" : "-",
						 plain ? "" : want->name),
				    "network", want->name, "project", fake_state_project(project),
				    "active", false, "members");
		json_object_set_new(part(root, "networks"), key, network);
	}
	return settle(root, network, key, want, err);
}

int fake_networks_add(json_t *root, const struct env *env, const char *provider, struct error *err)
{
	for (size_t i = 0; i < env->network_count; i++)
		if (is_needed(env, i, provider) &&
		    add(root, &env->project, &env->networks[i], err) < 0)
			return -1;
	return 0;
}

static bool has_card(const json_t *machine, const char *network)
{
	json_t *cards = part(machine, "cards");

	for (size_t i = 0; i < json_array_size(cards); i++)
		if (text_equal(string_of(json_array_get(cards, i), "network"), network))
			return true;
	return false;
}

/* Whether a machine of the project, or that one, has a card on it. */
static bool has_cards(const json_t *root, const char *project_id, const char *network,
		      const char *machine_name)
{
	const char *id;
	json_t *machine;

	json_object_foreach(part(root, "machines"), id, machine)
	{
		if (strcmp(fake_project_of(machine), project_id) == 0 &&
		    (!machine_name || text_equal(string_of(machine, "name"), machine_name)) &&
		    has_card(machine, network))
			return true;
	}
	return false;
}

/* What is left of machines that neither the file nor the engine has any more is given to others. */
static void read_members(const json_t *root, const struct env *env, json_t *network,
			 struct reservations *out)
{
	const char *member;
	json_t *value;

	json_object_foreach(part(network, "members"), member, value)
	{
		uint32_t address;

		if (ipv4_parse(json_string_value(value), &address) &&
		    (env_machine(env, member) ||
		     has_cards(root, env->project.id, string_of(network, "network"), member)))
			reservations_add(out, member, "", address);
	}
}

static void write_members(json_t *network, const struct reservations *r)
{
	bool has_dns = json_integer_value(part(network, "kind")) != NETWORK_INTERNAL;
	json_t *members = json_object(), *names = json_array();

	for (size_t i = 0; i < r->count; i++) {
		char text[IPV4_TEXT_BYTES];

		ipv4_text(r->at[i].address, text);
		json_object_set_new(members, r->at[i].name, json_string(text));
		for (size_t k = 0; has_dns && k < r->at[i].name_count; k++)
			json_array_append_new(names, fake_state_text(r->at[i].names[k]));
	}
	json_object_set_new(network, "members", members);
	json_object_set_new(network, "names", names);
}

static int join_all(const json_t *root, json_t *network, const struct env *env, size_t index,
		    const char *provider, struct error *err)
{
	cleanup_reservations struct reservations old = { 0 }, seated = { 0 };
	cleanup_seats struct seats seats = { 0 };
	struct seating where = { .network = &env->networks[index] };

	if (!subnet_read(string_of(network, "subnet"), &where.subnet))
		return error_set(err, ERROR_PROVIDER, "network '%s' has no subnet",
				 env->networks[index].name);
	for (size_t i = 0; i < env->machine_count; i++) {
		const struct machine *m = &env->machines[i];

		for (size_t k = 0; strcmp(m->provider, provider) == 0 && k < m->card_count; k++)
			if (m->cards[k].network == index)
				seats_add(&seats, m, &m->cards[k]);
	}
	read_members(root, env, network, &old);
	if (seating_assign(&where, &seats, &old, &seated, err) < 0)
		return -1;
	write_members(network, &seated);
	json_object_set_new(network, "active", json_true());
	return 0;
}

static bool is_wanted(const struct env *env, const char *name, const char *provider)
{
	for (size_t i = 0; i < env->network_count; i++)
		if (text_equal(env->networks[i].name, name))
			return is_needed(env, i, provider);
	return false;
}

int fake_networks_join(json_t *root, const struct env *env, const char *provider, struct error *err)
{
	json_t *networks = part(root, "networks"), *network;
	const char *key;
	void *next;

	for (size_t i = 0; i < env->network_count; i++) {
		network = fake_network(root, env->project.id, env->networks[i].name);
		if (network && is_needed(env, i, provider) &&
		    join_all(root, network, env, i, provider, err) < 0)
			return -1;
	}
	json_object_foreach_safe(networks, next, key, network)
	{
		const char *name = string_of(network, "network");

		if (strcmp(fake_project_of(network), env->project.id) == 0 && name &&
		    !is_wanted(env, name, provider) &&
		    !has_cards(root, env->project.id, name, NULL))
			json_object_del(networks, key);
	}
	return 0;
}

void fake_networks_stop(json_t *root, const char *project_id)
{
	const char *key;
	json_t *network;

	json_object_foreach(part(root, "networks"), key, network)
	{
		if (strcmp(fake_project_of(network), project_id) == 0)
			json_object_set_new(network, "active", json_false());
	}
}

void fake_networks_remove(json_t *root, const char *project_id)
{
	json_t *networks = part(root, "networks"), *network;
	const char *key;
	void *next;

	json_object_foreach_safe(networks, next, key, network)
	{
		if (strcmp(fake_project_of(network), project_id) == 0)
			json_object_del(networks, key);
	}
}

void fake_network_observe(struct observed *o, const json_t *network)
{
	struct observed_network *out = observed_add_network(o);
	json_t *members = part(network, "members"), *names = part(network, "names"), *value;
	const char *member;
	size_t i;

	out->engine = "fake";
	out->name = arena_strdup(&o->arena, string_of(network, "network"));
	out->engine_name = arena_strdup(&o->arena, string_of(network, "name"));
	if (!out->name)
		out->name = "management";
	out->kind = (enum network_kind)json_integer_value(part(network, "kind"));
	out->settings = arena_strdup(&o->arena, string_of(network, "settings"));
	out->subnet = arena_strdup(&o->arena, string_of(network, "subnet"));
	fake_state_copy_project(&o->arena, network, &out->project);
	out->active = json_is_true(part(network, "active"));
	out->members.at = arena_alloc(&o->arena, (json_object_size(members) + 1) * sizeof(char *));
	json_object_foreach(members, member, value)
		out->members.at[out->members.count++] = arena_strdup(&o->arena, member);
	out->names.at = arena_alloc(&o->arena, (json_array_size(names) + 1) * sizeof(char *));
	json_array_foreach(names, i, value) if (json_is_string(value))
		out->names.at[out->names.count++] =
		arena_strdup(&o->arena, json_string_value(value));
}

void fake_networks_check(const json_t *root, const struct env *env, const char *provider,
			 struct problems *out)
{
	for (size_t i = 0; i < env->network_count; i++) {
		const struct network *n = &env->networks[i];
		cleanup_free char *key = key_of(env->project.id, n->name);
		const json_t *other;

		if (!n->subnet || n->kind == NETWORK_INTERNAL || !is_needed(env, i, provider))
			continue;
		other = owner_of_subnet(root, n->subnet, key, false);
		if (other)
			problems_add(out, n->file, n->line,
				     "network '%s': network '%s' of project '%s' has %s", n->name,
				     string_of(other, "network"),
				     string_of(part(other, "project"), "name"),
				     string_of(other, "subnet"));
	}
}
