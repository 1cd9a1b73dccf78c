/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of a Vagrant box. Nothing of it is written but disks into a target and the root
 * filesystem into its directory, and whatever is no plain file or directory is refused.
 */
#ifndef BOXES_VAGRANT_H
#define BOXES_VAGRANT_H

#include "boxes/metadata.h"
#include "boxes/reader.h"
#include "boxes/rootfs.h"
#include "core/error.h"
#include "core/image.h"

/* The disks of a box, in the order of its metadata. */
struct vagrant_disks {
	struct image_disk at[IMAGE_MAX_DISKS];
	size_t count;
};

/* The reader's current member, which is the box's metadata.json. */
int vagrant_read_metadata(struct reader *r, struct metadata *out, struct error *err);
/*
 * Reads a box for libvirt to its end and pours its disks as they come. Metadata may stand behind them,
 * so every qcow2 image at the box's root that metadata does not exclude is poured.
 */
int vagrant_pour(struct reader *r, const struct image_target *target, struct vagrant_disks *out,
		 struct metadata *out_metadata, struct error *err);
/* Reads a box for lxc to its end and unpacks its root filesystem. */
int vagrant_unpack(struct reader *r, int root_fd, const struct rootfs_limits *limits,
		   struct metadata *out_metadata, struct error *err);

#endif
