/* SPDX-License-Identifier: Apache-2.0 */
/* Networks: one step an engine for all that are not as the machines meant need them. */
#include "core/planner.h"

#include <string.h>

#include "core/settings.h"
#include "core/strings.h"
#include "core/text.h"

/* What the step is for, of one engine. */
struct need {
	struct planner *p;
	const char *engine;
	struct text reasons;
	enum step_effect effect;
	bool any_exists;
};

static bool has_names(enum network_kind kind)
{
	return network_is_ours(kind) && kind != NETWORK_INTERNAL;
}

static bool is_on(const struct machine *m, size_t network)
{
	for (size_t i = 0; i < m->card_count; i++) {
		if (m->cards[i].network == network)
			return true;
	}
	return false;
}

static bool is_of(const struct planner *p, size_t machine, const char *engine)
{
	return text_equal(p->request->views[machine].engine, engine);
}

static bool is_needed(const struct planner *p, const char *engine, size_t network)
{
	const struct env *env = p->request->env;

	for (size_t i = 0; i < env->machine_count; i++) {
		if (p->meant[i] && is_of(p, i, engine) && is_on(&env->machines[i], network))
			return true;
	}
	return false;
}

static const struct observed_network *existing(const struct planner *p, const char *engine,
					       const struct network *n)
{
	return engine ? observed_network(p->request->observed, p->request->project_id, engine,
					 n->name) :
			NULL;
}

/* What it was made with against what is wanted, or NULL. */
static const char *settings_change(struct planner *p, const struct observed_network *have,
				   const struct network *n)
{
	if (!have || !have->settings)
		return NULL;
	return settings_difference(have->settings, n->settings, &p->plan->arena);
}

/* The first of the machine's names that the network's DNS does not know, or NULL. */
static const char *missing_name(const struct observed_network *have, const struct network *n,
				const struct machine *m)
{
	if (!have->names.at || !has_names(n->kind))
		return NULL;
	if (!strings_have(&have->names, m->name))
		return m->name;
	if (!strings_have(&have->names, m->hostname))
		return m->hostname;
	for (size_t i = 0; i < m->aliases.count; i++) {
		if (!strings_have(&have->names, m->aliases.at[i]))
			return m->aliases.at[i];
	}
	return NULL;
}

static char *on_network(struct planner *p, const struct network *n)
{
	return n->kind == NETWORK_MANAGEMENT ? arena_strdup(&p->plan->arena, "") :
					       arena_printf(&p->plan->arena, " on '%s'", n->name);
}

/* What a running network lacks for that machine, or NULL. */
static const char *lack(struct planner *p, const struct observed_network *have,
			const struct network *n, const struct machine *m)
{
	const char *name;

	if (!strings_have(&have->members, m->name))
		return arena_printf(&p->plan->arena, "no address for '%s'%s yet", m->name,
				    on_network(p, n));
	name = missing_name(have, n, m);
	return name ? arena_printf(&p->plan->arena, "name '%s' of '%s' not known%s", name, m->name,
				   on_network(p, n)) :
		      NULL;
}

static bool is_name_of(const struct machine *m, const char *name)
{
	return strcmp(m->name, name) == 0 || strcmp(m->hostname, name) == 0 ||
	       strings_have(&m->aliases, name);
}

/* Machines that are not in the file any more may have had any names. */
static bool has_strangers(const struct planner *p)
{
	const struct plan_request *r = p->request;

	for (size_t i = 0; i < r->observed->machine_count; i++) {
		const struct observed_machine *m = &r->observed->machines[i];

		if (strcmp(m->project.id, r->project_id) == 0 && !env_machine(r->env, m->name))
			return true;
	}
	return false;
}

/* An alias that the file had and has no more, or NULL. */
static const char *spare_name(struct planner *p, const struct observed_network *have,
			      const struct network *n)
{
	const struct env *env = p->request->env;

	if (!has_names(n->kind) || has_strangers(p))
		return NULL;
	for (size_t i = 0; i < have->names.count; i++) {
		bool known = false;

		for (size_t k = 0; k < env->machine_count && !known; k++)
			known = is_name_of(&env->machines[k], have->names.at[i]);
		if (!known)
			return arena_printf(&p->plan->arena, "name '%s' not in the file any more",
					    have->names.at[i]);
	}
	return NULL;
}

/* The same for the first machine meant that lacks something. */
static const char *first_lack(struct planner *p, const char *engine,
			      const struct observed_network *have, size_t network)
{
	const struct env *env = p->request->env;

	for (size_t i = 0; i < env->machine_count; i++) {
		const char *reason = NULL;

		if (p->meant[i] && is_of(p, i, engine) && is_on(&env->machines[i], network))
			reason = lack(p, have, &env->networks[network], &env->machines[i]);
		if (reason)
			return reason;
	}
	return spare_name(p, have, &env->networks[network]);
}

