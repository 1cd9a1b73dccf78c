/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words about networks. nat {}, host_only {}, internal "x" {}, bridged {} and nat_network "x" {} give cards: values
 * for the field `networks`, those with a name also without a table. network "x" {} declares a network.
 */
#ifndef LUA_NETWORK_H
#define LUA_NETWORK_H

#include "lua/load.h"

/* Its user values in Lua are CARD_VALUE_…, each nil until it was given. */
struct card_value {
	struct value value;
	enum network_kind kind;
	struct place place;         /* where the word was called */
	struct place options_place; /* where its options were given */
};

enum { CARD_VALUE_NAME = 1, CARD_VALUE_OPTIONS };

/* Adds the words to the table at the top. */
void l_network_open(lua_State *L);
/* The card at that index, or NULL if it is something else. Owned by Lua. */
struct card_value *card_at(lua_State *L, int index);
/* "nat", "host_only", "internal", "bridged" or "nat_network". Static. */
const char *network_word(enum network_kind kind);

#endif
