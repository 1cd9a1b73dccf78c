/* SPDX-License-Identifier: Apache-2.0 */
/* depends_on: names to indices, and no circles. */
#include "core/depends.h"

#include <stdlib.h>
#include <string.h>

#include "core/strings.h"
#include "core/text.h"

static const char *nearest_machine(const struct env *env, const char *name)
{
	const char **names = xcalloc(env->machine_count, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < env->machine_count; i++)
		names[i] = env->machines[i].name;
	near = text_nearest(name, names, env->machine_count);
	free(names);
	return near;
}

static bool has_index(const size_t *at, size_t count, size_t index)
{
	for (size_t i = 0; i < count; i++) {
		if (at[i] == index)
			return true;
	}
	return false;
}

void depends_check_self(const struct machine *m, const struct strings *said, int line,
			struct problems *problems)
{
	if (strings_have(said, m->name))
		problems_add(problems, m->file, line,
			     "machine '%s'.depends_on: it cannot depend on itself", m->name);
}

void depends_resolve(struct env *env, size_t index, const struct strings *names, int line,
		     struct problems *problems)
{
	struct machine *m = &env->machines[index];
	size_t *depends = arena_alloc(&env->arena, names->count * sizeof(*depends)), count = 0;

	for (size_t i = 0; i < names->count; i++) {
		const struct machine *other = env_machine(env, names->at[i]);
		const char *near = other ? NULL : nearest_machine(env, names->at[i]);

		if (!other)
			problems_add(problems, m->file, line,
				     "machine '%s'.depends_on: there is no machine '%s'%s%s%s",
				     m->name, names->at[i], near ? "; did you mean '" : "",
				     near ? near : "", near ? "'?" : "");
		else if (other != m && !has_index(depends, count, (size_t)(other - env->machines)))
			depends[count++] = (size_t)(other - env->machines);
	}
	m->depends = depends;
	m->depend_count = count;
}

enum mark { UNSEEN, OPEN, CLOSED };

struct walk {
	const struct env *env;
	struct problems *problems;
	enum mark *marks;
	size_t *path;
	size_t depth;
};

static void report_cycle(struct walk *w, size_t first)
{
	cleanup_text struct text t = { 0 };
	size_t i = 0;

	while (w->path[i] != first)
		i++;
	for (; i < w->depth; i++)
		text_addf(&t, "'%s' → ", w->env->machines[w->path[i]].name);
	problems_add(w->problems, w->env->machines[first].file, w->env->machines[first].line,
		     "machine '%s'.depends_on: goes in a circle: %s'%s'",
		     w->env->machines[first].name, text_str(&t), w->env->machines[first].name);
}

static void visit(struct walk *w, size_t index)
{
	const struct machine *m = &w->env->machines[index];

	w->marks[index] = OPEN;
	w->path[w->depth++] = index;
	for (size_t i = 0; i < m->depend_count; i++) {
		if (w->marks[m->depends[i]] == OPEN)
			report_cycle(w, m->depends[i]);
		else if (w->marks[m->depends[i]] == UNSEEN)
			visit(w, m->depends[i]);
	}
	w->depth--;
	w->marks[index] = CLOSED;
}

void depends_check_cycles(const struct env *env, struct problems *problems)
{
	struct walk w = {
		.env = env,
		.problems = problems,
		.marks = xcalloc(env->machine_count, sizeof(*w.marks)),
		.path = xcalloc(env->machine_count + 1, sizeof(*w.path)),
	};

	for (size_t i = 0; i < env->machine_count; i++) {
		if (w.marks[i] == UNSEEN)
			visit(&w, i);
	}
	free(w.marks);
	free(w.path);
}
