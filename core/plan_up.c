/* SPDX-License-Identifier: Apache-2.0 */
/* up, reload, provision: from what exists to what the file wants. */
#include "core/planner.h"

#include <stdlib.h>
#include <string.h>

#include "core/drift.h"

struct step *planner_add_for(struct planner *p, size_t index, enum step_kind kind,
			     const char *reason)
{
	const struct machine *m = &p->request->env->machines[index];
	struct step *s = planner_add(p, kind, m->name, reason);

	s->want = m;
	s->have = planner_have(p, m->name);
	s->provider = m->provider;
	planner_need(p, p->last[index]);
	p->last[index] = p->plan->count - 1;
	return s;
}

/* Machines of one box share the step that brings it. */
static size_t box_step(struct planner *p, size_t index)
{
	const struct machine *m = &p->request->env->machines[index];
	cleanup_free char *id = NULL;
	struct step *s;

	if (p->request->views[index].base_present)
		return PLANNER_NO_STEP;
	id = plan_box_id(m);
	for (size_t i = 0; i < p->plan->count; i++) {
		s = &p->plan->steps[i];
		if (s->kind != STEP_BOX || strcmp(s->id, id) != 0)
			continue;
		/* One checksum is enough to hold the box to it. */
		if (!s->want->box_checksum)
			s->want = m;
		return i;
	}
	s = planner_add(p, STEP_BOX, NULL, "not in the store");
	s->id = arena_strdup(&p->plan->arena, id);
	s->lane = s->id;
	s->want = m;
	s->provider = m->provider;
	return p->plan->count - 1;
}

/* Why this provisioner is due, or NULL. `anew`: the machine is made in this plan. */
static const char *provision_reason(const struct planner *p, size_t index,
				    const struct provisioner *what, bool anew)
{
	const struct plan_request *r = p->request;
	const struct observed_machine *have = planner_have(p, r->env->machines[index].name);
	const struct record *record = r->views[index].record;
	const struct record_entry *entry = NULL;

	if (r->provisioners && r->provisioners->count)
		return planner_asked_for(r->provisioners, what) ? "asked for" : NULL;
	if (r->provision == PROVISION_SKIP || what->when == WHEN_NEVER)
		return NULL;
	if (!anew && have && record && text_equal(record->machine_id, have->id))
		entry = record_find(record, &r->env->machines[index].provision, what);
	if (!entry)
		return "has not run";
	if (!entry->ok)
		return "failed last time";
	if (strcmp(entry->digest, what->digest) != 0)
		return "changed since it ran";
	if (what->when == WHEN_ALWAYS)
		return "runs always";
	return r->provision == PROVISION_FORCE ? "asked for" : NULL;
}

/* Through those that have nothing to do: what they depend on may have. */
static void need_dependencies_unseen(struct planner *p, size_t index, bool *seen)
{
	const struct machine *m = &p->request->env->machines[index];

	for (size_t i = 0; i < m->depend_count; i++) {
		size_t on = m->depends[i];

		if (seen[on])
			continue;
		seen[on] = true;
		if (p->last[on] == PLANNER_NO_STEP)
			need_dependencies_unseen(p, on, seen);
		else
			planner_need(p, p->last[on]);
	}
}

static void need_dependencies(struct planner *p, size_t index)
{
	bool *seen = xcalloc(p->request->env->machine_count, sizeof(*seen));

	need_dependencies_unseen(p, index, seen);
	free(seen);
}

static void add_provisions(struct planner *p, size_t index, bool anew)
{
	const struct machine *m = &p->request->env->machines[index];

	for (size_t i = 0; i < m->provision.count; i++) {
		const struct provisioner *what = &m->provision.at[i];
		const char *reason = provision_reason(p, index, what, anew);
		bool first = p->last[index] == PLANNER_NO_STEP;
		struct step *s;

		if (!reason)
			continue;
		s = planner_add_for(p, index, STEP_PROVISION, reason);
		s->id = arena_printf(&p->plan->arena, "%s/provision/%s", m->name, what->name);
		s->provisioner = what;
		if (first)
			need_dependencies(p, index);
	}
}

static void create(struct planner *p, size_t index, const char *reason)
{
	size_t box = box_step(p, index), network = planner_network_step(p, index);

	planner_add_for(p, index, STEP_CREATE, reason);
	planner_need(p, box);
	planner_need(p, network);
	planner_publish(p, index, true);
	planner_add_for(p, index, STEP_START, "new");
	need_dependencies(p, index);
}

/* The old one goes only when what the new one is made from is there. */
static void recreate(struct planner *p, size_t index, const struct observed_machine *have,
		     const char *reason)
{
	size_t box = box_step(p, index), network = planner_network_step(p, index);
	struct step *s = planner_add_for(p, index, STEP_REMOVE, reason);

	s->effect = have->complete ? EFFECT_LOSES_DATA : EFFECT_NONE;
	s->provider = have->provider;
	planner_need(p, box);
	planner_need(p, network);
	create(p, index, "to be made anew");
}

/* Gives a machine that exists what the file wants. */
static void update(struct planner *p, size_t index, bool active, const char *difference)
{
	size_t network = planner_network_step(p, index);

	if (active)
		planner_publish(p, index, true);
	planner_add_for(p, index, STEP_UPDATE, difference)->effect = active ? EFFECT_RESTART :
									      EFFECT_NONE;
	planner_need(p, network);
	if (active)
		need_dependencies(p, index);
}

