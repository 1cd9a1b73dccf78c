/* SPDX-License-Identifier: Apache-2.0 */
/* Which provisioners are due, in machines and once all of them are up. */
#include "core/planner.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* The lane of what runs on this host. */
#define LANE_ONCE "once"

/* The provisioners of a machine, or env.once, and what ran of them. */
struct due {
	const struct planner *p;
	const struct provisioners *list;
	const struct record *record; /* NULL: nothing ran */
	enum provision_mode mode;
};

static const struct provisioner *find(const struct provisioners *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->at[i].name, name) == 0 || text_equal(list->at[i].each, name))
			return &list->at[i];
	}
	return NULL;
}

static const char *reason_from(const struct due *d, const struct provisioner *what)
{
	const struct provisioner *from = find(d->list, d->p->request->from);

	if (!from || what < from)
		return NULL;
	if (what == from)
		return "asked for";
	return what->when == WHEN_NEVER ?
		       NULL :
		       arena_printf(&d->p->plan->arena, "comes after '%s'", from->name);
}

static const char *reason_by_record(const struct due *d, const struct provisioner *what)
{
	const struct record_entry *entry = d->record ? record_find(d->record, d->list, what) : NULL;

	if (!entry)
		return "has not run";
	if (!entry->ok)
		return "failed last time";
	if (strcmp(entry->digest, what->digest) != 0)
		/* cloud-init reads its data at the first boot only. */
		return what->kind == PROVISION_CLOUD_INIT ?
			       "changed since it ran, for a new machine only" :
			       "changed since it ran";
	if (what->when == WHEN_ALWAYS)
		return "runs always";
	return d->mode == PROVISION_FORCE ? "asked for" : NULL;
}

/* One that runs around another one also does whenever that does. */
static const char *reason_to_run(const struct due *d, const struct provisioner *what)
{
	if (what->around && reason_by_record(d, what->around))
		return arena_printf(&d->p->plan->arena, "runs %s '%s'",
				    what < what->around ? "before" : "after", what->around->name);
	return reason_by_record(d, what);
}

/* Why this provisioner is due, or NULL. */
static const char *due_reason(const struct due *d, const struct provisioner *what)
{
	const struct plan_request *r = d->p->request;
	const char *reason = NULL;

	if (r->provisioners && r->provisioners->count)
		reason = planner_asked_for(r->provisioners, what) ? "asked for" : NULL;
	else if (r->from)
		reason = reason_from(d, what);
	else if (d->mode != PROVISION_SKIP && what->when != WHEN_NEVER)
		reason = reason_to_run(d, what);
	return reason && what->sensitive ?
		       arena_printf(&d->p->plan->arena, "%s, sensitive", reason) :
		       reason;
}

static void add_due(struct planner *p, size_t index, bool anew)
{
	const struct machine *m = &p->request->env->machines[index];
	const struct observed_machine *have = planner_have(p, m->name);
	const struct record *record = p->request->views[index].record;
	bool known = !anew && have && record && text_equal(record->machine_id, have->id);
	const struct due due = { .p = p,
				 .list = &m->provision,
				 .record = known ? record : NULL,
				 .mode = p->request->provision };

	for (size_t i = 0; i < m->provision.count; i++) {
		const struct provisioner *what = &m->provision.at[i];
		const char *reason = due_reason(&due, what);
		bool first = !planner_has_work(p, index);
		struct step *s;

		if (!reason)
			continue;
		s = planner_add_for(p, index, STEP_PROVISION, reason);
		s->id = arena_printf(&p->plan->arena, "%s/provision/%s", m->name, what->name);
		s->provisioner = what;
		if (first)
			planner_need_dependencies(p, index);
	}
}

void planner_provisions(struct planner *p, size_t index, bool anew)
{
	size_t count = p->plan->count, last = p->last[index], begun;

	planner_hooks(p, index, HOOK_BEFORE_PROVISION);
	begun = p->plan->count;
	add_due(p, index, anew);
	if (p->plan->count == begun)
		planner_drop(p, index, count, last);
	else
		planner_hooks(p, index, HOOK_AFTER_PROVISION);
}

/* Whether the machine is up when the plan is done. */
static bool is_up_then(const struct planner *p, size_t index)
{
	const struct plan_request *r = p->request;
	const struct observed_machine *have = planner_have(p, r->env->machines[index].name);

	if (r->goal == GOAL_UP && p->meant[index])
		return true;
	if (!have || !have->complete)
		return false;
	return have->state == MACHINE_RUNNING || (r->goal == GOAL_RELOAD && p->meant[index]);
}

/* Without one that has autostart it is all of them. */
static bool are_all_up_then(const struct planner *p)
{
	const struct env *env = p->request->env;
	bool some = false;

	for (size_t i = 0; i < env->machine_count; i++)
		some = some || env->machines[i].autostart;
	for (size_t i = 0; i < env->machine_count; i++) {
		if ((env->machines[i].autostart || !some) && !is_up_then(p, i))
			return false;
	}
	return true;
}

