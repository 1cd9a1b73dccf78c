/* SPDX-License-Identifier: Apache-2.0 */
/* What shell, script, ansible, … return: a value that can be called once more, with options. */
#ifndef LUA_PROVISION_H
#define LUA_PROVISION_H

#include "lua/load.h"

/* Its user values in Lua are PROVISION_VALUE_…: nil is what it does not have, or was not given yet. */
struct provision {
	struct value value;
	enum provisioner_kind kind;
	struct place place;         /* where the word was called */
	struct place options_place; /* where its options were given */
};

enum { PROVISION_VALUE_TEXT = 1, PROVISION_VALUE_TO, PROVISION_VALUE_OPTIONS };

/* Adds the words shell, script, upload, ansible, compose, reboot and cloud_init to the table at the top. */
void l_provision_open(lua_State *L);
/* The provision at that index, or NULL if it is something else. Owned by Lua. */
struct provision *provision_at(lua_State *L, int index);
/* What stands where a provisioner should: "expected shell, script, …". Static. */
extern const char provision_expected[];

#endif
