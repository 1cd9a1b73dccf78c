/* SPDX-License-Identifier: Apache-2.0 */
/* Box files written: metadata first, since whoever reads a box wants to know before the disks come. */
#include "boxes/pack.h"

#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boxes/metadata.h"
#include "boxes/tarball.h"
#include "boxes/tree.h"
#include "core/fs.h"
#include "core/text.h"

#define GIB ((uint64_t)1 << 30)
#define VAGRANTFILE "Vagrantfile"
#define VAGRANTFILE_MAX_BYTES ((size_t)1 << 20)

/* The disk that is being poured: what there is of it lies in an unnamed file. */
struct disk {
	int fd; /* -1: none */
	uint64_t done, file_bytes;
	struct extents data;
};

struct pack {
	struct tarball *tarball;
	enum pack_format format;
	unsigned disk_count, disks_begun;
	char *architecture, *user, *vagrantfile; /* the last one is content */
	unsigned first_boot;
	bool complete; /* PACK_ROOTFS: the tree was written */
	struct disk disk;
};

/* --- what is told of the box ----------------------------------------------------------------- */

static char *disk_name(const struct pack *p, unsigned index)
{
	return p->format == PACK_V1 ? xstrdup(METADATA_DISK) : xasprintf("box_%u.img", index + 1);
}

static json_t *disk_list(const struct pack *p)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < p->disk_count; i++) {
		cleanup_free char *name = disk_name(p, i);

		json_array_append_new(list, json_pack("{s:s}", "path", name));
	}
	return list;
}

/* Vagrant knows libvirt's boxes by these; the member of ours is passed over there. */
static json_t *describe(const struct pack *p, uint64_t disk_bytes)
{
	json_t *all = json_pack("{s:s, s:s}", "provider", "libvirt", "format", "qcow2");

	if (p->format == PACK_V1)
		json_object_set_new(all, "virtual_size",
				    json_integer((json_int_t)((disk_bytes + GIB - 1) / GIB)));
	else
		json_object_set_new(all, "disks", disk_list(p));
	if (p->architecture)
		json_object_set_new(all, "architecture", json_string(p->architecture));
	if (p->user || p->first_boot)
		json_object_set_new(all, "bothy",
				    json_pack("{s:s*, s:o}", "user", p->user, "first_boot",
					      first_boot_list(p->first_boot)));
	return all;
}

static int add_metadata(struct pack *p, uint64_t disk_bytes, struct error *err)
{
	json_t *all = describe(p, disk_bytes);
	cleanup_free char *body = json_dumps(all, JSON_INDENT(1) | JSON_SORT_KEYS);
	cleanup_free char *text = xasprintf("%s\n", body ? body : "{}");

	json_decref(all);
	if (tarball_add_bytes(p->tarball, METADATA_MEMBER, text, strlen(text), err) < 0)
		return -1;
	return tarball_add_bytes(p->tarball, VAGRANTFILE, p->vagrantfile, strlen(p->vagrantfile),
				 err);
}

/* --- disks ----------------------------------------------------------------------------------- */

static int too_long(const struct disk *d, struct error *err)
{
	return error_set(err, ERROR_BUSY,
			 "the disk is longer than the %" PRIu64 " bytes it was said to have",
			 d->file_bytes);
}

