/* SPDX-License-Identifier: Apache-2.0 */
/* Pouring the disks of a box into the pool, which makes them a base. */
#include "providers/libvirt_base.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/text.h"
#include "core/turn.h"
#include "providers/libvirt_volume.h"
#include "providers/volume_pour.h"

#define DOING "importing a box"
#define COMMIT_WAIT_MS (60 * 1000)

struct begun { /* a disk that was begun; its index is its slot */
	virStorageVolPtr vol;
	bool raw;
};

struct import {
	struct libvirt_provider *p;
	virStoragePoolPtr pool;
	char serial[SERIAL_BYTES];
	struct begun *at;
	size_t count;
	struct volume_pour pour; /* into the one begun last */
};

static void import_clear(struct import *i)
{
	volume_pour_abort(&i->pour);
	for (size_t slot = 0; slot < i->count; slot++)
		libvirt_free_volume(&i->at[slot].vol);
	free(i->at);
	libvirt_free_pool(&i->pool);
}

#define cleanup_import cleanup(import_clear)

/*
 * The file is made as raw of the box file's length, so that what is poured in is stored as it is.
 * Only root can write into what is read-only for all.
 */
static int begin(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
		 struct error *err)
{
	struct import *i = ctx;
	bool raw = text_equal(format, base_format(true));
	cleanup_free char *name = base_volume_name(i->serial, (unsigned)i->count, raw);
	const char *mode = libvirt_is_session(i->p) ? "0644" : "0444";
	const struct volume v = { name, "raw", file_bytes, mode, NULL, NULL };
	virStorageVolPtr vol;

	if (volume_pour_finish(&i->pour, err) < 0 || volume_make(i->pool, &v, &vol, err) < 0)
		return -1;
	i->at = xgrow(i->at, i->count, sizeof(*i->at));
	i->at[i->count++] = (struct begun){ vol, raw };
	if (volume_pour_begin(i->p, vol, file_bytes, &i->pour, err) < 0)
		return -1;
	*out = volume_pour_sink(&i->pour);
	return 0;
}

static void discard(struct import *i)
{
	volume_pour_abort(&i->pour);
	for (size_t slot = 0; slot < i->count; slot++)
		if (i->at[slot].vol)
			virt.StorageVolDelete(i->at[slot].vol, 0);
}

/* Which of those that were begun the box is made of; the others go. */
static int choose(struct import *i, const struct image *image, struct base_mark *mark,
		  struct error *err)
{
	*mark = (struct base_mark){ .disk_count = image->disk_count };
	memcpy(mark->serial, i->serial, sizeof(mark->serial));
	if (!image->disk_count)
		return error_set(err, ERROR_BOX, "box '%s' has no disk", image->name);
	for (size_t n = 0; n < image->disk_count; n++) {
		unsigned slot = image->disks[n].slot;

		if (slot >= i->count)
			return error_set(err, ERROR_BOX, "disk %zu was not poured", n);
		mark->disks[n].slot = slot;
		mark->disks[n].raw = i->at[slot].raw;
	}
	for (unsigned slot = 0; slot < i->count; slot++) {
		bool wanted = false;

		for (size_t n = 0; n < image->disk_count; n++)
			wanted |= image->disks[n].slot == slot;
		if (wanted)
			continue;
		if (virt.StorageVolDelete(i->at[slot].vol, 0) < 0)
			return libvirt_error(err, "cannot remove a disk that is not needed");
		libvirt_free_volume(&i->at[slot].vol);
	}
	return 0;
}

/* Of two processes of one user that get the same box the second one finds the first one's. */
static int commit(struct import *i, const struct image *image, struct error *err)
{
	cleanup_free char *locks = fs_join(i->p->home, "locks");
	cleanup_free char *lock = fs_join(locks, image->digest);
	struct base_mark mark, other;
	cleanup_turn struct turn turn = { .fd = -1 };
	bool exists;

	if (choose(i, image, &mark, err) < 0)
		return -1;
	if (fs_make_dirs(locks, 0755, NULL, err) < 0 ||
	    turn_take(lock, DOING, COMMIT_WAIT_MS, &turn, err) < 0 ||
	    libvirt_base_find(i->pool, image->digest, &other, &exists, err) < 0)
		return -1;
	if (!exists)
		return libvirt_base_mark(i->pool, image->digest, &mark, err);
	discard(i);
	return 0;
}

int libvirt_base_import(struct provider *base, struct image *image,
			const struct image_source *source, struct error *err)
{
	cleanup_import struct import i = { .p = libvirt_of(base), .pour.stream.doing = DOING };
	const struct image_target target = { .begin = begin, .ctx = &i };
	cleanup_free char *name = xstrdup(image->name);

	serial_make(i.serial);
	if (libvirt_pool_ensure(i.p, &i.pool, err) < 0)
		return error_wrap(err, "cannot import box '%s'", name);
	libvirt_base_sweep(i.pool);
	if (source->pour(source->ctx, &target, image, err) == 0 &&
	    volume_pour_finish(&i.pour, err) == 0 && commit(&i, image, err) == 0)
		return 0;
	discard(&i);
	/* What is wrong with the box itself names it already. */
	return err->kind == ERROR_BOX ? -1 : error_wrap(err, "cannot import box '%s'", name);
}
