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

/* How a box takes the keys of a machine that is made from it; bits, since a box may do several. */
enum first_boot {
	FIRST_BOOT_CREDENTIALS = 1 << 0, /* systemd (252 and later) reads them from SMBIOS */
	FIRST_BOOT_NOCLOUD = 1 << 1,     /* cloud-init reads them from a disk labelled "cidata" */
	FIRST_BOOT_KNOWN_KEY = 1 << 2, /* it lets Vagrant's well-known key in, which is replaced */
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

/*
 * Where the disks of a box go while it is read. begin() starts another one; its sink is good until
 * the next begin(). file_bytes is 0 where only the end will tell.
 */
struct image_target {
	int (*begin)(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
		     struct error *err);
	void *ctx;
};

/* Something that can pour a disk image into a sink; called once. */
struct image_source {
	int (*pour)(void *ctx, const struct image_sink *sink, struct error *err);
	void *ctx;
};

#endif
