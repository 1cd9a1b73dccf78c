/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The storage pool of libvirt's named "bothy", in which bases and machines' disks are volumes; see
 * volume_name.h for what they are called. It is used through libvirt's storage calls only: no root
 * needed, and no second copy of a box.
 *
 * Its directory is /var/lib/libvirt/images/bothy; of a user's own libvirt (qemu:///session) it is
 * pool/ in the home of boxes.
 */
#ifndef PROVIDERS_LIBVIRT_POOL_H
#define PROVIDERS_LIBVIRT_POOL_H

#include "providers/libvirt.h"

/* Whether it is a user's own libvirt, which is not root. */
bool libvirt_is_session(struct libvirt_provider *p);
/* *out stays NULL if there is none or it does not run: a plan must not change anything. */
int libvirt_pool_find(struct libvirt_provider *p, virStoragePoolPtr *out, struct error *err);
/* Makes and starts it if need be. */
int libvirt_pool_ensure(struct libvirt_provider *p, virStoragePoolPtr *out, struct error *err);
/* The same, but *out stays NULL if it was never made. */
int libvirt_pool_start(struct libvirt_provider *p, virStoragePoolPtr *out, struct error *err);
/* Its directory. Caller frees. */
int libvirt_pool_path(virStoragePoolPtr pool, char **out, struct error *err);

/* What is in it, in the order of names; {0} is empty. */
struct volume_list {
	struct volume_entry {
		virStorageVolPtr vol;
		const char *name; /* borrowed from vol */
	} * at;
	size_t count;
};

int libvirt_pool_list(virStoragePoolPtr pool, struct volume_list *out, struct error *err);
bool volume_list_has(const struct volume_list *list, const char *name);
void volume_list_clear(struct volume_list *list);
#define cleanup_volume_list cleanup(volume_list_clear)

#endif
