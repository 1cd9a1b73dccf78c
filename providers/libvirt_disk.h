/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disks of a machine in the pool: qcow2 volumes laid over the disks of a base, layers over those
 * while it is being packaged, and the disk that cloud-init reads.
 */
#ifndef PROVIDERS_LIBVIRT_DISK_H
#define PROVIDERS_LIBVIRT_DISK_H

#include "core/seed.h"
#include "providers/libvirt_pool.h"

/* Where a machine's disks are or will be. {0} is empty. */
struct disk_paths {
	char *at[IMAGE_MAX_DISKS];
	size_t count;
	char *seed; /* always set, also where there is none */
};

/* The pool is made if it is missing. `layer`: those of the layer. */
int libvirt_disk_paths(struct libvirt_provider *p, const char *domain_name, size_t count,
		       bool layer, struct disk_paths *out, struct error *err);
void disk_paths_clear(struct disk_paths *paths);
#define cleanup_disk_paths cleanup(disk_paths_clear)

/* Makes empty disks over the base of that image; those of the same names are replaced. disk_mib is for the first. */
int libvirt_disk_create(struct libvirt_provider *p, const char *domain_name,
			const struct image *image, uint64_t disk_mib, struct error *err);
/* Makes the first one larger; a smaller size is an error. 0 leaves it as it is. */
int libvirt_disk_grow(struct libvirt_provider *p, const char *domain_name, uint64_t disk_mib,
		      struct error *err);
/* Writes the disk for cloud-init, in the place of the one that is there. seed->disk is set. */
int libvirt_seed_write(struct libvirt_provider *p, const char *domain_name, const struct seed *seed,
		       struct error *err);
/* Removes everything that was made for the machine. Gone already is success. */
int libvirt_disk_remove(struct libvirt_provider *p, const char *domain_name, struct error *err);

/* Fresh layers over the machine's disks; those that are there are replaced. */
int libvirt_layer_make(struct libvirt_provider *p, const char *domain_name, size_t count,
		       struct error *err);
/* Gone already is success. */
int libvirt_layer_remove(struct libvirt_provider *p, const char *domain_name, struct error *err);

/* See machine_export in provider_ops.h; through the layers if `layer`. */
int libvirt_disk_export(struct libvirt_provider *p, const char *domain_name, size_t count,
			bool layer, const struct image_target *target, struct error *err);

#endif
