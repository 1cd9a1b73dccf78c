/* SPDX-License-Identifier: Apache-2.0 */
/* The field `hooks` of a machine, and the words in it: host "cmd", guest "cmd", note "…". */
#ifndef LUA_HOOKS_H
#define LUA_HOOKS_H

#include "lua/decoder.h"

/* What the words return: their text is the one user value. */
struct hook_value {
	struct value value;
	enum hook_kind kind;
	struct place place; /* where the word was called */
	size_t note;        /* HOOK_NOTE: its index in env_raw.notes */
};

/* Adds the words guest and note to the table at the top. */
void l_hooks_open(lua_State *L);
/* host "cmd", as the __call of the table of facts: the command is the second argument. */
int l_host_command(lua_State *L);
/* The hook at that index, or NULL if it is something else. Owned by Lua. */
struct hook_value *hook_at(lua_State *L, int index);
/* Leaves those notes out that ended up in a hook: they are said when its event comes. After the file has run. */
void hooks_drop_notes(struct env_raw *raw);

/*
 * The value at the top of the stack, in the order of enum hook_event. If there are problems, *out has the rest. A
 * note in it is no note of the file any more.
 */
bool l_decode_hooks(struct decoder *d, struct hooks_raw *out);

#endif
