/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Box files written: a Vagrant .box for libvirt (version 1 or 2) around disk images, or a tarball of a
 * root filesystem. The same input gives the same bytes.
 */
#ifndef BOXES_PACK_H
#define BOXES_PACK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/event.h"
#include "core/image.h"

struct pack; /* a file being written, beside its final name */

enum pack_format { PACK_V1, PACK_V2, PACK_ROOTFS };

struct pack_spec {        /* borrowed */
	const char *path; /* of the box; ERROR_DECLINED if it exists */
	/*
	 * "zstd", in as many threads as there are processors, "gzip", which older Vagrants need, or "none"; NULL: by
	 * the name: gzip for ".gz" and ".tgz", none for ".tar", else zstd.
	 */
	const char *compression;
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
 * the sink must come to file_bytes in the end; holes are kept, for which the disk lies in a file beside the
 * box until it is complete. The sink is good until the next call on p.
 */
int pack_disk(struct pack *p, uint64_t file_bytes, uint64_t disk_bytes, struct image_sink *out,
	      struct error *err);
/*
 * PACK_ROOTFS: the tree below root_fd, sorted, with owners, modes, times in seconds, capabilities, ACLs and hard
 * links, without devices, sockets and what is mounted there. `fate` tells for each path ("etc/machine-id") what
 * becomes of it; NULL: all is kept. ERROR_BUSY names a file that changed meanwhile.
 */
enum pack_fate {
	PACK_KEEP,
	PACK_LEAVE_OUT, /* with what is below it */
	PACK_EMPTY, /* a file without content, a directory without entries; other things are kept */
};
int pack_tree(struct pack *p, int root_fd, enum pack_fate (*fate)(const char *path, mode_t mode),
	      struct error *err);
/* Completes the file (fsync, rename). */
int pack_commit(struct pack *p, struct error *err);
/* Nothing is left of a file that was not completed. */
void pack_free(struct pack **p);
#define cleanup_pack cleanup(pack_free)

#endif
