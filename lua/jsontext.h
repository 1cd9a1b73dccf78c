/* SPDX-License-Identifier: Apache-2.0 */
/* Values of Lua as JSON, for what is handed on to other programs. */
#ifndef LUA_JSONTEXT_H
#define LUA_JSONTEXT_H

#include "lua/decoder.h"

/*
 * The value at the top of the stack as one JSON document (RFC 8259) with sorted keys: strings, numbers, booleans, and
 * tables, which are lists if their keys are 1 … n and objects if all are strings; an empty one is an object. Anything
 * else in it, or more than 16 levels, is a problem at its place.
 */
bool l_decode_json(struct decoder *d, const char **out);

#endif
