/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes and access lists of a file, on their way into an archive. */
#ifndef BOXES_ATTRIBUTES_H
#define BOXES_ATTRIBUTES_H

#include <sys/stat.h>

#include "core/error.h"

struct archive;
struct archive_entry;

/* For attributes_read(); freed with archive_read_free(). Aborts rather than return NULL. */
struct archive *attributes_reader(void);
/*
 * Gives the entry what the file behind fd (not O_PATH) has and a root filesystem in a box may have: file capabilities,
 * user.* but overlayfs's, POSIX access lists. `st` is the file's.
 */
int attributes_read(struct archive *reader, int fd, const struct stat *st, struct archive_entry *e,
		    struct error *err);

#endif