static int on_data(void *ctx, const void *data, size_t len, struct error *err)
{
	struct disk *d = ctx;
	const char *at = data;
	uint64_t end = d->done + len;

	if (end < d->done || end > d->file_bytes)
		return too_long(d, err);
	extents_add(&d->data, d->done, len);
	while (d->done < end) {
		ssize_t put = pwrite(d->fd, at, (size_t)(end - d->done), (off_t)d->done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return error_errno(err, errno, "cannot keep the disk beside the box");
		at += put;
		d->done += (uint64_t)put;
	}
	return 0;
}

static int on_hole(void *ctx, uint64_t len, struct error *err)
{
	struct disk *d = ctx;

	if (len > d->file_bytes - d->done)
		return too_long(d, err);
	d->done += len;
	return 0;
}

static void disk_end(struct disk *d)
{
	mem_close_fd(&d->fd);
	extents_clear(&d->data);
	*d = (struct disk){ .fd = -1 };
}

static int add_disk(struct pack *p, struct error *err)
{
	cleanup_free char *name = disk_name(p, p->disks_begun - 1);
	struct disk *d = &p->disk;
	struct archive_entry *e;
	int rc;

	if (d->done != d->file_bytes)
		return error_set(err, ERROR_BUSY,
				 "the disk has %" PRIu64 " bytes instead of the %" PRIu64
				 " it was said to have",
				 d->done, d->file_bytes);
	e = archive_entry_new();
	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_mtime(e, 0, 0);
	archive_entry_set_size(e, (la_int64_t)d->file_bytes);
	rc = tarball_add_file(p->tarball, e, d->fd, &d->data, err);
	archive_entry_free(e);
	disk_end(d);
	return rc;
}

int pack_disk(struct pack *p, uint64_t file_bytes, uint64_t disk_bytes, struct image_sink *out,
	      struct error *err)
{
	if (p->disk.fd >= 0 && add_disk(p, err) < 0)
		return -1;
	if (p->disks_begun == p->disk_count)
		return error_set(err, ERROR_SYSTEM, "the box has no place for another disk");
	if (!p->disks_begun && add_metadata(p, disk_bytes, err) < 0)
		return -1;
	p->disk.fd = tarball_scratch(p->tarball, err);
	if (p->disk.fd < 0)
		return -1;
	p->disk.file_bytes = file_bytes;
	p->disks_begun++;
	*out = (struct image_sink){ .write = on_data, .hole = on_hole, .ctx = &p->disk };
	return 0;
}

/* --- the box --------------------------------------------------------------------------------- */

static int load_vagrantfile(struct pack *p, const char *path, struct error *err)
{
	cleanup_text struct text content = { 0 };

	if (!path)
		text_add(&content, "Vagrant.configure(\"2\") do |config|\nend\n");
	else if (fs_read(path, VAGRANTFILE_MAX_BYTES, &content, err) < 0)
		return -1;
	p->vagrantfile = text_take(&content);
	return 0;
}

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

int pack_open(const struct pack_spec *spec, struct pack **out, struct error *err)
{
	cleanup_pack struct pack *p = xcalloc(1, sizeof(*p));
	const struct tarball_spec file = { spec->path, spec->compression, spec->watch };

	p->disk.fd = -1;
	p->format = spec->format;
	if (spec->format == PACK_V1)
		p->disk_count = 1;
	else if (spec->format == PACK_V2)
		p->disk_count = spec->disk_count;
	p->architecture = copy(spec->architecture);
	p->user = copy(spec->user);
	p->first_boot = spec->first_boot;
	if (load_vagrantfile(p, spec->vagrantfile, err) < 0 ||
	    tarball_open(&file, &p->tarball, err) < 0)
		return -1;
	*out = take_ptr(p);
	return 0;
}

int pack_tree(struct pack *p, int root_fd, enum pack_fate (*fate)(const char *path, mode_t mode),
	      struct error *err)
{
	const struct tree_rules rules = { .fate = fate };

	if (tree_pack(p->tarball, root_fd, &rules, err) < 0)
		return -1;
	p->complete = true;
	return 0;
}

int pack_commit(struct pack *p, struct error *err)
{
	if (p->disk.fd >= 0 && add_disk(p, err) < 0)
		return -1;
	if (p->format == PACK_ROOTFS ? !p->complete : p->disks_begun < p->disk_count)
		return error_set(err, ERROR_SYSTEM, "the box is not complete");
	return tarball_commit(p->tarball, err);
}

void pack_free(struct pack **slot)
{
	struct pack *p = *slot;

	if (!p)
		return;
	disk_end(&p->disk);
	tarball_free(&p->tarball);
	free(p->architecture);
	free(p->user);
	free(p->vagrantfile);
	free(p);
	*slot = NULL;
}
