/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the volumes in the pool, pure:
 *
 *   base-<serial>.<slot>.qcow2         a disk of a box as it was poured, or .raw; see serial.h
 *   <digest>.<serial>.<layout>.ok      says that those of that serial are the disks of the box of that
 *                                      digest; the layout is slot and format of each in the guest's
 *                                      order: "0q", "2q0r"
 *   <domain>.qcow2, <domain>-<n>.qcow2 the machine's disks, n from 1
 *   <domain>.layer.qcow2, …            the layer over each of them
 *   <domain>.export.qcow2              a copy on its way out
 *   <domain>-seed.iso                  what cloud-init reads
 *
 * No two kinds can be mixed up, since a domain's name ends with "-" and a project's id.
 */
#ifndef PROVIDERS_VOLUME_NAME_H
#define PROVIDERS_VOLUME_NAME_H

#include <stdbool.h>

#include "core/image.h"
#include "providers/serial.h"

/* Where the disks of a base are. */
struct base_mark {
	char serial[SERIAL_BYTES];
	size_t disk_count;
	struct {
		unsigned slot;
		bool raw;
	} disks[IMAGE_MAX_DISKS];
};

/* "qcow2" or "raw". */
const char *base_format(bool raw);
/* All of these are freed by the caller. */
char *base_volume_name(const char *serial, unsigned slot, bool raw);
char *base_mark_name(const char *digest, const struct base_mark *mark);
/* The disk of that number in a mark, which is lower than its disk_count. */
char *base_disk_name(const struct base_mark *mark, size_t number);
/* Whether the volume is a mark, of that digest (NULL: of any). */
bool base_mark_parse(const char *name, const char *digest, struct base_mark *out);
/* Whether the volume is a disk of a base, and of which serial. */
bool base_volume_parse(const char *name, char serial[static SERIAL_BYTES]);

char *disk_name(const char *domain, size_t number, bool layer);
char *disk_export_name(const char *domain);
char *disk_seed_name(const char *domain);
/* Whether the volume was made for the machine of that domain. */
bool disk_belongs(const char *name, const char *domain);
/* Whether it was, to make a box of that machine: a layer, or a copy of one. */
bool disk_is_of_package(const char *name, const char *domain);

#endif
