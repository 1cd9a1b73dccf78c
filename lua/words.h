/* SPDX-License-Identifier: Apache-2.0 */
/* What declares: machine, defaults, project; and fail, note, include. */
#ifndef LUA_WORDS_H
#define LUA_WORDS_H

#include "lua/load.h"

/* Adds them to the table at the top. */
void l_words_open(lua_State *L);

#endif
