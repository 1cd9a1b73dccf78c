/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds that were chosen before. */
#include "core/folder_settle.h"

#include <string.h>

#include "core/folder_note.h"

/* Whether what the folder says fits that kind: these are what normalizing refuses. */
static bool fits(const struct folder *f, enum folder_kind kind)
{
	if (folder_is_shared(kind))
		return !f->owner && !f->group && !f->mode && !f->exclude.count;
	return !f->read_only && !f->mount_options.count;
}

static void settle(struct folder *f, const struct folders *had)
{
	for (size_t i = 0; i < had->count; i++) {
		const struct folder *old = &had->at[i];

		if (!old->chosen || old->kind == f->kind || strcmp(old->from, f->from) != 0 ||
		    strcmp(old->to, f->to) != 0 || !fits(f, old->kind))
			continue;
		f->kind = old->kind;
		f->kind_reason = "as when the machine was made";
		return;
	}
}

void folders_settle(struct env *env, const struct observed *observed)
{
	for (size_t i = 0; i < env->machine_count; i++) {
		struct machine *m = &env->machines[i];
		const struct observed_machine *have =
			observed_machine(observed, env->project.id, m->name);
		struct folders had = { 0 };

		if (!have || strcmp(have->provider, m->provider) != 0 ||
		    !folder_note_read(have->folders, &env->arena, &had))
			continue;
		for (size_t k = 0; k < m->folder_count; k++)
			if (m->folders[k].chosen)
				settle(&m->folders[k], &had);
	}
}
