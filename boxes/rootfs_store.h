/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Root filesystems in the store: rootfs/DIGEST/root, where DIGEST appears by one rename and thus is
 * whole or not there. DIGEST itself is 0700, since the tree below has setuid programs of strangers.
 * What is there is asked for and discarded by rootfs_stored() and rootfs_discard() of boxes/import.h.
 */
#ifndef BOXES_ROOTFS_STORE_H
#define BOXES_ROOTFS_STORE_H

#include "boxes/staging.h"
#include "core/error.h"

/* A staging with an empty tree in it, whose descriptor the caller closes. */
int rootfs_store_open(const char *home, struct staging *out, int *out_root_fd, struct error *err);
/* The tree in the staging becomes the one of that digest, unless there is one. */
int rootfs_store_commit(const char *home, struct staging *s, const char *digest, struct error *err);

#endif
