/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a download is kept: downloads/<sha256 of its first URL> below the store's home, with its note (".json") and a
 * lock (".lock") beside it. Only whoever holds the lock writes or removes any of them, the lock itself
 * included.
 */
#ifndef BOXES_DOWNLOAD_PLACE_H
#define BOXES_DOWNLOAD_PLACE_H

#include "core/error.h"
#include "core/event.h"

struct download_place {
	char *path; /* of the file */
	int lock_fd;
};

/* Makes the folder and takes the lock; waits, saying so, while somebody else has it. */
int download_place_take(const char *home, const char *url, const char *name,
			const struct watcher *watch, struct download_place *out, struct error *err);
/* Removes file, note and lock. */
void download_place_empty(const struct download_place *p);
/* Lets the lock go. */
void download_place_clear(struct download_place *p);
#define cleanup_download_place cleanup(download_place_clear)

#endif
