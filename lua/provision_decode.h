/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioners as they were said: of a machine's `provision`, and of once_all_up{}. */
#ifndef LUA_PROVISION_DECODE_H
#define LUA_PROVISION_DECODE_H

#include "lua/decoder.h"

/*
 * The value at the top of the stack: a list of provisioners, or one. *out is left alone where there are problems.
 * Of a script written into the file, shell [[…]], the blanks that all its lines begin with are taken off.
 */
bool l_decode_provision(struct decoder *d, struct provisioners *out);
/* Adds the word once_all_up to the table at the top. */
void l_once_open(lua_State *L);

#endif
