/* SPDX-License-Identifier: Apache-2.0 */
/* Bases: whether they are there, and their removal. */
#include "providers/libvirt_base.h"

#include <string.h>

#include "core/text.h"
#include "providers/libvirt_domain.h"
#include "providers/libvirt_volume.h"
#include "providers/xml.h"

#define MARK_BYTES 512

static bool is_whole(const struct volume_list *list, const struct base_mark *mark)
{
	for (size_t i = 0; i < mark->disk_count; i++) {
		cleanup_free char *name = base_disk_name(mark, i);

		if (!volume_list_has(list, name))
			return false;
	}
	return true;
}

int libvirt_base_find(virStoragePoolPtr pool, const char *digest, struct base_mark *out,
		      bool *found, struct error *err)
{
	cleanup_volume_list struct volume_list list = { 0 };
	struct base_mark mark;

	if (libvirt_pool_list(pool, &list, err) < 0)
		return -1;
	*found = false;
	for (size_t i = 0; i < list.count && !*found; i++) {
		if (base_mark_parse(list.at[i].name, digest, &mark) && is_whole(&list, &mark)) {
			*out = mark;
			*found = true;
		}
	}
	return 0;
}

int libvirt_base_exists(struct provider *base, const char *digest, bool *out, struct error *err)
{
	cleanup_pool virStoragePoolPtr pool = NULL;
	struct base_mark mark;

	if (libvirt_pool_find(libvirt_of(base), &pool, err) < 0)
		return -1;
	if (pool)
		return libvirt_base_find(pool, digest, &mark, out, err);
	*out = false;
	return 0;
}

int libvirt_base_mark(virStoragePoolPtr pool, const char *digest, const struct base_mark *mark,
		      struct error *err)
{
	cleanup_free char *name = base_mark_name(digest, mark);
	const struct volume v = { name, "raw", MARK_BYTES, "0444", NULL, NULL };
	cleanup_volume virStorageVolPtr vol = NULL;

	return volume_make(pool, &v, &vol, err);
}

/* What the volume is laid over. Caller frees; NULL: nothing, or it is gone. */
static char *path_below(virStorageVolPtr vol)
{
	cleanup_free char *text = virt.StorageVolGetXMLDesc(vol, 0);
	cleanup_error struct error ignored = { 0 };
	cleanup_xml_doc xmlDocPtr doc = NULL;
	const char *path;

	if (!text || xml_parse(text, "a disk", &doc, &ignored) < 0)
		return NULL;
	path = xml_text(xml_find(xml_root(doc), "backingStore/path"));
	return path && *path ? xstrdup(path) : NULL;
}

/* The first volume laid over a disk of a base with that serial; NULL if there is none. Borrowed. */
static const char *find_over(const struct volume_list *list, const char *serial)
{
	for (size_t i = 0; i < list->count; i++) {
		cleanup_free char *path = path_below(list->at[i].vol);
		const char *slash = path ? strrchr(path, '/') : NULL;
		char below[SERIAL_BYTES];

		if (slash && base_volume_parse(slash + 1, below) && strcmp(below, serial) == 0)
			return list->at[i].name;
	}
	return NULL;
}

static bool is_marked(const struct volume_list *list, const char *serial)
{
	struct base_mark mark;

	for (size_t i = 0; i < list->count; i++) {
		if (base_mark_parse(list->at[i].name, NULL, &mark) &&
		    strcmp(mark.serial, serial) == 0)
			return true;
	}
	return false;
}

static int remove_serial(virStoragePoolPtr pool, const struct volume_list *list, const char *serial,
			 struct error *err)
{
	char own[SERIAL_BYTES];

