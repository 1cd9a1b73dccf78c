/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of Lua into the structs of core/env_raw.h, by the rows of core/schema.h. */
#ifndef LUA_DECODE_H
#define LUA_DECODE_H

#include "core/schema.h"
#include "lua/keyline.h"

/*
 * Decodes the block whose table is at index into a struct that begins with a struct decl. `where` is
 * how messages call it: "machine 'web'". Fields that are wrong become problems and are not set.
 */
void l_decode(lua_State *L, int index, const struct block *block, const char *where,
	      const struct schema *schema, void *out);
struct decoder; /* lua/decoder.h */
/* The table at the top of the stack into such a struct; false if there were problems. For fields inside of fields. */
bool l_decode_fields(struct decoder *d, const struct schema *schema, void *out);
/* The block's table is a list of strings, or one string stands in its place. Left alone after a problem. */
void l_decode_list_of_strings(lua_State *L, int index, const struct block *block,
			      struct strings *out);

#endif
