/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metadata.json of a Vagrant box. {"provider": "libvirt"} (or kvm, qemu) with, in version 1 of the
 * format, "format": "qcow2" and "virtual_size": GiB and the disk as member "box.img"; in version 2
 * "disks": [{"path": "box_1.img", "name": "box_1"}, …], the first to boot from. {"provider": "lxc"}
 * comes with a member "rootfs.tar.*". "architecture" may be told. What else is in it is not looked
 * at, but for a member of ours: "bothy": {"user": "debian", "first_boot": ["credentials"]}.
 */
#ifndef BOXES_METADATA_H
#define BOXES_METADATA_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/image.h"

#define METADATA_MEMBER "metadata.json"
#define METADATA_DISK "box.img"
#define METADATA_MAX_BYTES ((size_t)1 << 20)

/* {0} is an empty one; strings are owned. */
struct metadata {
	enum image_kind kind;
	char *disks[IMAGE_MAX_DISKS]; /* members with the disks; the first is booted from */
	size_t disk_count;
	char *architecture; /* as it stands there; NULL: not told */
	char *user;
	unsigned first_boot; /* enum first_boot */
};

/* ERROR_BOX names the field that is missing, of the wrong type, or asks for what is not supported. */
int metadata_parse(const void *data, size_t len, struct metadata *out, struct error *err);
void metadata_clear(struct metadata *m);
#define cleanup_metadata cleanup(metadata_clear)

#endif
