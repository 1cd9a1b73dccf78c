/* SPDX-License-Identifier: Apache-2.0 */
/* before and after: from names to a graph, and from that to a list. */
#include "core/provision_order.h"

#include <stdlib.h>
#include <string.h>

#include "core/strings.h"
#include "core/text.h"

/* Everybody is compared with everybody, and their number is the file's to choose. */
#define ORDERED_MAX 500

/* Who said that one precedes another. */
enum said { NOBODY, BY_EARLIER, BY_LATER };

struct order {
	struct provisioners *list;
	const struct provision_draft *drafts;
	enum said *said; /* [earlier * count + later] */
	bool *placed;
	bool good;
};

static enum said *edge(const struct order *o, size_t earlier, size_t later)
{
	return &o->said[earlier * o->list->count + later];
}

static void report_unknown(struct order *o, size_t index, const char *key, const char *name)
{
	const struct provision_draft *d = &o->drafts[index];
	const char **names = xcalloc(o->list->count, sizeof(*names));

	for (size_t i = 0; i < o->list->count; i++)
		names[i] = o->list->at[i].name;
	draft_problem(d, key, "there is no provisioner '%s'%s", name,
		      draft_nearest(d, name, names, o->list->count));
	free(names);
	o->good = false;
}

/* One name of `before` or `after` of the provisioner at index. */
static void take_name(struct order *o, size_t index, bool before, const char *name)
{
	const char *key = before ? "before" : "after";

	if (strcmp(name, "all") == 0)
		return;
	for (size_t i = 0; i < o->list->count; i++) {
		if (strcmp(o->list->at[i].name, name) != 0)
			continue;
		if (i == index) {
			draft_problem(&o->drafts[index], key, "it cannot run %s itself", key);
			o->good = false;
		} else if (before) {
			*edge(o, index, i) = BY_EARLIER;
		} else {
			*edge(o, i, index) = BY_LATER;
		}
		return;
	}
	report_unknown(o, index, key, name);
}

static void take_names(struct order *o)
{
	for (size_t i = 0; i < o->list->count; i++) {
		const struct provisioner *p = &o->list->at[i];

		for (size_t k = 0; k < p->before.count; k++)
			take_name(o, i, true, p->before.at[k]);
		for (size_t k = 0; k < p->after.count; k++)
			take_name(o, i, false, p->after.at[k]);
		if (strings_have(&p->before, "all") && strings_have(&p->after, "all")) {
			draft_problem(&o->drafts[i], "after", "before all is said already");
			o->good = false;
		}
	}
}

/* What precedes something that precedes a third precedes that as well. Caller frees. */
static bool *closure(const struct order *o)
{
	size_t count = o->list->count;
	bool *all = xcalloc(count * count, sizeof(*all));

	for (size_t i = 0; i < count * count; i++)
		all[i] = o->said[i] != NOBODY;
	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < count; i++)
			for (size_t j = 0; all[i * count + k] && j < count; j++)
				all[i * count + j] = all[i * count + j] || all[k * count + j];
	return all;
}

/* Those who say "all" mean everybody but those that names put on the other side, and those who say the same. */
static void take_all(struct order *o)
{
	size_t count = o->list->count;
	bool *named = closure(o);

	for (size_t i = 0; i < count; i++) {
		bool first = strings_have(&o->list->at[i].before, "all");
		bool last = strings_have(&o->list->at[i].after, "all");

		for (size_t k = 0; k < count; k++) {
			if (first && k != i && !named[k * count + i] &&
			    !strings_have(&o->list->at[k].before, "all"))
				*edge(o, i, k) = BY_EARLIER;
			if (last && k != i && !named[i * count + k] &&
			    !strings_have(&o->list->at[k].after, "all"))
				*edge(o, k, i) = BY_LATER;
		}
	}
	free(named);
}

