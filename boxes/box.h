/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A box as the user names it: a path or file: URL of a Vagrant .box for libvirt (v1), a qcow2 or
 * raw disk image, or a tarball of a root filesystem, each also compressed (gzip, xz, zstd).
 * What it is, is found by looking into it, not by its name.
 */
#ifndef BOXES_BOX_H
#define BOXES_BOX_H

#include <stdbool.h>

#include "core/error.h"
#include "core/event.h"
#include "core/image.h"

/* Which file, and which of its contents: equal stamps mean the same bytes. */
struct box_stamp {
	uint64_t device, inode, size_bytes;
	int64_t mtime_ns, ctime_ns;
};

/* What is known of a box file: fill with box_open(), empty with box_clear(). */
struct box {
	char *source; /* absolute path of the file */
	char *name;   /* as the user wrote it */
	struct image image;
	char *member; /* inside an archive: the disk's member name; NULL if the file is the disk */
	char *rootfs; /* backs image.rootfs */
	struct box_stamp stamp; /* of the file that was looked at; whoever unpacks it compares */
};

/*
 * The path a box field means: relative to directory, "~/" and "file:" understood. Caller frees.
 * ERROR_NOT_FOUND with a hint if there is no such file.
 */
int box_locate(const char *spec, const char *directory, char **out, struct error *err);

/*
 * The digest of the file at path, from the store's memory of (path, inode, size, mtime) if it has
 * not changed since, else by reading it (then watched as progress and remembered).
 */
int box_digest(const char *home, const char *path, const struct watcher *watch,
	       char out_hex[static DIGEST_HEX_BYTES], struct error *err);

/*
 * Looks into the file and tells what it is. `checksum` (hex SHA-256) may be NULL; if given it must
 * match. A damaged, hostile or unknown file is ERROR_BOX naming the member or the field at fault.
 */
int box_open(const char *home, const char *path, const char *name, const char *checksum,
	     const struct watcher *watch, struct box *out, struct error *err);
void box_clear(struct box *b);
#define cleanup_box cleanup(box_clear)

/*
 * IMAGE_DISK: pours the disk into sink, front to back, as it is decompressed; then the whole image was
 * checked (length, qcow2 tables within the file, no backing or data file). An error means the sink's
 * content is void.
 */
int box_pour(const struct box *b, const struct image_sink *sink, const struct watcher *watch,
	     struct error *err);

/*
 * IMAGE_ROOTFS: unpacks it into the store under its digest, unless it is there, and sets image.rootfs.
 * Atomic: staging directory, fsync, rename. Refuses whatever would escape the staging directory.
 */
int box_store_rootfs(const char *home, struct box *b, const struct watcher *watch,
		     struct error *err);
/* True, and image.rootfs set, if the store has it whole. */
bool box_stored_rootfs(const char *home, struct box *b);

#endif
