/* SPDX-License-Identifier: Apache-2.0 */
/* What happens inside and around a machine beside its provisioners: folders, readiness, hooks. */
#include "core/planner.h"

#include <string.h>

#include "core/printable.h"
#include "core/text.h"

static void add_folder(struct text *t, const struct folder *f)
{
	text_addf(t, "%s%s at %s (%s%s%s%s)", t->len ? ", " : "", f->said, f->to,
		  folder_kind_name(f->kind), f->read_only ? ", read-only" : "",
		  f->kind_reason ? "; " : "", f->kind_reason ? f->kind_reason : "");
}

/* ". at /project (bind), ./src at /srv/app (copy)" */
static const char *list_folders(struct planner *p, const struct machine *m)
{
	cleanup_text struct text t = { 0 };

	for (size_t i = 0; i < m->folder_count; i++)
		add_folder(&t, &m->folders[i]);
	return arena_strdup(&p->plan->arena, text_str(&t));
}

void planner_folders(struct planner *p, size_t index, bool boots)
{
	const struct machine *m = &p->request->env->machines[index];
	const char *reason = p->request->views[index].folders_reason;

	if (boots && m->folder_count)
		reason = list_folders(p, m);
	if (reason)
		planner_add_for(p, index, STEP_FOLDERS, reason)->effect = boots ? EFFECT_NONE :
										  EFFECT_LIVE;
}

bool planner_ready_is_due(const struct planner *p, size_t index)
{
	const struct machine *m = &p->request->env->machines[index];
	const struct observed_machine *have = planner_have(p, m->name);
	const struct record *record = p->request->views[index].record;
	char digest[DIGEST_HEX_BYTES];

	if (!readiness_is_said(&m->ready) || !have || have->state != MACHINE_RUNNING)
		return false;
	readiness_digest(&m->ready, digest);
	/* Somebody else may have started it anew since it was seen. */
	return !record || !text_equal(record->machine_id, have->id) ||
	       strcmp(record->ready, digest) != 0 ||
	       (have->start && !text_equal(record->start, have->start));
}

void planner_ready(struct planner *p, size_t index)
{
	const struct readiness *ready = &p->request->env->machines[index].ready;
	cleanup_free char *line = ready->command ? text_shorten(ready->command, 60) : NULL;
	cleanup_text struct text t = { 0 };

	if (ready->port)
		text_addf(&t, "port %u is open", ready->port);
	if (line)
		text_addf(&t, "%s'%s' succeeds", t.len ? ", " : "", line);
	/* What is done to it may be what it lacked. */
	if (t.len && !planner_has_work(p, index) && planner_ready_is_due(p, index))
		text_add(&t, ", which was not seen since it started");
	if (t.len)
		planner_add_for(p, index, STEP_READY, arena_strdup(&p->plan->arena, text_str(&t)));
}

static const char *const event_names[HOOK_EVENTS] = {
	[HOOK_BEFORE_UP] = "before_up",
	[HOOK_AFTER_UP] = "after_up",
	[HOOK_BEFORE_PROVISION] = "before_provision",
	[HOOK_AFTER_PROVISION] = "after_provision",
	[HOOK_BEFORE_RELOAD] = "before_reload",
	[HOOK_AFTER_RELOAD] = "after_reload",
	[HOOK_BEFORE_HALT] = "before_halt",
	[HOOK_AFTER_HALT] = "after_halt",
	[HOOK_BEFORE_DESTROY] = "before_destroy",
	[HOOK_AFTER_DESTROY] = "after_destroy",
};

const char *hook_event_name(enum hook_event event)
{
	return event_names[event];
}

const char *planner_hook_reason(struct planner *p, const struct hook *h)
{
	cleanup_free char *whole = printable_line(h->text);
	cleanup_free char *line = text_shorten(whole, 60);

	switch (h->kind) {
	case HOOK_HOST:
		return arena_printf(&p->plan->arena, "on this host: %s", line);
	case HOOK_GUEST:
		return arena_printf(&p->plan->arena, "in the guest: %s", line);
	case HOOK_NOTE:
		break;
	}
	return arena_printf(&p->plan->arena, "note: %s", line);
}

/* A machine that is off is started by a reload, and there is nobody in it before. */
static bool can_run(const struct planner *p, const struct machine *m, const struct hook *h)
{
	const struct observed_machine *have = planner_have(p, m->name);

	return h->kind != HOOK_GUEST || h->event != HOOK_BEFORE_RELOAD ||
	       (have && have->state == MACHINE_RUNNING);
}

bool planner_has_work(const struct planner *p, size_t index)
{
	for (size_t i = 0; i < p->plan->count; i++) {
		const struct step *s = &p->plan->steps[i];

		if (s->kind != STEP_HOOK && s->want == &p->request->env->machines[index])
			return true;
	}
	return false;
}

void planner_hooks(struct planner *p, size_t index, enum hook_event event)
{
	const struct machine *m = &p->request->env->machines[index];
	unsigned number = 0;

	for (size_t i = 0; i < m->hook_count && !p->request->no_hooks; i++) {
		const struct hook *h = &m->hooks[i];
		struct step *s;

		if (h->event != event || !can_run(p, m, h))
			continue;
		s = planner_add_for(p, index, STEP_HOOK, planner_hook_reason(p, h));
		s->hook = h;
		s->id = arena_printf(&p->plan->arena, "%s/hook/%s-%u", m->name, event_names[event],
				     ++number);
		if (event == HOOK_BEFORE_PROVISION && !planner_has_work(p, index))
			planner_need_dependencies(p, index);
	}
}

void planner_drop_hooks(struct planner *p, size_t index, size_t first, size_t end, size_t last)
{
	struct plan *plan = p->plan;

	if (first == end)
		return;
	memmove(&plan->steps[first], &plan->steps[end], (plan->count - end) * sizeof(*plan->steps));
	plan->count -= end - first;
	p->last[index] = last;
}
