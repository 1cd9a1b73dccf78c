/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bases in the pool: the disks of boxes, as they were poured, that machines' disks are laid over.
 *
 * They are poured under a serial, since libvirt cannot rename a volume and the digest is known
 * last; the mark, made when all is whole, says which serial has the disks of a digest. Without one
 * they do not exist. Two users who import one box at the same moment may get it twice; machines
 * are laid over either.
 */
#ifndef PROVIDERS_LIBVIRT_BASE_H
#define PROVIDERS_LIBVIRT_BASE_H

#include "providers/libvirt_pool.h"
#include "providers/volume_name.h"

/* Behind the slots. */
int libvirt_base_exists(struct provider *p, const char *digest, bool *out, struct error *err);
int libvirt_base_import(struct provider *p, struct image *image, const struct image_source *source,
			struct error *err);
int libvirt_base_remove(struct provider *p, const char *digest, struct error *err);
int libvirt_base_tidy(struct provider *p, struct error *err);

/* The mark of that digest whose disks are all there; *found says whether there is one. */
int libvirt_base_find(virStoragePoolPtr pool, const char *digest, struct base_mark *out,
		      bool *found, struct error *err);
/* A tiny volume that is there once everything before it is. */
int libvirt_base_mark(virStoragePoolPtr pool, const char *digest, const struct base_mark *mark,
		      struct error *err);
/* Removes what imports and removals left behind whose process is gone. What cannot be removed stays. */
void libvirt_base_sweep(virStoragePoolPtr pool);

#endif
