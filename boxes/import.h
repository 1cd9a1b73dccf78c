/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A box file taken in by one pass over it, front to back, while it may still be arriving: a thread of its
 * own digests the bytes, the caller's decompresses and checks them and pours them where they belong.
 * What the file is, is found by looking into it.
 *
 * Understood, each also compressed by gzip, xz, zstd or bzip2: a Vagrant .box for libvirt (version 1:
 * box.img; version 2: disks named by metadata.json) or for lxc (rootfs.tar.*), a qcow2 or raw disk image, a tarball of a root
 * filesystem, also as LXD and Incus have it (metadata.yaml, rootfs/).
 */
#ifndef BOXES_IMPORT_H
#define BOXES_IMPORT_H

#include "boxes/checksum.h"
#include "boxes/content.h"
#include "boxes/growing.h"
#include "boxes/rootfs.h"
#include "core/event.h"

struct import;

struct import_spec { /* all borrowed, for as long as the import lives */
	struct growing *file;
	const char *name;         /* for messages and progress */
	struct checksum checksum; /* the file's; if none is set, any will do */
	uint64_t size_bytes;      /* the file's; 0: any */
	const struct watcher *watch;
	const struct rootfs_limits *limits; /* NULL: ROOTFS_LIMITS */
	/*
	 * Told of the content, and may change what it tells of logging in, once all is known and right, but before
	 * it is where it belongs: what is there has been written down. May be NULL. -1 undoes all.
	 */
	int (*settled)(void *ctx, struct content *c, struct error *err);
	void *ctx;
};

/* Reads as far as it takes to tell the kind. ERROR_BOX names the member or the field at fault. */
int import_open(const struct import_spec *spec, struct import **out, struct error *err);
enum image_kind import_kind(const struct import *i);
/*
 * IMAGE_DISK: pours the disks into target; once they are whole, checked (length, qcow2 tables within the
 * file, no backing or data file) and the digest is known and right, fills *out. An error means that what was poured is void.
 */
int import_disks(struct import *i, const struct image_target *target, struct content *out,
		 struct error *err);
/* IMAGE_ROOTFS: unpacks it into rootfs/DIGEST of the store; atomic; there already is success. Needs root. */
int import_rootfs(struct import *i, const char *home, struct content *out, struct error *err);
/*
 * What import_disks() or import_rootfs() took in was the file at path: box_digest() need not read it
 * again, unless it has changed since it began to be read here. A file that was still growing or whose
 * last change is too recent to tell it from another is not remembered. Failing to is no error.
 */
void import_remember(const struct import *i, const char *home, const char *path);
void import_free(struct import **i);
#define cleanup_import cleanup(import_free)

/* rootfs/DIGEST/root below home if it is there, else NULL. Caller frees. */
char *rootfs_stored(const char *home, const char *digest);
/* Removes it; gone already is success. */
int rootfs_discard(const char *home, const char *digest, struct error *err);

#endif
