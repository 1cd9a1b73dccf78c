/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of what may go. Stores have some hundred boxes at most: loops in loops are quick enough. */
#include "boxes/prune.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/strings.h"

struct chooser {
	const struct prune_view *view;
	const struct prune_rules *rules;
	struct prune_choice *out;
	size_t *content_of; /* of each entry; content_count: it is not there */
};

static size_t find_content(const struct prune_view *view, const char *digest)
{
	size_t i = 0;

	while (i < view->content_count && strcmp(view->contents[i].digest, digest) != 0)
		i++;
	return i;
}

/* NULL if it is not there. */
static const struct prune_content *content_of(const struct chooser *c, size_t entry)
{
	size_t i = c->content_of[entry];

	return i < c->view->content_count ? &c->view->contents[i] : NULL;
}

static bool is_same_box(const struct entry *a, const struct entry *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->provider, b->provider) == 0 &&
	       strcmp(a->architecture, b->architecture) == 0;
}

/* Versions of the same box that are there and stand before it, which makes them newer. */
static unsigned count_newer(const struct chooser *c, size_t entry)
{
	const struct entry *all = c->view->entries->at;
	unsigned count = 0;

	for (size_t i = 0; i < entry; i++)
		count += content_of(c, i) && is_same_box(&all[i], &all[entry]);
	return count;
}

static bool has_rule(const struct prune_rules *r)
{
	return r->keep_versions || r->unused_s || r->has_budget;
}

static enum prune_cause judge(const struct chooser *c, size_t entry)
{
	const struct prune_content *content = content_of(c, entry);
	const struct prune_rules *rules = c->rules;
	unsigned keep = has_rule(rules) ? rules->keep_versions : 1;

	if (!strings_allow(&rules->names, c->view->entries->at[entry].name))
		return PRUNE_STAYS;
	if (!content)
		return PRUNE_NOTHING;
	if (content->in_use)
		return PRUNE_STAYS;
	if (keep && count_newer(c, entry) >= keep)
		return PRUNE_OLDER;
	if (rules->unused_s && c->view->now - content->used_at >= rules->unused_s)
		return PRUNE_UNUSED;
	return PRUNE_STAYS;
}

/* What becomes of a content once its entries are judged. */
static enum prune_cause judge_content(const struct chooser *c, size_t content)
{
	const struct prune_content *facts = &c->view->contents[content];
	enum prune_cause cause = PRUNE_NAMELESS;

	if (facts->in_use)
		return PRUNE_STAYS;
	for (size_t i = 0; i < c->view->entries->count; i++) {
		if (c->content_of[i] != content)
			continue;
		if (c->out->entries[i] == PRUNE_STAYS)
			return PRUNE_STAYS;
		cause = c->out->entries[i];
	}
	if (cause == PRUNE_NAMELESS &&
	    (c->rules->names.count || c->view->now - facts->used_at < c->rules->fresh_s))
		return PRUNE_STAYS;
	return cause;
}

/* Whether the budget may take it: it has a name, and no other than those asked for. */
static bool may_go(const struct chooser *c, size_t content)
{
	bool named = false;

	if (c->out->contents[content] != PRUNE_STAYS || c->view->contents[content].in_use)
		return false;
	for (size_t i = 0; i < c->view->entries->count; i++) {
		if (c->content_of[i] != content)
			continue;
		if (!strings_allow(&c->rules->names, c->view->entries->at[i].name))
			return false;
		named = true;
	}
	return named;
}

/* The one not used for longest; content_count if there is none. */
static size_t find_oldest(const struct chooser *c)
{
	const struct prune_content *all = c->view->contents;
	size_t oldest = c->view->content_count;

	for (size_t i = 0; i < c->view->content_count; i++) {
		if (!may_go(c, i))
			continue;
		if (oldest == c->view->content_count || all[i].used_at < all[oldest].used_at ||
		    (all[i].used_at == all[oldest].used_at &&
		     strcmp(all[i].digest, all[oldest].digest) < 0))
			oldest = i;
	}
	return oldest;
}

static void make_room(struct chooser *c)
{
	uint64_t total = 0;
	size_t oldest;

	for (size_t i = 0; i < c->view->content_count; i++)
		if (c->out->contents[i] == PRUNE_STAYS)
			total += c->view->contents[i].disk_bytes;
	while (total > c->rules->budget_bytes &&
	       (oldest = find_oldest(c)) < c->view->content_count) {
		c->out->contents[oldest] = PRUNE_NO_ROOM;
		total -= c->view->contents[oldest].disk_bytes;
		for (size_t i = 0; i < c->view->entries->count; i++)
			if (c->content_of[i] == oldest && c->out->entries[i] == PRUNE_STAYS)
				c->out->entries[i] = PRUNE_NO_ROOM;
	}
}

void prune_choose(const struct prune_view *view, const struct prune_rules *rules,
		  struct prune_choice *out)
{
	struct chooser c = { .view = view, .rules = rules, .out = out };
	size_t count = view->entries->count;

	/* One more, so that nothing is no special case. */
	*out = (struct prune_choice){ .entries = xcalloc(count + 1, sizeof(*out->entries)),
				      .contents = xcalloc(view->content_count + 1,
							  sizeof(*out->contents)) };
	c.content_of = xcalloc(count + 1, sizeof(*c.content_of));
	for (size_t i = 0; i < count; i++)
		c.content_of[i] = find_content(view, view->entries->at[i].digest);
	for (size_t i = 0; i < count; i++)
		out->entries[i] = judge(&c, i);
	for (size_t i = 0; i < view->content_count; i++)
		out->contents[i] = judge_content(&c, i);
	if (rules->has_budget)
		make_room(&c);
	for (size_t i = 0; i < view->content_count; i++)
		if (out->contents[i] != PRUNE_STAYS)
			out->freed_bytes += view->contents[i].disk_bytes;
	free(c.content_of);
}

const char *prune_cause_text(enum prune_cause cause)
{
	static const char *const texts[] = {
		[PRUNE_STAYS] = "stays",
		[PRUNE_OLDER] = "older version",
		[PRUNE_UNUSED] = "not used for long",
		[PRUNE_NO_ROOM] = "no room for it",
		[PRUNE_NOTHING] = "its content is gone",
		[PRUNE_NAMELESS] = "nobody names it",
	};

	return texts[cause];
}

void prune_choice_clear(struct prune_choice *c)
{
	free(c->entries);
	free(c->contents);
	*c = (struct prune_choice){ 0 };
}
