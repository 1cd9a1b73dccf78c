/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees of this host whose changes are waited for: by inotify(7), or by looking at them again and again where the kernel
 * has no room for as many watches as they have directories.
 */
#ifndef CLI_TREEWATCH_H
#define CLI_TREEWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/ignore.h"

struct treewatch; /* owned */

struct treewatch *treewatch_new(void);
void treewatch_free(struct treewatch **w);
#define cleanup_treewatch cleanup(treewatch_free)

/*
 * Adds the tree below `root`, without what the patterns leave out and without links; both are borrowed. Its number is how
 * many were added before. *out_why is NULL, or why it is looked at instead: "fs.inotify.max_user_watches (8192) …"; the
 * caller frees it. -1 if it cannot be read at all.
 */
int treewatch_add(struct treewatch *w, const char *root, const struct ignore *ig, char **out_why,
		  struct error *err);
/*
 * Waits until something changes in a tree and it then was quiet for a moment, at most a second in all, or until the
 * deadline passes; sets changed[number] of those trees and leaves the others alone. More than the kernel could tell
 * counts as a change of all. *out_why is as above, of a tree that has outgrown its watches since.
 */
int treewatch_wait(struct treewatch *w, int64_t deadline_ms, bool *changed, char **out_why,
		   struct error *err);

#endif
