/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lua_State for text that nobody vouches for: no access to the host, and limits on memory,
 * instructions and time that the text cannot lift.
 */
#ifndef LUA_SANDBOX_H
#define LUA_SANDBOX_H

#include "lua/load.h"

/* An empty state whose limits hold from here on. NULL if there is no memory for it. */
lua_State *sandbox_new(struct load *load);

/* Fills it with the parts of Lua a file may use. The table of words is left on the stack. */
void l_sandbox_open(lua_State *L);
/* Takes the table of words: files see it through an _ENV of their own. */
void l_sandbox_close(lua_State *L);

/* Pushes the source as a function, or raises what is wrong with its text. */
void l_sandbox_compile(lua_State *L, struct source *source);

/* Counts work done in C as if it had been instructions. */
void sandbox_charge(lua_State *L, size_t instructions);

#endif
