/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of Lua into the structs of core/env_raw.h, by the rows of core/schema.h. */
#ifndef LUA_DECODE_H
#define LUA_DECODE_H

#include "lua/keyline.h"

/*
 * Decodes the machine{} or defaults{} whose table is at index. `where` is how messages call it:
 * "machine 'web'". Fields that are wrong become problems and are not set.
 */
void l_decode_machine(lua_State *L, int index, const struct block *block, const char *where,
		      struct machine_raw *out);

#endif
