/* SPDX-License-Identifier: Apache-2.0 */
/* The field `ports` of a machine: [host] = guest, and blocks of fields. */
#ifndef LUA_PORTS_H
#define LUA_PORTS_H

#include "lua/decoder.h"

/* The value at the top of the stack, sorted by protocol and port of this host. If there are problems, *out has the rest. */
bool l_decode_ports(struct decoder *d, struct ports_raw *out);

#endif
