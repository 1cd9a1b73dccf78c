/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory tree on its way into a tar archive: by openat(2), sorted, without following a symbolic link or
 * entering what is mounted. Devices and sockets stay behind.
 */
#ifndef BOXES_TREE_H
#define BOXES_TREE_H

#include "boxes/pack.h"
#include "boxes/tarball.h"

struct tree_rules {
	enum pack_fate (*fate)(const char *path, mode_t mode); /* NULL: all is kept */
	/*
	 * The files of a box: owned by root, mode 0644, as old as time, without the root itself; a link or
	 * anything else that is no file is ERROR_BOX. Otherwise a root filesystem, with all that its files have.
	 */
	bool plain;
};

/* ERROR_BUSY names a file that changed while it was read. */
int tree_pack(struct tarball *t, int root_fd, const struct tree_rules *rules, struct error *err);

#endif
