/* SPDX-License-Identifier: Apache-2.0 */
/* What crosses from boxes to providers: an unpacked box a machine can be made from. */
#ifndef CORE_IMAGE_H
#define CORE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/error.h"

enum image_kind {
	IMAGE_DISK,   /* a disk a VM boots from */
	IMAGE_ROOTFS, /* a directory tree a container runs in */
};

struct image {
	enum image_kind kind;
	char digest[DIGEST_HEX_BYTES]; /* of the box as it was given: its identity everywhere */
	const char *name;              /* as the user wrote it; borrowed */
	const char *format;            /* IMAGE_DISK: "qcow2" or "raw"; static */
	uint64_t file_bytes;           /* IMAGE_DISK: length of the image file */
	uint64_t disk_bytes;           /* IMAGE_DISK: size of the disk the guest sees */
	const char *rootfs;            /* IMAGE_ROOTFS: directory in the store; borrowed */
	const char *user; /* who to log in as ("vagrant" in Vagrant boxes, else "root"); static */
	bool known_key;   /* comes with Vagrant's well-known key, which must be replaced */
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

/* Something that can pour a disk image into a sink; called once. */
struct image_source {
	int (*pour)(void *ctx, const struct image_sink *sink, struct error *err);
	void *ctx;
};

#endif
