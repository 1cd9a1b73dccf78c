/* SPDX-License-Identifier: Apache-2.0 */
/* Where values come from: the environment, files of the project, the host, the user's public key. */
#ifndef LUA_VALUES_H
#define LUA_VALUES_H

#include "lua/load.h"

/* Adds env, env_number, env_flag, read, exists, glob, json, yaml, host, ssh_public_key. */
void l_values_open(lua_State *L);

#endif
