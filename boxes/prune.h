/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which boxes may go from the store. It only chooses: nothing is looked at or removed here.
 *
 * Never chosen: what a machine uses, and what other names than those in rules.names still mean.
 * Always chosen, as far as no names are given: content that nobody names. Without any rule: versions that are not the
 * newest of their name.
 */
#ifndef BOXES_PRUNE_H
#define BOXES_PRUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boxes/entry.h"
#include "core/env.h"

/* What is known of a content. */
struct prune_content {
	const char *digest;  /* borrowed */
	uint64_t disk_bytes; /* what removing it sets free */
	int64_t used_at;     /* seconds since 1970 */
	bool in_use;         /* by a machine of any project */
};

struct prune_view { /* borrowed */
	const struct entries
		*entries; /* as entries_load() sorts them; read before the contents are listed */
	const struct prune_content *contents; /* one a digest */
	size_t content_count;
	int64_t now; /* seconds since 1970 */
};

/* Several may be given: what one of them chooses goes. {0} is no rule. */
struct prune_rules {
	unsigned keep_versions; /* so many, the newest, of each name, provider and architecture; 0: no rule */
	int64_t unused_s; /* not used for so long; 0: no rule */
	bool has_budget;  /* then what is left comes to at most so many bytes, if that can be: */
	uint64_t budget_bytes; /* what was not used for longest goes first */
	struct strings names;  /* only boxes of these names; empty: of all */
	int64_t fresh_s; /* content that was used less than so long ago is not yet nobody's: whoever adds it may be about to name it */
};

enum prune_cause {
	PRUNE_STAYS,
	PRUNE_OLDER,    /* there are enough newer versions */
	PRUNE_UNUSED,   /* for long */
	PRUNE_NO_ROOM,  /* the budget */
	PRUNE_NOTHING,  /* an entry whose content is not there */
	PRUNE_NAMELESS, /* content that nobody names */
};

struct prune_choice {
	enum prune_cause *entries; /* one for each of view.entries */
	enum prune_cause
		*contents;    /* one for each of view.contents; those to go have no entry left */
	uint64_t freed_bytes; /* of the contents to go */
};

/* The caller clears *out with prune_choice_clear(). */
void prune_choose(const struct prune_view *view, const struct prune_rules *rules,
		  struct prune_choice *out);
/* "older version", "not used for long", … for people. Static. */
const char *prune_cause_text(enum prune_cause cause);
void prune_choice_clear(struct prune_choice *c);
#define cleanup_prune_choice cleanup(prune_choice_clear)

#endif
