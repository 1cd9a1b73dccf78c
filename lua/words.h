/* SPDX-License-Identifier: Apache-2.0 */
/* What declares in a bothy.lua: machine, defaults and project; and fail and include, for any file. */
#ifndef LUA_WORDS_H
#define LUA_WORDS_H

#include "lua/load.h"

/* Both add them to the table at the top. */
void l_words_open(lua_State *L);
void l_include_open(lua_State *L);

/* Raises unless the first argument is a table; `example` is a field it could have. */
void l_check_table(lua_State *L, const char *what, const char *example);
/* Pushes what `word "name"` returns: a function that is called with the table. `word` is static. */
void l_push_pending(lua_State *L, const char *word, const char *name, lua_CFunction l_body);
/* For that function: it was called. Returns the name, which lives in the arena. */
const char *pending_done(lua_State *L);

#endif
