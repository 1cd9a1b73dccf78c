/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: passing output on to whoever reads it, however slowly. */
#ifndef GUEST_OUTLET_H
#define GUEST_OUTLET_H

#include <stdbool.h>
#include <stddef.h>

#include "guest/patience.h"

/*
 * Writes all of it. *out_gone becomes true, and 0 is returned, when nobody reads there any more. A descriptor of -1
 * swallows everything.
 */
int outlet_write(int fd, const char *data, size_t len, struct patience *p, bool *out_gone,
		 struct error *err);

#endif
