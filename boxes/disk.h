/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk image of a stranger, checked and poured in one pass. Its first bytes are looked at before
 * any of them goes on; runs of zeroes become holes; the tables of a qcow2 image are checked as they
 * go by.
 */
#ifndef BOXES_DISK_H
#define BOXES_DISK_H

#include <stdbool.h>
#include <stddef.h>

#include "boxes/growing.h"
#include "boxes/source.h"
#include "core/error.h"
#include "core/image.h"

#define DISK_HEAD_BYTES ((size_t)1 << 20)

/* The first bytes of an image. {0} is an empty head. */
struct disk_head {
	unsigned char *bytes; /* owned */
	size_t len;
	bool whole; /* the image ends there */
};

/* Reads on until there are `want` bytes (at most DISK_HEAD_BYTES), or the image ends. */
int disk_head_read(struct disk_head *h, struct source *s, size_t want, struct error *err);
/*
 * "qcow2" or "raw" (static); NULL with ERROR_BOX: it is none. Wants as many bytes as
 * disk_head_read() gives.
 */
const char *disk_format(const struct disk_head *h, struct error *err);
void disk_head_clear(struct disk_head *h);
#define cleanup_disk_head cleanup(disk_head_clear)

/*
 * The image of that format, of which the head was taken from the source already, into the target. Sets *out
 * but for its slot. 1: all is well but that the qcow2 tables are still to be checked by disk_check(). An
 * error means that what was poured is void.
 */
int disk_pour(struct source *s, struct disk_head *h, const char *format,
	      const struct image_target *target, struct image_disk *out, struct error *err);
/*
 * Checks the tables of a qcow2 image by reading it again: `member` of the file, which came to its end,
 * or if that is NULL the file itself.
 */
int disk_check(struct growing *file, const char *member, uint64_t file_bytes, struct error *err);

#endif
