/* SPDX-License-Identifier: Apache-2.0 */
/* halt and destroy: whatever exists of the project, also what the file no longer has. */
#include "core/planner.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

static bool reaches(const struct env *env, const struct machine *from, const struct machine *to,
		    bool *seen)
{
	for (size_t i = 0; i < from->depend_count; i++) {
		size_t next = from->depends[i];

		if (&env->machines[next] == to)
			return true;
		if (seen[next])
			continue;
		seen[next] = true;
		if (reaches(env, &env->machines[next], to, seen))
			return true;
	}
	return false;
}

/* True if the machine `name` depends, at whatever distance, on `on`. */
static bool depends_on(const struct env *env, const char *name, const char *on)
{
	const struct machine *from = env ? env_machine(env, name) : NULL;
	const struct machine *to = env ? env_machine(env, on) : NULL;
	bool *seen, found;

	if (!from || !to)
		return false;
	seen = xcalloc(env->machine_count, sizeof(*seen));
	found = reaches(env, from, to, seen);
	free(seen);
	return found;
}

/* The step added last follows those of the same machine, and of all that depend on it. */
static void need_earlier(struct planner *p, const char *machine)
{
	for (size_t i = 0; i + 1 < p->plan->count; i++) {
		const char *other = p->plan->steps[i].machine;

		if (text_equal(other, machine) || depends_on(p->request->env, other, machine))
			planner_need(p, i);
	}
}

static void add_downward_step(struct planner *p, const struct observed_machine *have)
{
	const struct plan_request *r = p->request;
	bool destroy = r->goal == GOAL_DESTROY;
	struct step *s = planner_add(p, destroy ? STEP_REMOVE : STEP_STOP, have->name,
				     destroy ? "destroy asked for" : "halt asked for");

	s->have = have;
	s->want = r->env ? env_machine(r->env, have->name) : NULL;
	s->provider = have->provider;
	s->effect = destroy ? EFFECT_LOSES_DATA : EFFECT_NONE;
	s->force = r->force;
	need_earlier(p, have->name);
}

/* In the lane, in turn; what is in the guest only where it runs. */
static void add_downward_hooks(struct planner *p, const struct observed_machine *have, bool before)
{
	const struct plan_request *r = p->request;
	const struct machine *m = r->env ? env_machine(r->env, have->name) : NULL;
	bool destroy = r->goal == GOAL_DESTROY;
	enum hook_event event = destroy ? (before ? HOOK_BEFORE_DESTROY : HOOK_AFTER_DESTROY) :
				before  ? HOOK_BEFORE_HALT :
					  HOOK_AFTER_HALT;
	unsigned number = 0;

	for (size_t i = 0; m && i < m->hook_count && !r->no_hooks; i++) {
		const struct hook *h = &m->hooks[i];
		struct step *s;

		if (h->event != event || (h->kind == HOOK_GUEST && have->state != MACHINE_RUNNING))
			continue;
		s = planner_add(p, STEP_HOOK, have->name, planner_hook_reason(p, h));
		s->id = arena_printf(&p->plan->arena, "%s/hook/%s-%u", have->name,
				     hook_event_name(event), ++number);
		s->hook = h;
		s->have = have;
		s->want = m;
		s->provider = have->provider;
		need_earlier(p, have->name);
	}
}

static bool is_meant_downward(const struct planner *p, const struct observed_machine *m)
{
	const struct plan_request *r = p->request;

	if (strcmp(m->project.id, r->project_id) != 0)
		return false;
	if (r->goal == GOAL_HALT &&
	    (m->state == MACHINE_STOPPED || m->state == MACHINE_NOT_CREATED))
		return false;
	return !r->names || r->names->count == 0 || planner_names(p, m->name);
}

/* Whether all who depend on it, and still have to go, have their step already. */
static bool is_free_to_go(const struct planner *p, const struct observed_machine *m,
			  const bool *done)
{
	const struct plan_request *r = p->request;

	for (size_t i = 0; i < r->observed->machine_count; i++) {
		const struct observed_machine *other = &r->observed->machines[i];

		if (!done[i] && other != m && is_meant_downward(p, other) &&
		    depends_on(r->env, other->name, m->name))
			return false;
	}
	return true;
}

static bool is_project_empty(const struct plan_request *r, size_t removed)
{
	size_t left = 0;

	for (size_t i = 0; i < r->observed->machine_count; i++)
		left += strcmp(r->observed->machines[i].project.id, r->project_id) == 0;
	return left <= removed;
}

static bool is_planned(const struct planner *p, const struct observed_network *network)
{
	for (size_t i = 0; i < p->plan->count; i++) {
		if (text_equal(p->plan->steps[i].engine, network->engine))
			return true;
	}
	return false;
}

/* One step takes all networks of an engine. */
static void plan_network_removal(struct planner *p, const struct observed_network *network,
				 size_t steps)
{
	struct step *s;

	if (is_planned(p, network))
		return;
	s = planner_add(p, STEP_NETWORK_REMOVE, NULL, "no machine is left");
	s->id = s->lane = arena_printf(&p->plan->arena, "network/%s/remove", network->engine);
	s->engine = network->engine;
	/* A hook after the end of a machine that fails leaves nothing on the network. */
	for (size_t i = 0; i < steps; i++) {
		if (p->plan->steps[i].kind != STEP_HOOK)
			planner_need(p, i);
	}
}

void plan_downwards(struct planner *p)
{
	const struct plan_request *r = p->request;
	size_t count = r->observed->machine_count, removals = 0, steps;
	bool *done = xcalloc(count, sizeof(*done)), progress = true;

	while (progress) {
		progress = false;
		for (size_t i = count; i > 0; i--) {
			const struct observed_machine *m = &r->observed->machines[i - 1];

			if (done[i - 1] || !is_meant_downward(p, m) || !is_free_to_go(p, m, done))
				continue;
			add_downward_hooks(p, m, true);
			add_downward_step(p, m);
			add_downward_hooks(p, m, false);
			removals++;
			done[i - 1] = progress = true;
		}
	}
	free(done);
	steps = p->plan->count;
	if (r->goal != GOAL_DESTROY || !is_project_empty(r, removals))
		return;
	for (size_t i = 0; i < r->observed->network_count; i++) {
		const struct observed_network *network = &r->observed->networks[i];

		if (strcmp(network->project.id, r->project_id) == 0)
			plan_network_removal(p, network, steps);
	}
}
