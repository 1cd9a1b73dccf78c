/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disks of virtual machines in a storage pool of libvirt's named "bothy", through its storage calls
 * only: no root needed, and no second copy of a box.
 *
 * A base is two volumes: "<digest>.qcow2" or ".raw" with the box's disk, and a tiny "<digest>.ok"
 * made once that is whole. A machine's disk is a qcow2 volume laid over a base.
 */
#ifndef PROVIDERS_LIBVIRT_POOL_H
#define PROVIDERS_LIBVIRT_POOL_H

#include "providers/libvirt.h"

int libvirt_base_exists(struct provider *p, const char *digest, bool *out, struct error *err);
int libvirt_base_import(struct provider *p, const struct image *image,
			const struct image_source *source, struct error *err);

/* Where a machine's disk is or will be; the pool is made if it is missing. Caller frees. */
int libvirt_disk_path(struct libvirt_provider *p, const char *domain_name, char **out,
		      struct error *err);
/* Makes an empty disk over the base of that image; one of the same name is replaced. */
int libvirt_disk_create(struct libvirt_provider *p, const char *domain_name,
			const struct image *image, uint64_t disk_mib, struct error *err);
/* Makes it larger; a smaller size is an error. 0 leaves it as it is. */
int libvirt_disk_grow(struct libvirt_provider *p, const char *domain_name, uint64_t disk_mib,
		      struct error *err);
/* Gone already is success. */
int libvirt_disk_remove(struct libvirt_provider *p, const char *domain_name, struct error *err);

#endif
