/* SPDX-License-Identifier: Apache-2.0 */
/* One plain value of Lua into a field: a string, number, size, time, flag or choice. */
#ifndef LUA_SCALAR_H
#define LUA_SCALAR_H

#include "core/schema.h"
#include "lua/load.h"

/*
 * Stores the value at index into the field. Returns false if it does not fit and leaves the reason
 * in load->why, such as "expected true or false, got \"yes\"".
 */
bool l_scalar_store(lua_State *L, int index, const struct schema_row *row, void *out);
/* The same for an item of a list: a string that may be empty, or a whole number. */
bool l_scalar_item(lua_State *L, int index, const char **out);

#endif
