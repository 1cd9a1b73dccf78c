/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A turn at something that many things have one of, such as a box that is being brought: a lock whose file goes
 * with it, or folders would fill with locks of things that are long gone.
 */
#ifndef CORE_TURN_H
#define CORE_TURN_H

#include "core/error.h"

struct turn { /* .fd = -1: none */
	char *path;
	int fd;
};

/* As fs_lock() has it, of a file that nobody locks but by a turn; the caller ends it with turn_end(). */
int turn_take(const char *path, const char *what, int wait_ms, struct turn *out, struct error *err);
/* Removes the file and lets go, in this order: whoever waits for that file notices, and takes a new one. */
void turn_end(struct turn *t);
#define cleanup_turn cleanup(turn_end)

/*
 * Removes what processes that were killed left of their turns: files in `folder` whose names end with `suffix`. Turns
 * that are taken stay. No folder is an empty one.
 */
int turn_sweep(const char *folder, const char *suffix, struct error *err);

#endif
