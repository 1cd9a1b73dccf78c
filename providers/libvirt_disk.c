/* SPDX-License-Identifier: Apache-2.0 */
/* Machines' disks. */
#include "providers/libvirt_disk.h"

#include <stdlib.h>

#include "core/fs.h"
#include "core/stop.h"
#include "core/text.h"
#include "providers/libvirt_base.h"
#include "providers/libvirt_volume.h"

#define MIB ((uint64_t)1 << 20)

int libvirt_disk_paths(struct libvirt_provider *p, const char *domain_name, size_t count,
		       bool layer, struct disk_paths *out, struct error *err)
{
	cleanup_free char *directory = NULL, *seed = disk_seed_name(domain_name);
	cleanup_pool virStoragePoolPtr pool = NULL;

	if (libvirt_pool_ensure(p, &pool, err) < 0 || libvirt_pool_path(pool, &directory, err) < 0)
		return -1;
	*out = (struct disk_paths){ .count = count, .seed = fs_join(directory, seed) };
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *name = disk_name(domain_name, i, layer);

		out->at[i] = fs_join(directory, name);
	}
	return 0;
}

void disk_paths_clear(struct disk_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->at[i]);
	free(paths->seed);
	*paths = (struct disk_paths){ 0 };
}

static int wanted_bytes(const struct image *image, uint64_t disk_mib, uint64_t *out,
			struct error *err)
{
	uint64_t wanted = disk_mib * MIB, own = image->disks[0].disk_bytes;

	if (disk_mib && wanted < own) {
		cleanup_free char *has = text_format_bytes(own);

		error_set(err, ERROR_BOX,
			  "the disk of box '%s' is larger than the one asked for: %s", image->name,
			  has);
		return error_hint(err, "set disk = \"%s\" or more", has);
	}
	*out = disk_mib ? wanted : own;
	return 0;
}

/* One that is there already was left by a creation that did not come to its end. */
static int make_overlay(virStoragePoolPtr pool, const struct volume *v, struct error *err)
{
	cleanup_volume virStorageVolPtr vol = NULL;

	if (volume_remove(pool, v->name, err) < 0)
		return -1;
	return volume_make(pool, v, &vol, err);
}

static int make_disk(virStoragePoolPtr pool, const char *domain_name, const struct base_mark *mark,
		     size_t n, uint64_t bytes, struct error *err)
{
	cleanup_free char *name = disk_name(domain_name, n, false), *directory = NULL;
	cleanup_free char *below = base_disk_name(mark, n), *path = NULL;
	struct volume v = { name, "qcow2", bytes, "0600", NULL, base_format(mark->disks[n].raw) };

	if (libvirt_pool_path(pool, &directory, err) < 0)
		return -1;
	path = fs_join(directory, below);
	v.base_path = path;
	return make_overlay(pool, &v, err);
}

int libvirt_disk_create(struct libvirt_provider *p, const char *domain_name,
			const struct image *image, uint64_t disk_mib, struct error *err)
{
	cleanup_pool virStoragePoolPtr pool = NULL;
	struct base_mark mark;
	uint64_t bytes = 0;
	bool found = false;

	if (wanted_bytes(image, disk_mib, &bytes, err) < 0 ||
	    libvirt_pool_ensure(p, &pool, err) < 0 ||
	    libvirt_base_find(pool, image->digest, &mark, &found, err) < 0)
		return -1;
	if (!found || mark.disk_count < image->disk_count)
		return error_set(err, ERROR_BOX, "box '%s' has not been imported", image->name);
	for (size_t n = 0; n < image->disk_count; n++) {
		if (make_disk(pool, domain_name, &mark, n, n ? image->disks[n].disk_bytes : bytes,
			      err) < 0)
			return -1;
	}
	return 0;
}

int libvirt_disk_grow(struct libvirt_provider *p, const char *domain_name, uint64_t disk_mib,
		      struct error *err)
{
	cleanup_free char *name = disk_name(domain_name, 0, false);
	cleanup_volume virStorageVolPtr vol = NULL;
	cleanup_pool virStoragePoolPtr pool = NULL;
	uint64_t bytes;

	if (!disk_mib)
		return 0;
	if (libvirt_pool_ensure(p, &pool, err) < 0 || volume_get(pool, name, &vol, err) < 0 ||
	    volume_capacity(vol, &bytes, err) < 0)
		return -1;
	if (disk_mib * MIB < bytes)
		return error_set(err, ERROR_PROVIDER, "disk '%s' cannot become smaller", name);
	if (disk_mib * MIB > bytes && virt.StorageVolResize(vol, disk_mib * MIB, 0) < 0)
		return libvirt_error(err, "cannot enlarge disk '%s'", name);
	return 0;
}

