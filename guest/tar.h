/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside this room: headers of a tar archive, in the format that GNU tar writes by default ("ustar  ", long names in
 * members of type L and K, large numbers in base 256): the one that every tar reads, also that of busybox, which skips
 * the extended headers of pax. Names are bytes. GNU tar's manual, "Basic Tar Format" and "GNU tar Extensions".
 */
#ifndef GUEST_TAR_H
#define GUEST_TAR_H

#include "core/text.h"

#define TAR_BLOCK 512

struct tar_member { /* all borrowed */
	const char *path;
	char type;           /* 'f' file, 'd' directory, 'l' symbolic link */
	unsigned mode;       /* permissions */
	unsigned uid, gid;   /* by number: no names are written */
	uint64_t size_bytes; /* of a file */
	int64_t mtime_s;
	const char *target; /* of a link */
};

/* Adds what stands before the bytes of a member. */
void tar_add_header(struct text *out, const struct tar_member *m);
/* How many zeros stand behind so many bytes. */
size_t tar_padding(uint64_t size_bytes);
/* Adds the end of the archive. */
void tar_add_end(struct text *out);

#endif
