/* SPDX-License-Identifier: Apache-2.0 */
/* What crosses from boxes to providers: an unpacked box a machine can be made from. */
#ifndef CORE_IMAGE_H
#define CORE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/error.h"
#include "core/first_boot.h"

enum image_kind {
	IMAGE_DISK,   /* a disk a VM boots from */
	IMAGE_ROOTFS, /* a directory tree a container runs in */
};

#define IMAGE_MAX_DISKS 8

/* One disk of a box for VMs. */
struct image_disk {
	const char *format;  /* "qcow2" or "raw"; static */
	uint64_t file_bytes; /* length of the image file */
	uint64_t disk_bytes; /* size of the disk the guest sees */
	unsigned slot;       /* which of the disks begun in an image_target it was, from 0 */
};

struct image {
	enum image_kind kind;
	char digest[DIGEST_HEX_BYTES]; /* of the box as it was given: its identity everywhere */
	const char *name;              /* as the user wrote it; borrowed */
	struct image_disk disks[IMAGE_MAX_DISKS]; /* IMAGE_DISK: the one to boot from first */
	size_t disk_count;
	const char *rootfs; /* IMAGE_ROOTFS: directory in the store; borrowed */
	const char *user; /* who to log in as ("vagrant" in Vagrant boxes, else "root"); borrowed */
	unsigned first_boot; /* enum first_boot */
};

/*
 * Where a disk image is written to, front to back. hole() may be NULL: zeroes are written then.
 * Both return 0 or -1 with err set.
 */
struct image_sink {
	int (*write)(void *ctx, const void *data, size_t len, struct error *err);
	int (*hole)(void *ctx, uint64_t len, struct error *err);
	void *ctx;
};

/*
 * Where the disks of a box go while it is read. begin() starts another one; its sink is good until
 * the next begin(). file_bytes is 0 where only the end will tell.
 */
struct image_target {
	int (*begin)(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
		     struct error *err);
	void *ctx;
};

/*
 * Something that can pour the disks of a box; called once. It pours them, in the order in which they
 * come, into the sinks that the target gives, and fills *image when all of them are whole: until
 * then neither the digest nor the length of a disk need be known. A disk that was begun and whose
 * slot is not mentioned in image->disks is not wanted.
 */
struct image_source {
	int (*pour)(void *ctx, const struct image_target *target, struct image *image,
		    struct error *err);
	void *ctx;
};

#endif
