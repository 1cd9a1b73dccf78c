/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks, and what they want of this host. */
#include "core/normalizer.h"

static const char *const when[HOOK_EVENTS] = {
	[HOOK_BEFORE_UP] = "before up",
	[HOOK_AFTER_UP] = "after up",
	[HOOK_BEFORE_PROVISION] = "before provision",
	[HOOK_AFTER_PROVISION] = "after provision",
	[HOOK_BEFORE_RELOAD] = "before reload",
	[HOOK_AFTER_RELOAD] = "after reload",
	[HOOK_BEFORE_HALT] = "before halt",
	[HOOK_AFTER_HALT] = "after halt",
	[HOOK_BEFORE_DESTROY] = "before destroy",
	[HOOK_AFTER_DESTROY] = "after destroy",
};

static void take_hook(struct normalizer *n, struct machine *m, const struct hook *said)
{
	struct arena *a = &n->env->arena;
	struct hook *h = &m->hooks[m->hook_count++];

	*h = *said;
	h->text = arena_strdup(a, said->text);
	h->file = arena_strdup(a, said->file ? said->file : n->raw->file);
	if (h->kind == HOOK_HOST)
		normalizer_want(n, m,
				&(struct want){ .kind = WANT_COMMAND,
						.what = h->text,
						.why = when[h->event],
						.file = h->file,
						.line = h->line });
}

/* Those of defaults{} are in front of the machine's own; within an event that order stays. */
static void take_hooks(struct normalizer *n, const struct hooks_raw *raw, struct machine *m)
{
	m->hooks = arena_alloc(&n->env->arena, raw->count * sizeof(*m->hooks));
	for (enum hook_event event = 0; event < HOOK_EVENTS; event++) {
		for (size_t i = 0; i < raw->count; i++) {
			if (raw->at[i].event == event)
				take_hook(n, m, &raw->at[i]);
		}
	}
}

void normalize_hooks(struct normalizer *n)
{
	for (size_t i = 0; i < n->env->machine_count; i++)
		take_hooks(n, &n->merged[i].hooks, &n->env->machines[i]);
}
