/* SPDX-License-Identifier: Apache-2.0 */
/* The planner: requests, steps and their words. */
#include "core/plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/planner.h"
#include "core/provisioners.h"
#include "core/strings.h"
#include "core/text.h"

struct step *planner_add(struct planner *p, enum step_kind kind, const char *machine,
			 const char *reason)
{
	struct plan *plan = p->plan;
	struct step *s;

	plan->steps = arena_grow(&plan->arena, plan->steps, plan->count, sizeof(*plan->steps));
	s = &plan->steps[plan->count++];
	*s = (struct step){ .kind = kind, .machine = machine, .lane = machine, .reason = reason };
	s->id = arena_printf(&plan->arena, "%s/%s", machine ? machine : "project",
			     step_kind_name(kind));
	return s;
}

void planner_need(struct planner *p, size_t step)
{
	struct step *s = &p->plan->steps[p->plan->count - 1];
	size_t *needs;

	for (size_t i = 0; i < s->need_count; i++) {
		if (s->needs[i] == step)
			return;
	}
	if (step == PLANNER_NO_STEP || step == p->plan->count - 1)
		return;
	needs = arena_alloc(&p->plan->arena, (s->need_count + 1) * sizeof(*needs));
	if (s->need_count)
		memcpy(needs, s->needs, s->need_count * sizeof(*needs));
	needs[s->need_count++] = step;
	s->needs = needs;
}

bool planner_names(const struct planner *p, const char *machine)
{
	const struct strings *names = p->request->names;

	return names && strings_have(names, machine);
}

const struct observed_machine *planner_have(const struct planner *p, const char *machine)
{
	return observed_machine(p->request->observed, p->request->project_id, machine);
}

bool planner_asked_for(const struct strings *words, const struct provisioner *what)
{
	for (size_t i = 0; i < words->count; i++) {
		if (strcmp(words->at[i], what->name) == 0 || text_equal(words->at[i], what->each) ||
		    strcmp(words->at[i], provisioner_kind_name(what->kind)) == 0)
			return true;
	}
	return false;
}

static bool is_known(const struct plan_request *r, const char *name)
{
	return (r->env && env_machine(r->env, name)) ||
	       observed_machine(r->observed, r->project_id, name);
}

static int check_names(const struct plan_request *r, struct error *err)
{
	for (size_t i = 0; r->names && i < r->names->count; i++) {
		const char *name = r->names->at[i];

		if (!is_known(r, name))
			return error_set(err, ERROR_USAGE, "there is no machine '%s'", name);
		if (r->goal <= GOAL_PROVISION && !env_machine(r->env, name))
			return error_set(err, ERROR_USAGE, "machine '%s' is not in '%s' any more",
					 name, r->env->file);
	}
	return 0;
}

int plan_build(const struct plan_request *request, struct plan *out, struct error *err)
{
	struct plan plan = { 0 };
	struct planner p = { .request = request, .plan = &plan };

	if (check_names(request, err) < 0)
		return -1;
	if (request->goal == GOAL_HALT || request->goal == GOAL_DESTROY) {
		plan_downwards(&p);
	} else if (plan_upwards(&p, err) < 0) {
		plan_clear(&plan);
		return -1;
	}
	*out = plan;
	return 0;
}

void plan_clear(struct plan *p)
{
	arena_clear(&p->arena);
	*p = (struct plan){ 0 };
}

const char *step_kind_name(enum step_kind kind)
{
	static const char *const names[] = {
		[STEP_BOX] = "box",
		[STEP_NETWORK] = "network",
		[STEP_CREATE] = "create",
		[STEP_PUBLISH] = "publish",
		[STEP_START] = "start",
		[STEP_UPDATE] = "update",
		[STEP_FOLDERS] = "folders",
		[STEP_PROVISION] = "provision",
		[STEP_READY] = "ready",
		[STEP_HOOK] = "hook",
		[STEP_STOP] = "stop",
		[STEP_REMOVE] = "remove",
		[STEP_NETWORK_REMOVE] = "network_remove",
	};

	return names[kind];
}

const char *step_effect_name(enum step_effect effect)
{
	static const char *const names[] = {
		[EFFECT_NONE] = "none",
		[EFFECT_LIVE] = "live",
		[EFFECT_RESTART] = "restart",
		[EFFECT_RECREATE] = "recreate",
		[EFFECT_LOSES_DATA] = "loses_data",
	};

	return names[effect];
}

char *plan_box_id(const struct machine *m)
{
	cleanup_text struct text id = { 0 };

	text_addf(&id, "box/%s", m->box);
	if (m->box_version)
		text_addf(&id, "@%s", m->box_version);
	if (m->box_architecture)
		text_addf(&id, "@%s", m->box_architecture);
	text_addf(&id, "/%s", m->provider);
	return text_take(&id);
}
