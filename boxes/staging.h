/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder under tmp/ of the store in which something is made before it is renamed into its place.
 * Its lock says that whoever makes it lives; what dead processes left is removed by the next one.
 */
#ifndef BOXES_STAGING_H
#define BOXES_STAGING_H

#include "core/error.h"

/* {.lock_fd = -1} is an empty staging. */
struct staging {
	char *path; /* of the folder, mode 0700 */
	char *lock_path;
	int lock_fd;
};

/* Removes what is left of dead processes. */
int staging_sweep(const char *home, struct error *err);
/* The same, then makes a folder of our own. */
int staging_open(const char *home, struct staging *out, struct error *err);
/*
 * What is below is written out, then the folder becomes `target` (which must not exist) for good.
 * The parent of `target` must exist.
 */
int staging_commit(struct staging *s, const char *target, struct error *err);
/* Removes the folder, unless it was committed. */
void staging_clear(struct staging *s);
#define cleanup_staging cleanup(staging_clear)

#endif
