/* SPDX-License-Identifier: Apache-2.0 */
/* bothy sync --watch: folders brought into machines whenever something in them changes. */
#ifndef CLI_WATCHING_H
#define CLI_WATCHING_H

#include "cli/sync.h"

/*
 * Brings all folders of these machines, then what changes in them until the user ends it, which is success, or no machine
 * is left. A machine that is off is waited for, one that is gone is given up. Each of `machines` is taken over. -1 only
 * if the folders cannot be watched.
 */
int watching_run(struct session *s, struct syncing *machines, size_t count, bool full,
		 struct error *err);

#endif
