/* SPDX-License-Identifier: Apache-2.0 */
/* Each run is a provisioner of its own: it is planned, remembered and logged like any other. */
#include "core/provision_each.h"

#include <string.h>

#include "core/strings.h"
#include "core/text.h"

#define EACH "each"
/* What runs is compared with what ran, everybody with everybody. */
#define RUNS_MAX 500

static bool is_each(const struct provisioner *p)
{
	return strings_have(&p->before, EACH) || strings_have(&p->after, EACH);
}

static void check(const struct provision_draft *d)
{
	if (d->p->before.count + d->p->after.count > 1)
		draft_problem(d, strings_have(&d->p->before, EACH) ? "before" : "after",
			      "\"each\" goes with nothing else");
	/* Its data are read once. */
	if (d->p->kind == PROVISION_CLOUD_INIT)
		draft_problem(d, NULL, "cloud_init cannot run around each other one");
}

/* A list that names one of them is emptied, so that nobody says there is none of that name. */
static void check_names(const struct provision_draft *d, struct strings *list, const char *key,
			const struct provision_each *each)
{
	for (size_t i = 0; i < each->count; i++) {
		if (!strings_have(list, each->at[i].name))
			continue;
		draft_problem(d, key, "'%s' runs around each other one", each->at[i].name);
		*list = (struct strings){ 0 };
	}
}

void provision_each_take(struct provisioners *list, struct provision_draft *drafts,
			 struct provision_each *out)
{
	struct arena *arena = list->count ? &drafts[0].n->env->arena : NULL;
	size_t kept = 0;

	*out = (struct provision_each){ 0 };
	for (size_t i = 0; i < list->count; i++) {
		if (is_each(&list->at[i])) {
			check(&drafts[i]);
			out->at = arena_grow(arena, out->at, out->count, sizeof(*out->at));
			out->drafts =
				arena_grow(arena, out->drafts, out->count, sizeof(*out->drafts));
			out->at[out->count] = list->at[i];
			out->drafts[out->count++] = drafts[i];
			continue;
		}
		list->at[kept] = list->at[i];
		drafts[kept] = drafts[i];
		drafts[kept].p = &list->at[kept];
		kept++;
	}
	list->count = kept;
	for (size_t i = 0; i < out->count; i++)
		out->drafts[i].p = &out->at[i];
	for (size_t i = 0; i < kept && out->count; i++) {
		check_names(&drafts[i], &list->at[i].before, "before", out);
		check_names(&drafts[i], &list->at[i].after, "after", out);
	}
}

static bool is_taken(const struct provisioners *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->at[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Those before, or those after, the one at `around`, to the end of the new list. */
static void put(struct provisioners *out, const struct provision_each *each, bool before,
		const struct provisioners *list, const struct provisioner *around)
{
	for (size_t i = 0; i < each->count; i++) {
		const struct provision_draft *d = &each->drafts[i];
		struct provisioner *p = &out->at[out->count];

		if (strings_have(&each->at[i].before, EACH) != before)
			continue;
		*p = each->at[i];
		p->before = p->after = (struct strings){ 0 };
		p->each = p->name;
		p->around = around;
		p->name = arena_printf(&d->n->env->arena, "%s@%s", p->each, around->name);
		if (is_taken(list, p->name))
			draft_problem(d, "name", "'%s' is taken", p->name);
		out->count++;
	}
}

void provision_each_put(struct provisioners *list, const struct provision_each *each)
{
	struct provisioners out = { 0 };
	size_t runs = list->count;

	if (!each->count)
		return;
	for (size_t i = 0; i < list->count; i++)
		runs += list->at[i].when == WHEN_NEVER ? 0 : each->count;
	if (runs > RUNS_MAX) {
		draft_problem(
			&each->drafts[0], NULL,
			"with all that run around each other one there are %zu, and %d can be",
			runs, RUNS_MAX);
		return;
	}
	out.at = arena_alloc(&each->drafts[0].n->env->arena, runs * sizeof(*out.at));
	for (size_t i = 0; i < list->count; i++) {
		bool alone = list->at[i].when == WHEN_NEVER;
		struct provisioner *around;
		size_t first = out.count;

		for (size_t k = 0; !alone && k < each->count; k++)
			first += strings_have(&each->at[k].before, EACH);
		around = &out.at[first];
		*around = list->at[i];
		if (!alone)
			put(&out, each, true, list, around);
		out.count = first + 1;
		if (!alone)
			put(&out, each, false, list, around);
	}
	*list = out;
}
