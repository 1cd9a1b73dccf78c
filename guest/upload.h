/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: a whole directory into a machine. */
#ifndef GUEST_UPLOAD_H
#define GUEST_UPLOAD_H

#include "guest/guest.h"

/*
 * What is in the directory `from` comes into `to`, beside what is there already; of `what` only these, `within` and `user`
 * count. Files and new directories keep their modes, symlinks stay symlinks, anything else is refused before a byte moves.
 */
int upload_tree(struct guest *g, const struct guest_file *what, int64_t deadline_ms,
		struct error *err);

#endif