/* Brings an existing machine to what the file wants, and up. */
static void converge(struct planner *p, size_t index, const struct observed_machine *have,
		     const char *difference)
{
	bool running = have->state == MACHINE_RUNNING;
	bool active = running || have->state == MACHINE_PAUSED;
	size_t network;

	if (p->request->goal == GOAL_RELOAD && active && !difference)
		difference = "reload asked for";
	if (difference)
		update(p, index, active, difference);
	/* Changing one that is active starts it again. */
	if (active && difference)
		return;
	if (running && !p->request->views[index].booting) {
		planner_network_step_live(p, index);
		planner_publish(p, index, false);
		return;
	}
	network = running ? PLANNER_NO_STEP : planner_network_step(p, index);
	planner_publish(p, index, true);
	planner_add_for(p, index, STEP_START,
			running ? "was not seen to come up" : machine_state_name(have->state));
	planner_need(p, network);
	need_dependencies(p, index);
}

/* What a new machine, or what is left of one, needs. An engine takes away only what is its own. */
static void bring_new(struct planner *p, size_t index, const struct observed_machine *have)
{
	const char *reason = have ? "its creation was interrupted" : "not created";

	if (p->request->goal == GOAL_RELOAD)
		return;
	if (have && strcmp(have->provider, p->request->env->machines[index].provider) != 0)
		recreate(p, index, have, reason);
	else
		create(p, index, reason);
	add_provisions(p, index, true);
}

static void bring_up(struct planner *p, size_t index)
{
	const struct plan_request *r = p->request;
	const struct observed_machine *have = planner_have(p, r->env->machines[index].name);
	struct drift drift;

	if (!have || !have->complete) {
		bring_new(p, index, have);
		return;
	}
	drift = drift_find(r->env, &r->env->machines[index], have, &r->views[index],
			   &p->plan->arena);
	if (drift.effect == EFFECT_LOSES_DATA) {
		recreate(p, index, have, drift.reason);
		add_provisions(p, index, true);
		return;
	}
	converge(p, index, have, planner_with_network_change(p, index, drift.reason));
	add_provisions(p, index, false);
}

/* One the goal is not about, on a network that is made anew for those that it is about. */
static void keep_on_network(struct planner *p, size_t index)
{
	const struct machine *m = &p->request->env->machines[index];
	const struct observed_machine *have = planner_have(p, m->name);
	const char *reason = planner_with_network_change(p, index, NULL);

	if (reason && have && have->complete && strcmp(have->provider, m->provider) == 0)
		update(p, index, have->state == MACHINE_RUNNING || have->state == MACHINE_PAUSED,
		       reason);
}

static void mean_with_dependencies(struct planner *p, size_t index)
{
	const struct machine *m = &p->request->env->machines[index];

	if (p->meant[index])
		return;
	p->meant[index] = true;
	for (size_t i = 0; p->request->goal == GOAL_UP && i < m->depend_count; i++)
		mean_with_dependencies(p, m->depends[i]);
}

static void choose(struct planner *p)
{
	const struct plan_request *r = p->request;
	bool all = !r->names || r->names->count == 0;

	for (size_t i = 0; i < r->env->machine_count; i++) {
		const struct machine *m = &r->env->machines[i];

		if (all ? m->autostart || r->goal != GOAL_UP : planner_names(p, m->name))
			mean_with_dependencies(p, i);
	}
}

static int check_provisioner(const struct planner *p, const char *word, struct error *err)
{
	const struct strings words = { .at = &word, .count = 1 };
	const struct env *env = p->request->env;

	for (size_t i = 0; i < env->machine_count; i++) {
		const struct provisioners *list = &env->machines[i].provision;

		for (size_t k = 0; p->meant[i] && k < list->count; k++) {
			if (planner_asked_for(&words, &list->at[k]))
				return 0;
		}
	}
	return error_set(err, ERROR_USAGE, "no machine has a provisioner '%s'", word);
}

static int check_provisioners(const struct planner *p, struct error *err)
{
	const struct strings *words = p->request->provisioners;

	for (size_t i = 0; words && i < words->count; i++) {
		if (check_provisioner(p, words->at[i], err) < 0)
			return -1;
	}
	return 0;
}

static void provision_one(struct planner *p, size_t index)
{
	const struct plan_request *r = p->request;
	const struct observed_machine *have = planner_have(p, r->env->machines[index].name);

	if (have && have->state == MACHINE_RUNNING)
		add_provisions(p, index, false);
}

/* Dependencies first, so that their last steps are known; a machine may be planned once only. */
static void plan_machine(struct planner *p, size_t index, bool *planned)
{
	const struct machine *m = &p->request->env->machines[index];

	if (planned[index])
		return;
	planned[index] = true;
	for (size_t i = 0; i < m->depend_count; i++)
		plan_machine(p, m->depends[i], planned);
	if (!p->meant[index])
		return;
	if (p->request->goal == GOAL_PROVISION)
		provision_one(p, index);
	else
		bring_up(p, index);
}

int plan_upwards(struct planner *p, struct error *err)
{
	size_t count = p->request->env->machine_count;
	bool *planned = xcalloc(count, sizeof(*planned));
	int rc;

	p->meant = xcalloc(count, sizeof(*p->meant));
	p->last = xcalloc(count, sizeof(*p->last));
	for (size_t i = 0; i < count; i++)
		p->last[i] = PLANNER_NO_STEP;
	choose(p);
	rc = check_provisioners(p, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		plan_machine(p, i, planned);
	for (size_t i = 0; rc == 0 && i < count && p->request->goal != GOAL_PROVISION; i++) {
		if (!p->meant[i])
			keep_on_network(p, i);
	}
	free(p->meant);
	free(p->last);
	free(planned);
	return rc;
}