	for (size_t i = 0; i < list->count; i++) {
		if (base_volume_parse(list->at[i].name, own) && strcmp(own, serial) == 0 &&
		    volume_remove(pool, list->at[i].name, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * A process that is found dead cannot make a mark any more, so the marks are looked at after that.
 * Nor does what something was laid over go, whatever became of its mark.
 */
void libvirt_base_sweep(virStoragePoolPtr pool)
{
	cleanup_volume_list struct volume_list before = { 0 };
	cleanup_error struct error ignored = { 0 };
	char serial[SERIAL_BYTES], last[SERIAL_BYTES] = "";

	if (libvirt_pool_list(pool, &before, &ignored) < 0)
		return;
	for (size_t i = 0; i < before.count; i++) {
		cleanup_volume_list struct volume_list now = { 0 };

		if (!base_volume_parse(before.at[i].name, serial) || strcmp(serial, last) == 0)
			continue;
		memcpy(last, serial, sizeof(last));
		if (is_marked(&before, serial) || serial_is_alive(serial))
			continue;
		if (libvirt_pool_list(pool, &now, &ignored) == 0 && !is_marked(&now, serial) &&
		    !find_over(&now, serial))
			remove_serial(pool, &now, serial, &ignored);
	}
}

/* ERROR_BUSY if a machine was made from it, also if its creation has not come to the disks yet. */
static int must_be_free(struct libvirt_provider *p, const struct volume_list *list,
			const char *digest, struct error *err)
{
	cleanup_free char *machine = NULL;
	struct base_mark mark;

	if (libvirt_find_box_user(p->conn, digest, &machine, err) < 0)
		return -1;
	if (machine)
		return error_set(err, ERROR_BUSY, "%s has a disk over it", machine);
	for (size_t i = 0; i < list->count; i++) {
		const char *over = base_mark_parse(list->at[i].name, digest, &mark) ?
					   find_over(list, mark.serial) :
					   NULL;

		if (over)
			return error_set(err, ERROR_BUSY, "disk '%s' is laid over it", over);
	}
	return 0;
}

static int remove_marks(virStoragePoolPtr pool, const struct volume_list *list, const char *digest,
			struct error *err)
{
	struct base_mark mark;

	for (size_t i = 0; i < list->count; i++) {
		if (base_mark_parse(list->at[i].name, digest, &mark) &&
		    volume_remove(pool, list->at[i].name, err) < 0)
			return -1;
	}
	return 0;
}

static void put_marks_back(virStoragePoolPtr pool, const struct volume_list *list,
			   const char *digest)
{
	cleanup_error struct error ignored = { 0 };
	struct base_mark mark;

	for (size_t i = 0; i < list->count; i++) {
		if (base_mark_parse(list->at[i].name, digest, &mark))
			libvirt_base_mark(pool, digest, &mark, &ignored);
	}
}

static int remove_disks(virStoragePoolPtr pool, const struct volume_list *list, const char *digest,
			struct error *err)
{
	struct base_mark mark;

	for (size_t i = 0; i < list->count; i++) {
		if (base_mark_parse(list->at[i].name, digest, &mark) &&
		    remove_serial(pool, list, mark.serial, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * A creation defines its machine first and looks for the mark then, so that with the mark gone no
 * more than what is seen by now can be laid over the base.
 */
static int remove_base(struct libvirt_provider *p, virStoragePoolPtr pool, const char *digest,
		       struct error *err)
{
	cleanup_volume_list struct volume_list list = { 0 };

	if (libvirt_pool_list(pool, &list, err) < 0 || must_be_free(p, &list, digest, err) < 0)
		return -1;
	if (remove_marks(pool, &list, digest, err) < 0 || must_be_free(p, &list, digest, err) < 0) {
		put_marks_back(pool, &list, digest);
		return -1;
	}
	return remove_disks(pool, &list, digest, err);
}

int libvirt_base_remove(struct provider *base, const char *digest, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_pool virStoragePoolPtr pool = NULL;

	if (libvirt_pool_start(p, &pool, err) < 0)
		return -1;
	if (pool && remove_base(p, pool, digest, err) < 0)
		return error_wrap(err, "cannot remove a box's disk");
	/* A removal that was killed before has left disks without a mark. */
	if (pool)
		libvirt_base_sweep(pool);
	return 0;
}

int libvirt_base_tidy(struct provider *base, struct error *err)
{
	cleanup_pool virStoragePoolPtr pool = NULL;

	if (libvirt_pool_start(libvirt_of(base), &pool, err) < 0)
		return -1;
	if (pool)
		libvirt_base_sweep(pool);
	return 0;
}
