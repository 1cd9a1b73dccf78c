/* SPDX-License-Identifier: Apache-2.0 */
/* What the file wants of this host, and what it was read from. */
#include "core/normalizer.h"

#include <stdlib.h>
#include <string.h>

void normalizer_want(struct normalizer *n, const struct machine *m, const struct want *want)
{
	struct env *env = n->env;
	struct arena *a = &env->arena;

	env->wants = arena_grow(a, env->wants, env->want_count, sizeof(*env->wants));
	env->wants[env->want_count++] = (struct want){
		.kind = want->kind,
		.machine = m ? m->name : NULL,
		.what = arena_strdup(a, want->what),
		.why = arena_strdup(a, want->why),
		.file = arena_strdup(a, want->file),
		.line = want->line,
	};
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct env_source *)a)->name, ((const struct env_source *)b)->name);
}

void normalize_sources(struct normalizer *n)
{
	struct arena *a = &n->env->arena;
	struct env *env = n->env;

	env->source_count = n->raw->source_count;
	env->sources = arena_alloc(a, env->source_count * sizeof(*env->sources));
	for (size_t i = 0; i < env->source_count; i++) {
		env->sources[i] = n->raw->sources[i];
		env->sources[i].name = arena_strdup(a, n->raw->sources[i].name);
	}
	if (env->source_count)
		qsort(env->sources, env->source_count, sizeof(*env->sources), compare_names);
}
