/* SPDX-License-Identifier: Apache-2.0 */
/* A tarball of a root filesystem, written below one directory and nowhere else. */
#ifndef BOXES_ROOTFS_H
#define BOXES_ROOTFS_H

#include <stdint.h>

#include "boxes/reader.h"
#include "core/error.h"

/* What an archive may become, or it is taken for a bomb. */
struct rootfs_limits {
	uint64_t bytes; /* of data in files */
	uint64_t members;
};

#define ROOTFS_LIMITS ((struct rootfs_limits){ .bytes = (uint64_t)64 << 30, .members = 8u << 20 })

/*
 * Of an LXD image only what is below rootfs/, of any other archive all; that has to be a root filesystem
 * (boxes/layout.h). Writes the members into the empty directory behind root_fd with their owners, modes (setuid too),
 * times, ACLs, capabilities and hard links. Needs root. Devices below dev/ are left out: whoever runs
 * the tree mounts its own /dev. ERROR_BOX names the member that is refused: outside the tree, through
 * a symbolic link, a device elsewhere, there already, beyond the limits.
 */
int rootfs_unpack(struct reader *r, int root_fd, const struct rootfs_limits *limits,
		  struct error *err);

#endif
