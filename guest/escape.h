/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside this room: the way out of a session whose other side does not answer: "~." at the beginning of a line, as in
 * ssh(1). In raw mode Ctrl-C belongs to the other side, and would be of no use then.
 */
#ifndef GUEST_ESCAPE_H
#define GUEST_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/* {0} is the beginning of a session. */
struct escape {
	enum escape_at { ESCAPE_LINE_BEGINS, ESCAPE_TILDE, ESCAPE_INSIDE } at;
};

/* Takes what was typed, which goes to the other side all the same: true as soon as "~." was. */
bool escape_typed(struct escape *e, const char *data, size_t len);

#endif
