/* SPDX-License-Identifier: Apache-2.0 */
/* bothy.lock of a session's project: read, held against the file, and written. */
#ifndef CLI_PINS_H
#define CLI_PINS_H

#include "boxes/lockfile.h"
#include "cli/session.h"

/* The lock as it was when the session first asked; empty where there is none, or no project. Borrowed. */
int pins_load(struct session *s, const struct lockfile **out, struct error *err);
void pins_free(struct pins **pins);

/*
 * Writes what this host knows by now: the boxes of all machines whose content is in the store, and the
 * files that provisioning reads. Lines for other hosts and of boxes nobody uses any more stay.
 */
int pins_write(struct session *s, struct error *err);
/* ERROR_BOX, with each difference among s->problems, if an up would change the lock. */
int pins_check(struct session *s, struct error *err);

struct pins_update {
	bool all;             /* ask anew for every box that is not a file of this host */
	struct strings names; /* or for these */
};
/*
 * bothy lock: writes every box of the file, asking for those that are not locked, and takes out what no machine of
 * the file uses on a host like this one. What changed is told by lines on the session's output.
 */
int pins_renew(struct session *s, const struct pins_update *what, struct error *err);

#endif
