/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw disk images: known by what their first sectors hold, and checked for their length, which the
 * same sectors tell. GPT: UEFI specification, chapter 5; ext4: Documentation/filesystems/ext4 of
 * Linux; XFS and Btrfs: their superblock's magic.
 */
#ifndef BOXES_RAW_H
#define BOXES_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* How much of an image's start the functions below want to see, if there is so much. */
#define RAW_HEAD_BYTES ((size_t)68 << 10)

/* A partition table, a boot sector or a Linux filesystem. */
bool raw_is_disk(const void *head, size_t len);
/* ERROR_BOX if the image is shorter than its partition table or filesystem says. */
int raw_check(const void *head, size_t len, uint64_t file_bytes, struct error *err);

#endif