static void add_reason(struct need *need, const char *reason)
{
	text_addf(&need->reasons, "%s%s", need->reasons.len ? ", " : "", reason);
}

static void look_at(struct need *need, size_t network)
{
	struct planner *p = need->p;
	const struct network *n = &p->request->env->networks[network];
	const struct observed_network *have = existing(p, need->engine, n);
	const char *change = settings_change(p, have, n);
	const char *called = n->kind == NETWORK_MANAGEMENT ?
				     "" :
				     arena_printf(&p->plan->arena, "network '%s' ", n->name);
	const char *reason = NULL;

	if (!have)
		reason = arena_printf(&p->plan->arena, "%snot created", called);
	else if (change)
		reason = arena_printf(&p->plan->arena, "network '%s': %s", n->name, change);
	else if (!have->active)
		reason = arena_printf(&p->plan->arena, "%snot running", called);
	else
		reason = first_lack(p, need->engine, have, network);
	if (change)
		need->effect = EFFECT_RESTART;
	if (reason)
		add_reason(need, reason);
}

static bool any_exists(const struct planner *p, const char *engine)
{
	const struct observed *o = p->request->observed;

	for (size_t i = 0; i < o->network_count; i++) {
		if (strcmp(o->networks[i].project.id, p->request->project_id) == 0 &&
		    text_equal(o->networks[i].engine, engine))
			return true;
	}
	return false;
}

static void look_at_all(struct need *need)
{
	const struct env *env = need->p->request->env;

	need->any_exists = any_exists(need->p, need->engine);
	for (size_t i = 0; i < env->network_count; i++) {
		if (network_is_ours(env->networks[i].kind) && is_needed(need->p, need->engine, i))
			look_at(need, i);
	}
	/* Where there is nothing at all, a list of all that is not there tells no more. */
	if (!need->any_exists && need->reasons.len) {
		text_reset(&need->reasons);
		text_add(&need->reasons, "not created");
	}
}

size_t planner_network_step(struct planner *p, size_t index)
{
	struct need need = { .p = p, .engine = p->request->views[index].engine };
	char *id = arena_printf(&p->plan->arena, "network/%s", need.engine);
	struct step *s;

	for (size_t i = 0; i < p->plan->count; i++) {
		if (strcmp(p->plan->steps[i].id, id) == 0)
			return i;
	}
	look_at_all(&need);
	if (!need.reasons.len)
		return PLANNER_NO_STEP;
	s = planner_add(p, STEP_NETWORK, NULL,
			arena_strdup(&p->plan->arena, text_str(&need.reasons)));
	text_clear(&need.reasons);
	s->id = s->lane = id;
	s->provider = p->request->env->machines[index].provider;
	s->creates = !need.any_exists;
	s->effect = need.effect;
	return p->plan->count - 1;
}

void planner_network_step_live(struct planner *p, size_t index)
{
	const struct env *env = p->request->env;
	const struct machine *m = &env->machines[index];

	for (size_t i = 0; i < m->card_count; i++) {
		const struct network *n = &env->networks[m->cards[i].network];
		const struct observed_network *have =
			existing(p, p->request->views[index].engine, n);

		if (network_is_ours(n->kind) && have && have->active &&
		    (lack(p, have, n, m) || spare_name(p, have, n))) {
			planner_network_step(p, index);
			return;
		}
	}
}

/* Whether the machine has a card there, also one that it should not have any more. */
static bool was_on(const struct planner *p, size_t index, size_t network)
{
	const struct machine *m = &p->request->env->machines[index];
	const struct observed_machine *have = planner_have(p, m->name);
	const char *name = p->request->env->networks[network].name;

	if (!have)
		return false;
	for (size_t i = 0; i < have->card_count; i++) {
		if (text_equal(have->cards[i].network, name))
			return true;
	}
	return have->card_count == 0 && is_on(m, network);
}

const char *planner_with_network_change(struct planner *p, size_t index, const char *difference)
{
	const char *engine = p->request->views[index].engine;
	const struct env *env = p->request->env;

	for (size_t i = 0; i < env->network_count; i++) {
		const struct network *n = &env->networks[i];

		if (!network_is_ours(n->kind) || !was_on(p, index, i) || !is_needed(p, engine, i) ||
		    !settings_change(p, existing(p, engine, n), n))
			continue;
		difference = arena_printf(&p->plan->arena, "%s%snetwork '%s' changes",
					  difference ? difference : "", difference ? ", " : "",
					  n->name);
	}
	return difference;
}