/* libvirt gives it to the user that QEMU runs as when the machine starts. */
int libvirt_seed_write(struct libvirt_provider *p, const char *domain_name, const struct seed *seed,
		       struct error *err)
{
	struct volume_stream stream = { .doing = "writing the disk for cloud-init" };
	const struct image_sink sink = volume_sink(&stream);
	cleanup_free char *name = disk_seed_name(domain_name);
	const struct volume v = { name, "raw", seed->disk_bytes, "0600", NULL, NULL };
	cleanup_volume virStorageVolPtr vol = NULL;
	cleanup_pool virStoragePoolPtr pool = NULL;

	if (libvirt_pool_ensure(p, &pool, err) < 0 || volume_remove(pool, name, err) < 0 ||
	    volume_make(pool, &v, &vol, err) < 0 ||
	    volume_upload(p, vol, seed->disk_bytes, &stream, err) < 0)
		return -1;
	if (sink.write(sink.ctx, seed->disk, seed->disk_bytes, err) == 0)
		return volume_stream_finish(&stream, err);
	volume_stream_abort(&stream);
	return -1;
}

static int remove_some(struct libvirt_provider *p, const char *domain_name,
		       bool (*which)(const char *name, const char *domain), struct error *err)
{
	cleanup_volume_list struct volume_list list = { 0 };
	cleanup_pool virStoragePoolPtr pool = NULL;

	if (libvirt_pool_start(p, &pool, err) < 0)
		return -1;
	if (pool && libvirt_pool_list(pool, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		if (which(list.at[i].name, domain_name) &&
		    volume_remove(pool, list.at[i].name, err) < 0)
			return -1;
	}
	return 0;
}

int libvirt_disk_remove(struct libvirt_provider *p, const char *domain_name, struct error *err)
{
	return remove_some(p, domain_name, disk_belongs, err);
}

static int make_layer(virStoragePoolPtr pool, const char *domain_name, size_t n, struct error *err)
{
	cleanup_free char *own = disk_name(domain_name, n, false);
	cleanup_free char *name = disk_name(domain_name, n, true), *path = NULL;
	struct volume v = { name, "qcow2", 0, "0600", NULL, "qcow2" };
	cleanup_volume virStorageVolPtr below = NULL;

	if (volume_get(pool, own, &below, err) < 0 ||
	    volume_capacity(below, &v.capacity_bytes, err) < 0)
		return -1;
	path = virt.StorageVolGetPath(below);
	if (!path)
		return libvirt_error(err, "cannot find disk '%s'", own);
	v.base_path = path;
	return make_overlay(pool, &v, err);
}

int libvirt_layer_make(struct libvirt_provider *p, const char *domain_name, size_t count,
		       struct error *err)
{
	cleanup_pool virStoragePoolPtr pool = NULL;

	if (libvirt_pool_ensure(p, &pool, err) < 0)
		return -1;
	for (size_t n = 0; n < count; n++) {
		if (make_layer(pool, domain_name, n, err) < 0)
			return -1;
	}
	return 0;
}

int libvirt_layer_remove(struct libvirt_provider *p, const char *domain_name, struct error *err)
{
	return remove_some(p, domain_name, disk_is_of_package, err);
}

static int pour_copy(struct libvirt_provider *p, virStorageVolPtr copy,
		     const struct image_target *target, struct error *err)
{
	struct image_sink sink = { 0 };
	uint64_t bytes;

	if (volume_file_bytes(copy, &bytes, err) < 0 ||
	    target->begin(target->ctx, "qcow2", bytes, &sink, err) < 0)
		return -1;
	return volume_download(p, copy, bytes, &sink, err);
}

/* A copy is made first, since only QEMU's tools can read through what a disk stands on, and libvirt runs them. */
static int export_disk(struct libvirt_provider *p, virStoragePoolPtr pool, const char *domain_name,
		       virStorageVolPtr disk, const struct image_target *target, struct error *err)
{
	cleanup_free char *name = disk_export_name(domain_name);
	struct volume v = { name, "qcow2", 0, "0600", NULL, NULL };
	cleanup_volume virStorageVolPtr copy = NULL;
	cleanup_error struct error ignored = { 0 };
	int ret;

	if (volume_remove(pool, name, err) < 0 ||
	    volume_capacity(disk, &v.capacity_bytes, err) < 0 ||
	    volume_make_from(pool, &v, disk, &copy, err) < 0)
		return -1;
	ret = pour_copy(p, copy, target, err);
	if (volume_remove(pool, name, ret < 0 ? &ignored : err) < 0)
		return -1;
	return ret;
}

int libvirt_disk_export(struct libvirt_provider *p, const char *domain_name, size_t count,
			bool layer, const struct image_target *target, struct error *err)
{
	cleanup_pool virStoragePoolPtr pool = NULL;

	if (libvirt_pool_ensure(p, &pool, err) < 0)
		return -1;
	for (size_t n = 0; n < count; n++) {
		cleanup_free char *name = disk_name(domain_name, n, layer);
		cleanup_volume virStorageVolPtr disk = NULL;

		if (stop_check(0, "exporting a disk", err) < 0 ||
		    volume_get(pool, name, &disk, err) < 0 ||
		    export_disk(p, pool, domain_name, disk, target, err) < 0)
			return -1;
	}
	return 0;
}
