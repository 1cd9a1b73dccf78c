/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The source line of a field inside a table. Lua keeps none, so the way to the field is walked
 * through the text: a search for "key =" alone would be wrong when two list items share a key.
 */
#ifndef LUA_KEYLINE_H
#define LUA_KEYLINE_H

#include "lua/load.h"

/* A call that takes a table, such as machine "web" { … }. */
struct block {
	struct place place; /* the line its call begins in */
	const char *word;   /* "machine" */
	const char *name; /* its string, which tells it from others in the same line; may be NULL */
};

struct keystep {
	const char *key; /* NULL: the item of a list */
	int index;       /* from 1 */
};

/*
 * The line of the last step, or of the innermost step that was written out where the file makes a
 * table in another way; at least the line of the block.
 */
int keyline_find(const struct block *block, const struct keystep *steps, size_t count);

/* The line of the word itself, for a call that takes only strings: shell [[ … ]]. */
int keyline_word(const struct block *block);

#endif
