/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of what exists. */
#include "core/observed.h"

#include <string.h>

#include "core/text.h"

struct observed_machine *observed_add_machine(struct observed *o)
{
	o->machines = arena_grow(&o->arena, o->machines, o->machine_count, sizeof(*o->machines));
	o->machines[o->machine_count] = (struct observed_machine){ 0 };
	return &o->machines[o->machine_count++];
}

struct observed_network *observed_add_network(struct observed *o)
{
	o->networks = arena_grow(&o->arena, o->networks, o->network_count, sizeof(*o->networks));
	o->networks[o->network_count] = (struct observed_network){ 0 };
	return &o->networks[o->network_count++];
}

void observed_add_parting(struct observed *o, const char *project_id, const char *one,
			  const char *other)
{
	o->partings = arena_grow(&o->arena, o->partings, o->parting_count, sizeof(*o->partings));
	o->partings[o->parting_count++] = (struct observed_parting){
		.project_id = arena_strdup(&o->arena, project_id),
		.one = arena_strdup(&o->arena, one),
		.other = arena_strdup(&o->arena, other),
	};
}

static bool has_card(const struct observed_machine *m, const char *mac)
{
	for (size_t i = 0; i < m->card_count; i++) {
		if (m->cards[i].mac && strcasecmp(m->cards[i].mac, mac) == 0)
			return true;
	}
	return false;
}

static bool is_parted(const struct observed *o, const struct observed_machine *a,
		      const struct observed_machine *b)
{
	for (size_t i = 0; i < o->parting_count; i++) {
		const struct observed_parting *p = &o->partings[i];

		if (strcmp(p->project_id, a->project.id) != 0)
			continue;
		if ((has_card(a, p->one) && has_card(b, p->other)) ||
		    (has_card(a, p->other) && has_card(b, p->one)))
			return true;
	}
	return false;
}

struct strings observed_parted(const struct observed *o, const struct observed_machine *m,
			       struct arena *arena)
{
	struct strings names = { 0 };

	for (size_t i = 0; i < o->machine_count && o->parting_count; i++) {
		const struct observed_machine *other = &o->machines[i];

		if (other == m || strcmp(other->project.id, m->project.id) != 0 ||
		    !is_parted(o, m, other))
			continue;
		names.at = arena_grow(arena, names.at, names.count, sizeof(*names.at));
		names.at[names.count++] = arena_strdup(arena, other->name);
	}
	return names;
}

const struct observed_machine *observed_machine(const struct observed *o, const char *project_id,
						const char *name)
{
	for (size_t i = 0; i < o->machine_count; i++) {
		const struct observed_machine *m = &o->machines[i];

		if (strcmp(m->name, name) == 0 &&
		    (!project_id || strcmp(m->project.id, project_id) == 0))
			return m;
	}
	return NULL;
}

const struct observed_network *observed_network(const struct observed *o, const char *project_id,
						const char *engine, const char *name)
{
	for (size_t i = 0; i < o->network_count; i++) {
		const struct observed_network *n = &o->networks[i];

		if (strcmp(n->project.id, project_id) == 0 && strcmp(n->engine, engine) == 0 &&
		    strcmp(n->name, name) == 0)
			return n;
	}
	return NULL;
}

const char *machine_state_name(enum machine_state state)
{
	static const char *const names[] = {
		[MACHINE_NOT_CREATED] = "not_created", [MACHINE_RUNNING] = "running",
		[MACHINE_PAUSED] = "paused",           [MACHINE_SAVED] = "saved",
		[MACHINE_STOPPED] = "stopped",         [MACHINE_UNKNOWN] = "unknown",
	};

	return names[state];
}

void observed_clear(struct observed *o)
{
	arena_clear(&o->arena);
	*o = (struct observed){ 0 };
}
