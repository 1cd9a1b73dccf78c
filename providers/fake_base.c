/* SPDX-License-Identifier: Apache-2.0 */
/* Bases as files beside the fake provider's state. */
#include "providers/fake_base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/text.h"
#include "providers/fake_change.h"
#include "providers/fake_state.h"
#include "providers/image_file.h"
#include "providers/serial.h"

#define PART_SUFFIX ".part" /* of what is still being poured: "<serial>.<slot>.part" */

struct part { /* a disk that was begun; its index is its slot */
	char *path;
	struct image_file *file;
};

struct pouring {
	const char *directory;
	char serial[SERIAL_BYTES];
	struct part *at;
	size_t count;
};

/* What was not renamed goes. */
static void pouring_clear(struct pouring *p)
{
	for (size_t slot = 0; slot < p->count; slot++) {
		image_file_free(&p->at[slot].file);
		unlink(p->at[slot].path);
		free(p->at[slot].path);
	}
	free(p->at);
}

#define cleanup_pouring cleanup(pouring_clear)

static int finish_last(struct pouring *p, struct error *err)
{
	return p->count ? image_file_finish(p->at[p->count - 1].file, err) : 0;
}

static int begin(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
		 struct error *err)
{
	struct pouring *p = ctx;
	cleanup_free char *path =
		xasprintf("%s/%s.%zu" PART_SUFFIX, p->directory, p->serial, p->count);
	struct part *part;
	int fd;

	(void)format;
	(void)file_bytes;
	if (finish_last(p, err) < 0)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_errno(err, errno, "cannot write '%s'", path);
	p->at = xgrow(p->at, p->count, sizeof(*p->at));
	part = &p->at[p->count++];
	*part = (struct part){ .path = take_ptr(path) };
	if (image_file_open(fd, part->path, NULL, &part->file, err) < 0)
		return -1;
	*out = image_file_sink(part->file);
	return 0;
}

static char *disk_path(const char *directory, const char *digest, size_t number)
{
	return xasprintf("%s/%s.%zu", directory, digest, number);
}

static int keep(const struct part *part, const char *path, struct error *err)
{
	if (rename(part->path, path) == 0)
		return 0;
	return error_errno(err, errno, "cannot write '%s'", path);
}

static int sync_directory(const char *path, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0 ? 0 : error_errno(err, errno, "cannot write '%s'", path);
}

static int keep_disks(const struct pouring *p, const struct image *image, json_int_t *out_bytes,
		      struct error *err)
{
	json_int_t bytes = 0;

	if (!image->disk_count)
		return error_set(err, ERROR_BOX, "box '%s' has no disk", image->name);
	for (size_t n = 0; n < image->disk_count; n++) {
		cleanup_free char *path = disk_path(p->directory, image->digest, n);
		unsigned slot = image->disks[n].slot;

		if (slot >= p->count)
			return error_set(err, ERROR_BOX, "disk %zu was not poured", n);
		if (keep(&p->at[slot], path, err) < 0)
			return -1;
		bytes += (json_int_t)image_file_bytes(p->at[slot].file);
	}
	*out_bytes = bytes;
	return sync_directory(p->directory, err);
}

/* Left by a process that died: parts, and disks whose base was not complete. */
static bool is_stale(const json_t *root, const char *name)
{
	const char *dot = strrchr(name, '.');
	cleanup_free char *digest = dot ? xstrndup(name, (size_t)(dot - name)) : NULL;

	if (!dot || dot == name)
		return false;
	if (text_equal(dot, PART_SUFFIX))
		return serial_length(name) && !serial_is_alive(name);
	return !fake_is_complete(fake_state_base(root, digest));
}

static void sweep(const char *directory, const json_t *root)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (is_stale(root, entry->d_name))
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
}

int fake_base_exists(struct provider *p, const char *digest, bool *out, struct error *err)
{
	json_t *root;

	if (fake_state_read(((const struct fake *)p)->path, &root, err) < 0)
		return -1;
	*out = fake_is_complete(fake_state_base(root, digest));
	json_decref(root);
	return 0;
}

static int take_over(struct fake_change *c, const struct pouring *pouring,
		     const struct image *image, struct error *err)
{
	json_int_t bytes = 0;
	json_t *base;

	if (fake_change_lock(c, err) < 0)
		return -1;
	sweep(pouring->directory, c->root);
	if (fake_is_complete(fake_state_base(c->root, image->digest)))
		return fake_change_finish(c, err);
	if (keep_disks(pouring, image, &bytes, err) < 0)
		return -1;
	base = json_pack("{s:b, s:I, s:I}", "complete", false, "bytes", bytes, "disks",
			 (json_int_t)image->disk_count);
	json_object_set_new(json_object_get(c->root, "bases"), image->digest, base);
	if (fake_change_half(c, err) < 0)
		return -1;
	json_object_set_new(base, "complete", json_true());
	return fake_change_commit(c, err);
}

int fake_base_import(struct provider *p, struct image *image, const struct image_source *source,
		     struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;
	cleanup_free char *name = xstrdup(image->name);
	cleanup_pouring struct pouring pouring = { .directory = ((const struct fake *)p)->bases };
	const struct image_target target = { .begin = begin, .ctx = &pouring };

	serial_make(pouring.serial);
	if (fake_change_announce(&c, p, "base_import", name, err) < 0 ||
	    fs_make_dirs(pouring.directory, 0755, NULL, err) < 0 ||
	    source->pour(source->ctx, &target, image, err) < 0 || finish_last(&pouring, err) < 0)
		return -1;
	return take_over(&c, &pouring, image, err);
}

static int must_be_free(const json_t *root, const char *digest, struct error *err)
{
	const char *id;
	json_t *machine;

	json_object_foreach(json_object_get(root, "machines"), id, machine)
	{
		const char *name = json_string_value(json_object_get(machine, "name"));
		const char *project = json_string_value(
			json_object_get(json_object_get(machine, "project"), "name"));
		const char *own = json_string_value(json_object_get(machine, "box_digest"));

		if (text_equal(own, digest))
			return error_set(err, ERROR_BUSY,
					 "cannot remove a box's disk: machine '%s' of project "
					 "'%s' has a disk over it",
					 name ? name : id, project ? project : "");
	}
	return 0;
}

/* The entry goes first and last, so that a base that is not whole is never taken for one. */
int fake_base_remove(struct provider *p, const char *digest, struct error *err)
{
	cleanup_fake_change struct fake_change c = FAKE_NO_CHANGE;
	json_t *base;

	if (fake_change_begin(&c, p, "base_remove", digest, err) < 0 ||
	    must_be_free(c.root, digest, err) < 0)
		return -1;
	base = fake_state_base(c.root, digest);
	if (!base)
		return fake_change_finish(&c, err);
	json_object_set_new(base, "complete", json_false());
	if (fake_change_finish(&c, err) < 0)
		return -1;
	sweep(c.fake->bases, c.root);
	json_object_del(json_object_get(c.root, "bases"), digest);
	return fake_change_commit(&c, err);
}

int fake_base_sweep(struct provider *p, struct error *err)
{
	const struct fake *fake = (const struct fake *)p;
	cleanup_close int lock = -1;
	json_t *root;

	if (fake_state_lock(fake->path, &lock, err) < 0 ||
	    fake_state_read(fake->path, &root, err) < 0)
		return -1;
	sweep(fake->bases, root);
	json_decref(root);
	return 0;
}
