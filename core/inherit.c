/* SPDX-License-Identifier: Apache-2.0 */
/* Merging by schema rows. */
#include "core/inherit.h"

#include <string.h>

#include "core/env_raw.h"
#include "core/text.h"

static void *joined(struct arena *a, const void *outer, size_t outer_bytes, const void *inner,
		    size_t inner_bytes)
{
	char *both = arena_alloc(a, outer_bytes + inner_bytes);

	if (outer_bytes)
		memcpy(both, outer, outer_bytes);
	if (inner_bytes)
		memcpy(both + outer_bytes, inner, inner_bytes);
	return both;
}

#define JOIN(arena, type, into_, outer_)                                            \
	do {                                                                        \
		type *i_ = (void *)(into_);                                         \
		const type *o_ = (const void *)(outer_);                            \
		i_->at = joined(arena, o_->at, o_->count * sizeof(*o_->at), i_->at, \
				i_->count * sizeof(*i_->at));                       \
		i_->count += o_->count;                                             \
	} while (0)

/* False if the row is no list, or one that stands alone. */
static bool join(struct arena *a, const struct schema_row *row, char *into, const char *outer)
{
	if (row->replaces)
		return false;
	if (row->type == SCHEMA_STRINGS)
		JOIN(a, struct strings, into, outer);
	else if (row->type == SCHEMA_PROVISION)
		JOIN(a, struct provisioners, into, outer);
	else if (row->type == SCHEMA_CARDS)
		JOIN(a, struct cards_raw, into, outer);
	else if (row->type == SCHEMA_PORTS)
		JOIN(a, struct ports_raw, into, outer);
	else if (row->type == SCHEMA_FOLDERS)
		JOIN(a, struct folders_raw, into, outer);
	else if (row->type == SCHEMA_HOOKS)
		JOIN(a, struct hooks_raw, into, outer);
	else
		return false;
	return true;
}

void inherit(struct arena *arena, const struct schema *schema, void *into, const void *outer)
{
	struct decl *mine = into;
	const struct decl *theirs = outer;

	for (size_t i = 0; i < schema->count; i++) {
		const struct schema_row *row = &schema->rows[i];
		char *to = (char *)into + row->offset;
		const char *from = (const char *)outer + row->offset;

		mine->said |= theirs->said & 1ULL << i;
		if (!(theirs->set >> i & 1))
			continue;
		if (row->type == SCHEMA_BLOCK && (mine->set >> i & 1))
			inherit(arena, row->sub, to, from);
		else if (!join(arena, row, to, from) && !(mine->set >> i & 1))
			memcpy(to, from, schema_field_bytes(row));
		if (!(mine->set >> i & 1))
			mine->lines[i] = text_equal(mine->file, theirs->file) ? theirs->lines[i] :
										0;
		mine->set |= 1ULL << i;
	}
}
