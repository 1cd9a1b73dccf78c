/* SPDX-License-Identifier: Apache-2.0 */
/* The field `networks` of a machine: cards that words gave, names, and tables with names. */
#ifndef LUA_CARDS_H
#define LUA_CARDS_H

#include "lua/decoder.h"

/* The value at the top of the stack. If there are problems, *out has the cards that have none. */
bool l_decode_cards(struct decoder *d, struct cards_raw *out);

#endif
