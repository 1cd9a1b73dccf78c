/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of Lua's own libraries that differ here: the same file must give the same result. */
#ifndef LUA_BASE_H
#define LUA_BASE_H

#include "lua/load.h"

/* Adds assert, error, ipairs, … and the tables math, string, table and utf8 to the table at the top. */
void l_base_open(lua_State *L);

/* With arguments beyond the first, all are replaced by string.format of them. */
void l_format_arguments(lua_State *L);

#endif