/* There is a circle in what is left: followed until somebody comes twice. */
static void report_circle(struct order *o)
{
	size_t count = o->list->count, *path = xcalloc(count + 1, sizeof(*path)), at = 0;
	size_t depth = 0, start = 0;
	cleanup_text struct text t = { 0 };

	while (o->placed[at])
		at++;
	/* Backwards, since everybody that is left has somebody before it; so the words come out last first. */
	for (bool seen = false; !seen;) {
		path[depth++] = at;
		for (size_t i = count; i > 0; i--) {
			if (!o->placed[i - 1] && *edge(o, i - 1, path[depth - 1]) != NOBODY)
				at = i - 1;
		}
		for (size_t i = 0; i < depth && !seen; i++) {
			seen = path[i] == at;
			start = i;
		}
	}
	text_addf(&t, "'%s'", o->list->at[path[start]].name);
	for (size_t i = depth; i > start; i--)
		text_addf(&t, " → '%s'", o->list->at[path[i - 1]].name);
	at = path[start];
	draft_problem(&o->drafts[at], o->list->at[at].before.count ? "before" : "after",
		      "goes in a circle: %s", text_str(&t));
	free(path);
	o->good = false;
}

/*
 * The one to place so that the one at index can follow: itself, or one that wants to be before it, at whatever distance.
 * None (count) if it has to wait, or if that goes in a circle.
 */
static size_t next_towards(const struct order *o, size_t index)
{
	size_t count = o->list->count;

	for (size_t steps = 0; steps <= count; steps++) {
		size_t first = count;

		for (size_t i = count; i > 0; i--) {
			if (o->placed[i - 1] || *edge(o, i - 1, index) == NOBODY)
				continue;
			if (*edge(o, i - 1, index) == BY_LATER)
				return count;
			first = i - 1;
		}
		if (first == count)
			return index;
		index = first;
	}
	return count;
}

static bool is_free(const struct order *o, size_t index)
{
	for (size_t i = 0; i < o->list->count; i++) {
		if (!o->placed[i] && *edge(o, i, index) != NOBODY)
			return false;
	}
	return !o->placed[index];
}

/* It is the one who said something that moves, and only as far as it must. */
static size_t next(const struct order *o)
{
	size_t count = o->list->count;

	for (size_t i = 0; i < count; i++) {
		size_t found = o->placed[i] ? count : next_towards(o, i);

		if (found < count)
			return found;
	}
	for (size_t i = 0; i < count; i++) {
		if (is_free(o, i))
			return i;
	}
	return count;
}

static void place(struct order *o)
{
	size_t count = o->list->count, at;
	struct provisioner *sorted = xcalloc(count, sizeof(*sorted));

	for (size_t done = 0; o->good && done < count; done++) {
		at = next(o);
		if (at == count) {
			report_circle(o);
			break;
		}
		o->placed[at] = true;
		sorted[done] = o->list->at[at];
	}
	if (o->good)
		memcpy(o->list->at, sorted, count * sizeof(*sorted));
	free(sorted);
}

void provision_order(struct provisioners *list, const struct provision_draft *drafts)
{
	struct order o = { .list = list, .drafts = drafts, .good = true };
	bool said = false;

	for (size_t i = 0; i < list->count; i++)
		said = said || list->at[i].before.count || list->at[i].after.count;
	if (!said)
		return;
	if (list->count > ORDERED_MAX) {
		draft_problem(&drafts[ORDERED_MAX], NULL,
			      "before and after can order %d provisioners, and there are %zu",
			      ORDERED_MAX, list->count);
		return;
	}
	o.said = xcalloc(list->count * list->count, sizeof(*o.said));
	o.placed = xcalloc(list->count, sizeof(*o.placed));
	take_names(&o);
	if (o.good) {
		take_all(&o);
		place(&o);
	}
	for (size_t i = 0; i < list->count; i++)
		list->at[i].before = list->at[i].after = (struct strings){ 0 };
	free(o.said);
	free(o.placed);
}
