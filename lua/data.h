/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON and YAML files as tables. null is nil, so a null leaves its key out. Nesting is limited to
 * 64 levels.
 */
#ifndef LUA_DATA_H
#define LUA_DATA_H

#include "lua/load.h"

#define DATA_DEPTH_MAX 64

/* Push the value of the text, or raise; messages begin with the path. `text` stays valid meanwhile. */
void l_push_json(lua_State *L, const struct text *text, const char *path);
void l_push_yaml(lua_State *L, const struct text *text, const char *path);

/* Pushes an unquoted YAML scalar by the core schema of YAML 1.2.2, section 10.3.2. */
void l_push_yaml_plain(lua_State *L, const char *s, size_t len);

#endif
