/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's memory of box files: one small file per path under digests/ with the digest of what is
 * there, valid as long as the file's stamp is the same. Reading a large box takes long, and every
 * command asks.
 */
#ifndef BOXES_FACTS_H
#define BOXES_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/error.h"

/* Which file, and which of its contents: equal stamps mean the same bytes. */
struct box_stamp {
	uint64_t device, inode, size_bytes;
	int64_t mtime_ns, ctime_ns;
};

struct facts {
	struct box_stamp stamp; /* from before the file was read, and still its stamp afterwards */
	bool settled;           /* facts_settled() when the file was about to be read */
	char digest[DIGEST_HEX_BYTES];
};

/* The stamp of an open file. */
int facts_stamp(int fd, struct box_stamp *out, struct error *err);
/*
 * Whether the last change is long enough ago for another one to have a different stamp: two within
 * one tick of the filesystem's clock look the same.
 */
bool facts_settled(const struct box_stamp *stamp);
bool facts_same(const struct box_stamp *a, const struct box_stamp *b);
/* True, and *out filled, if the file at path (absolute) is remembered with this very stamp. */
bool facts_load(const char *home, const char *path, const struct box_stamp *stamp,
		struct facts *out);
/* Remembers them if they are settled; a home that cannot be written to is no error. */
void facts_save(const char *home, const char *path, const struct facts *f);
/* Forgets files that are gone, and records that cannot be read. */
int facts_sweep(const char *home, struct error *err);

#endif
