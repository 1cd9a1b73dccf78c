/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metadata.json of a Vagrant box for libvirt, version 1: {"provider": "libvirt", "format": "qcow2",
 * "virtual_size": GiB}. Its disk is the member "box.img".
 */
#ifndef BOXES_METADATA_H
#define BOXES_METADATA_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define METADATA_MEMBER "metadata.json"
#define METADATA_DISK "box.img"
#define METADATA_MAX_BYTES ((size_t)1 << 20)

struct metadata {
	uint64_t virtual_size_gib;
};

/* ERROR_BOX names the field that is missing, of the wrong type, or asks for what is not supported. */
int metadata_parse(const void *data, size_t len, struct metadata *out, struct error *err);

#endif
