/* SPDX-License-Identifier: Apache-2.0 */
/* One line of bothy.lock, see boxes/lockfile.h. */
#ifndef BOXES_LOCKLINE_H
#define BOXES_LOCKLINE_H

#include "boxes/lockfile.h"

/* Adds the line's item. ERROR_BOX tells what is wrong, without the place. */
int lockline_parse(const char *line, size_t len, struct lockfile *into, struct error *err);
/* Without the newline. Caller frees. */
char *lockline_of_box(const struct lock_box *b);
char *lockline_of_file(const struct lock_file *f);

#endif
