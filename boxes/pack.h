/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Box files written: a Vagrant .box for libvirt (version 1 or 2) around disk images, or a tarball of a
 * root filesystem. Compressed by zstd in as many threads as there are processors, unless the name ends in ".gz"
 * (Vagrant's own reader wants gzip) or ".tar". The same input gives the same bytes.
 */
#ifndef BOXES_PACK_H
#define BOXES_PACK_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/event.h"
#include "core/image.h"

struct pack; /* a file being written, beside its final name */

enum pack_format { PACK_V1, PACK_V2, PACK_ROOTFS };

struct pack_spec {        /* borrowed */
	const char *path; /* of the box; must not exist */
	enum pack_format format;
	unsigned disk_count; /* PACK_V2 */
	const char *architecture;
	const char *user;        /* who to log in as; NULL: what Vagrant's boxes have */
	unsigned first_boot;     /* enum first_boot, told in metadata.json's member "bothy" */
	const char *vagrantfile; /* path of a file to include as "Vagrantfile"; NULL: a minimal one */
	const struct watcher *watch;
};

int pack_open(const struct pack_spec *spec, struct pack **out, struct error *err);
/*
 * PACK_V1, PACK_V2: the next disk: a qcow2 file of so many bytes whose disk has disk_bytes. What is written into
 * the sink must come to file_bytes in the end; holes are kept.
 */
int pack_disk(struct pack *p, uint64_t file_bytes, uint64_t disk_bytes, struct image_sink *out,
	      struct error *err);
/*
 * PACK_ROOTFS: the tree below root_fd, sorted, with owners, modes, capabilities, ACLs and hard links, without
 * devices, sockets and what is mounted there. `skip` tells for each path ("etc/machine-id") what becomes of it; NULL: all is kept.
 */
enum pack_fate { PACK_KEEP, PACK_LEAVE_OUT, PACK_EMPTY };
int pack_tree(struct pack *p, int root_fd, enum pack_fate (*fate)(const char *path, mode_t mode),
	      struct error *err);
/* Completes the file (fsync, rename); also without having been asked to, nothing is left when it is freed before. */
int pack_commit(struct pack *p, struct error *err);
void pack_free(struct pack **p);
#define cleanup_pack cleanup(pack_free)

#endif
