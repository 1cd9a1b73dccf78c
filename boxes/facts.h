/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What looking into a box file told, and the store's memory of it: one small file per box file under
 * digests/, valid as long as the file's stamp is the same. Reading or decompressing a large box takes
 * long, and every command asks.
 */
#ifndef BOXES_FACTS_H
#define BOXES_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "boxes/box.h"

struct facts {
	struct box_stamp stamp;
	bool settled; /* facts_settled() when the file was about to be read */
	char digest[DIGEST_HEX_BYTES];
	bool probed; /* what follows is known, not only the digest */
	enum image_kind kind;
	const char *format; /* IMAGE_DISK: "qcow2" or "raw"; static */
	char *member;       /* as in struct box */
	bool vagrant;       /* user "vagrant" and the well-known key */
	uint64_t file_bytes, disk_bytes;
};

/* The stamp of an open file. */
int facts_stamp(int fd, struct box_stamp *out, struct error *err);
/*
 * Whether the last change is long enough ago for another one to have a different stamp: two within
 * one tick of the filesystem's clock look the same.
 */
bool facts_settled(const struct box_stamp *stamp);
bool facts_same(const struct box_stamp *a, const struct box_stamp *b);
/* ERROR_BOX if the open file has another stamp by now. */
int facts_unchanged(const struct box_stamp *before, int fd, struct error *err);
/* True, and *out filled, if the file at path (absolute) is remembered with this very stamp. */
bool facts_load(const char *home, const char *path, const struct box_stamp *stamp,
		struct facts *out);
/* Remembers them if they are settled; a home that cannot be written to is no error. */
void facts_save(const char *home, const char *path, const struct facts *f);
void facts_clear(struct facts *f);
#define cleanup_facts cleanup(facts_clear)

#endif
