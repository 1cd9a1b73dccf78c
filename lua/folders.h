/* SPDX-License-Identifier: Apache-2.0 */
/* The field `folders` of a machine: ["./host"] = "/guest", false, or a block of fields. */
#ifndef LUA_FOLDERS_H
#define LUA_FOLDERS_H

#include "lua/decoder.h"

/* The value at the top of the stack, sorted by `from`. If there are problems, *out has the rest. */
bool l_decode_folders(struct decoder *d, struct folders_raw *out);

#endif
