/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of paths as in gitignore(5): which files below a directory are to be left out. */
#ifndef CORE_IGNORE_H
#define CORE_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/decl.h"
#include "core/mem.h"

/* One pattern that says something: blank ones and comments do not. */
struct ignore_rule {
	bool negated;        /* "!…": what it matches stays in */
	bool directory_only; /* "…/" */
	bool anchored;       /* matched against the whole path, else against the last name of it */
	const char **
		segments; /* what stands between slashes, for core/wildcard.h; "**" is any number of names */
	size_t segment_count; /* 1 unless it is anchored */
};

struct ignore {
	struct arena arena;
	struct ignore_rule *rules; /* the last that matches decides */
	size_t count;
	bool by_path; /* some are anchored */
};

/* Nothing is wrong enough to be an error; what no file can be called matches none. */
void ignore_init(struct ignore *out, const struct strings *patterns);
/* Behind those that are there. */
void ignore_add(struct ignore *ig, const struct strings *patterns);
/*
 * Whether that path itself, relative and without "./", is left out. Whoever walks a tree does not enter a directory
 * that is: nothing below it can be taken in again.
 */
bool ignore_matches(const struct ignore *ig, const char *path, bool directory);
/* Whether that path or a directory above it is left out. */
bool ignore_covers(const struct ignore *ig, const char *path, bool directory);
void ignore_clear(struct ignore *ig);
#define cleanup_ignore cleanup(ignore_clear)

#endif
