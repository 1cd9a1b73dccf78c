/* SPDX-License-Identifier: Apache-2.0 */
/* What shell, script and upload return: a value that can be called once more, with options. */
#ifndef LUA_PROVISION_H
#define LUA_PROVISION_H

#include "lua/load.h"

/* Its user values in Lua are PROVISION_VALUE_…; the options are nil until they were given. */
struct provision {
	struct value value;
	enum provisioner_kind kind;
	struct place place;         /* where the word was called */
	struct place options_place; /* where its options were given */
};

enum { PROVISION_VALUE_TEXT = 1, PROVISION_VALUE_TO, PROVISION_VALUE_OPTIONS };

/* Adds the words shell, script and upload to the table at the top. */
void l_provision_open(lua_State *L);
/* The provision at that index, or NULL if it is something else. Owned by Lua. */
struct provision *provision_at(lua_State *L, int index);
/* "shell", "script" or "upload". Static. */
const char *provision_word(enum provisioner_kind kind);

#endif
