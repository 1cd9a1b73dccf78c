/* SPDX-License-Identifier: Apache-2.0 */
/* up, reload, provision: from what exists to what the file wants. */
#include "core/planner.h"

#include <stdlib.h>
#include <string.h>

#include "core/drift.h"
#include "core/text.h"

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

void planner_need_dependencies(struct planner *p, size_t index)
{
	bool *seen = xcalloc(p->request->env->machine_count, sizeof(*seen));

	need_dependencies_unseen(p, index, seen);
	free(seen);
}

void planner_drop(struct planner *p, size_t index, size_t count, size_t last)
{
	p->plan->count = count;
	p->last[index] = last;
}

static void create(struct planner *p, size_t index, const char *reason)
{
	size_t box = box_step(p, index), network = planner_network_step(p, index);

	planner_add_for(p, index, STEP_CREATE, reason);
	planner_need(p, box);
	planner_need(p, network);
	planner_publish(p, index, true);
	planner_add_for(p, index, STEP_START, "new");
	planner_need_dependencies(p, index);
	planner_folders(p, index, true);
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
	struct step *s;

	if (active)
		planner_publish(p, index, true);
	s = planner_add_for(p, index, STEP_UPDATE, difference);
	s->effect = active ? EFFECT_RESTART : EFFECT_NONE;
	s->force = p->request->force;
	planner_need(p, network);
	if (!active)
		return;
	planner_need_dependencies(p, index);
	planner_folders(p, index, true);
}

/* Brings an existing machine to what the file wants, and up. */
static void converge(struct planner *p, size_t index, const struct observed_machine *have,
		     const char *difference)
{
	bool running = have->state == MACHINE_RUNNING;
	bool active = running || have->state == MACHINE_PAUSED;
	size_t network;

	if (p->request->goal == GOAL_RELOAD && active && !difference)
		difference = PLAN_RELOAD;
	if (difference)
		update(p, index, active, difference);
	/* Changing one that is active starts it again. */
	if (active && difference)
		return;
	if (running && !p->request->views[index].booting) {
		planner_network_step_live(p, index);
		planner_publish(p, index, false);
		planner_folders(p, index, false);
		return;
	}
	network = running ? PLANNER_NO_STEP : planner_network_step(p, index);
	planner_publish(p, index, true);
	planner_add_for(p, index, STEP_START,
			running ? "was not seen to come up" : machine_state_name(have->state));
	planner_need(p, network);
	planner_need_dependencies(p, index);
	planner_folders(p, index, true);
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
	planner_provisions(p, index, true);
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
		planner_provisions(p, index, true);
		return;
	}
	converge(p, index, have, planner_with_network_change(p, index, drift.reason));
	planner_provisions(p, index, false);
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

static void provision_one(struct planner *p, size_t index)
{
	const struct plan_request *r = p->request;
	const struct observed_machine *have = planner_have(p, r->env->machines[index].name);

	if (have && have->state == MACHINE_RUNNING)
		planner_provisions(p, index, false);
}

static bool is_worked_on(const struct planner *p, const char *machine, size_t from)
{
	for (size_t i = from; i < p->plan->count; i++) {
		if (text_equal(p->plan->steps[i].machine, machine))
			return true;
	}
	return false;
}

/* Hooks go around the work: where there is none they do not run. */
static void plan_with_hooks(struct planner *p, size_t index)
{
	size_t count = p->plan->count, last = p->last[index], begun;
	bool reload = p->request->goal == GOAL_RELOAD, works;

	if (p->request->goal == GOAL_PROVISION) {
		provision_one(p, index);
		if (is_worked_on(p, p->request->env->machines[index].name, count))
			planner_ready(p, index);
		return;
	}
	planner_hooks(p, index, reload ? HOOK_BEFORE_RELOAD : HOOK_BEFORE_UP);
	begun = p->plan->count;
	bring_up(p, index);
	works = is_worked_on(p, p->request->env->machines[index].name, begun);
	if (!works && !planner_ready_is_due(p, index)) {
		planner_drop_hooks(p, index, count, begun, last);
		return;
	}
	planner_ready(p, index);
	if (!works)
		planner_need_dependencies(p, index);
	planner_hooks(p, index, reload ? HOOK_AFTER_RELOAD : HOOK_AFTER_UP);
}

/* One that runs and has nothing to do may still not serve: whoever has to do with it waits for that. */
static void await_dependencies(struct planner *p, size_t index)
{
	const struct machine *m = &p->request->env->machines[index];

	for (size_t i = 0; i < m->depend_count; i++) {
		size_t on = m->depends[i];
		const struct observed_machine *have =
			planner_have(p, p->request->env->machines[on].name);

		if (p->last[on] == PLANNER_NO_STEP && have && have->state == MACHINE_RUNNING)
			planner_ready(p, on);
	}
}

static void plan_awaiting(struct planner *p, size_t index)
{
	const struct machine *m = &p->request->env->machines[index];
	size_t count = p->plan->count, begun;

	if (p->request->goal != GOAL_PROVISION)
		await_dependencies(p, index);
	begun = p->plan->count;
	plan_with_hooks(p, index);
	if (p->plan->count != begun)
		return;
	for (size_t i = 0; i < m->depend_count && begun > count; i++) {
		size_t *last = &p->last[m->depends[i]];

		if (*last != PLANNER_NO_STEP && *last >= count)
			*last = PLANNER_NO_STEP;
	}
	p->plan->count = count;
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
	if (p->meant[index])
		plan_awaiting(p, index);
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
	rc = planner_check_provisioners(p, err);
	if (rc == 0 && p->request->goal != GOAL_PROVISION)
		rc = planner_check_room(p, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		plan_machine(p, i, planned);
	for (size_t i = 0; rc == 0 && i < count && p->request->goal != GOAL_PROVISION; i++) {
		if (!p->meant[i])
			keep_on_network(p, i);
	}
	if (rc == 0)
		planner_once(p);
	free(p->meant);
	free(p->last);
	free(planned);
	return rc;
}