static bool makes_a_machine(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->steps[i].kind == STEP_CREATE)
			return true;
	}
	return false;
}

static void need_last_steps(struct planner *p)
{
	for (size_t i = 0; i < p->request->env->machine_count; i++)
		planner_need(p, p->last[i]);
}

/* Returns the number of its step. */
static size_t add_once(struct planner *p, const struct provisioner *what, const char *reason,
		       size_t before)
{
	const struct machine *m = what->machine ? env_machine(p->request->env, what->machine) :
						  NULL;
	struct step *s = planner_add(p, STEP_PROVISION, what->machine, reason);

	s->id = arena_printf(&p->plan->arena, "once/%s", what->name);
	s->provisioner = what;
	s->want = m;
	s->have = m ? planner_have(p, m->name) : NULL;
	s->provider = m ? m->provider : NULL;
	if (!m)
		s->lane = LANE_ONCE;
	need_last_steps(p);
	planner_need(p, before);
	return p->plan->count - 1;
}

void planner_once(struct planner *p)
{
	const struct plan_request *r = p->request;
	const struct provisioners *once = &r->env->once;
	bool known = r->once && r->once_id && text_equal(r->once->machine_id, r->once_id) &&
		     !makes_a_machine(p->plan);
	bool named = r->names && r->names->count;
	const struct due due = {
		.p = p,
		.list = once,
		.record = known ? r->once : NULL,
		/* Who asks for one machine's provisioners again does not mean those of all. */
		.mode = named && r->provision == PROVISION_FORCE ? PROVISION_DUE : r->provision,
	};
	size_t before = PLANNER_NO_STEP;

	for (size_t i = 0; i < once->count && are_all_up_then(p); i++) {
		const struct provisioner *what = &once->at[i];
		const struct machine *m = what->machine ? env_machine(r->env, what->machine) : NULL;
		const char *reason = due_reason(&due, what);

		if (reason && (!m || is_up_then(p, (size_t)(m - r->env->machines))))
			before = add_once(p, what, reason, before);
	}
}

/* Whether one of the list is meant by that word: a name or kind, or a name alone. */
static bool has(const struct provisioners *list, const char *word, bool by_kind)
{
	const struct strings words = { .at = &word, .count = 1 };

	for (size_t i = 0; by_kind && i < list->count; i++) {
		if (planner_asked_for(&words, &list->at[i]))
			return true;
	}
	return find(list, word);
}

/* The nearest name to that word among all that are meant, or NULL. */
static const char *nearest(const struct planner *p, const char *word)
{
	const struct env *env = p->request->env;
	const char **names = NULL, *near;
	size_t count = 0;

	for (size_t i = 0; i <= env->machine_count; i++) {
		const struct provisioners *list =
			i < env->machine_count ? &env->machines[i].provision : &env->once;

		for (size_t k = 0; k < list->count && (list == &env->once || p->meant[i]); k++) {
			names = xgrow(names, count, sizeof(*names));
			names[count++] = list->at[k].name;
		}
	}
	near = text_nearest(word, names, count);
	free(names);
	return near;
}

/* A machine that has it, but is not meant, or NULL. */
static const char *other_with(const struct planner *p, const char *word, bool by_kind)
{
	const struct env *env = p->request->env;

	for (size_t i = 0; i < env->machine_count; i++) {
		if (!p->meant[i] && has(&env->machines[i].provision, word, by_kind))
			return env->machines[i].name;
	}
	return NULL;
}

static int check(const struct planner *p, const char *word, bool by_kind, struct error *err)
{
	const struct env *env = p->request->env;
	const char *near, *other;

	for (size_t i = 0; i < env->machine_count; i++) {
		if (p->meant[i] && has(&env->machines[i].provision, word, by_kind))
			return 0;
	}
	if (has(&env->once, word, by_kind))
		return 0;
	other = other_with(p, word, by_kind);
	if (other) {
		error_set(err, ERROR_USAGE, "no machine that this is about has a provisioner '%s'",
			  word);
		return error_hint(err, "machine '%s' has it: name that", other);
	}
	near = nearest(p, word);
	error_set(err, ERROR_USAGE, "no machine has a provisioner '%s'", word);
	return near ? error_hint(err, "did you mean '%s'?", near) : -1;
}

int planner_check_provisioners(const struct planner *p, struct error *err)
{
	const struct plan_request *r = p->request;

	for (size_t i = 0; r->provisioners && i < r->provisioners->count; i++) {
		if (check(p, r->provisioners->at[i], true, err) < 0)
			return -1;
	}
	return r->from ? check(p, r->from, false, err) : 0;
}
