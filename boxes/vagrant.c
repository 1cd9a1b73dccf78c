/* SPDX-License-Identifier: Apache-2.0 */
/* Vagrant boxes. */
#include "boxes/vagrant.h"

#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "boxes/disk.h"
#include "boxes/layout.h"
#include "boxes/member.h"
#include "boxes/qcow2.h"
#include "boxes/source.h"
#include "core/text.h"

/* Real boxes have ten. */
#define MAX_MEMBERS 4096
#define MAX_CANDIDATES 16

struct candidate {
	char *path;
	struct image_disk disk;
	bool unchecked; /* its tables */
};

struct box_walk {
	struct reader *reader;
	struct layout layout;
	struct metadata metadata;
	bool has_metadata;
	char **paths; /* of all members so far */
	size_t path_count;
	struct candidate candidates[MAX_CANDIDATES];
	size_t candidate_count;
};

static void walk_clear(struct box_walk *w)
{
	for (size_t i = 0; i < w->path_count; i++)
		free(w->paths[i]);
	free(w->paths);
	for (size_t i = 0; i < w->candidate_count; i++)
		free(w->candidates[i].path);
	layout_clear(&w->layout);
	metadata_clear(&w->metadata);
}

/* --- what every member has to be ------------------------------------------------------------- */

static int refuse(const struct box_walk *w, const char *why, struct error *err)
{
	cleanup_free char *shown = member_shown(reader_path(w->reader));

	return error_set(err, ERROR_BOX, "member '%s' %s", shown, why);
}

static bool is_folder(const struct box_walk *w)
{
	struct archive_entry *entry = reader_entry(w->reader);

	return archive_entry_filetype(entry) == AE_IFDIR && !archive_entry_hardlink(entry);
}

static bool has_path(const struct box_walk *w, const char *path)
{
	for (size_t i = 0; i < w->path_count; i++)
		if (text_equal(w->paths[i], path))
			return true;
	return false;
}

static bool is_readable(const char *path)
{
	for (; *path; path++)
		if ((unsigned char)*path < 0x20 || *path == 0x7f)
			return false;
	return true;
}

static int check_member(struct box_walk *w, struct error *err)
{
	struct archive_entry *entry = reader_entry(w->reader);
	const char *path = reader_path(w->reader);

	if (!is_readable(path))
		return refuse(w, "has control characters in its name", err);
	if (has_path(w, path))
		return refuse(w, "is in it twice", err);
	/* What describes the box may not be a directory either. */
	if (is_folder(w) && !text_equal(path, METADATA_MEMBER))
		return 0;
	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
		return refuse(w, "is not a plain file", err);
	if (archive_entry_mode(entry) & (S_ISUID | S_ISGID))
		return refuse(w, "is setuid or setgid, which has no place in a Vagrant box", err);
	if (w->path_count == MAX_MEMBERS)
		return refuse(w, "is one more than a Vagrant box may have", err);
	w->paths = xgrow(w->paths, w->path_count, sizeof(*w->paths));
	w->paths[w->path_count++] = xstrdup(path);
	return 0;
}

int vagrant_read_metadata(struct reader *r, struct metadata *out, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	cleanup_text struct text content = { 0 };
	struct source_part part;
	int rc;

	if (source_of_member(r, &s, err) < 0)
		return -1;
	if (s.bytes > METADATA_MAX_BYTES)
		return error_set(err, ERROR_BOX, "member '%s' is too large", METADATA_MEMBER);
	while ((rc = source_next(&s, &part, err)) > 0) {
		if (!part.data)
			return error_set(err, ERROR_BOX, "member '%s' has holes", METADATA_MEMBER);
		text_addn(&content, part.data, part.len);
	}
	if (rc < 0)
		return -1;
	return metadata_parse(text_str(&content), content.len, out, err);
}

static int take_metadata(struct box_walk *w, enum image_kind kind, struct error *err)
{
	if (vagrant_read_metadata(w->reader, &w->metadata, err) < 0)
		return -1;
	w->has_metadata = true;
	if (w->metadata.kind == kind)
		return 0;
	return error_set(err, ERROR_BOX, METADATA_MEMBER ": the box is for %s, but has %s",
			 kind == IMAGE_DISK ? "lxc" : "libvirt",
			 kind == IMAGE_DISK ? "disks" : "a root filesystem");
}

/* Calls `take` for each member but the metadata, then sees that the archive ended well. */
static int walk(struct box_walk *w, enum image_kind kind,
		int (*take)(struct box_walk *w, void *ctx, struct error *err), void *ctx,
		struct error *err)
{
	int rc;

	while ((rc = reader_next(w->reader, err)) > 0) {
		const char *path = reader_path(w->reader);

		if (check_member(w, err) < 0 || layout_add(&w->layout, path, err) < 0)
			return -1;
		if (text_equal(path, METADATA_MEMBER))
			rc = take_metadata(w, kind, err);
		else if (!is_folder(w))
			rc = take(w, ctx, err);
		if (rc < 0)
			return -1;
	}
	if (rc < 0)
		return -1;
	if (!w->has_metadata)
		return error_set(err, ERROR_BOX, "the Vagrant box has no member '%s'",
				 METADATA_MEMBER);
	return 0;
}

static void hand_metadata_over(struct box_walk *w, struct metadata *out)
{
	*out = w->metadata;
	w->metadata = (struct metadata){ 0 };
}

/* --- disks ----------------------------------------------------------------------------------- */

static bool is_named(const struct metadata *m, const char *path)
{
	for (size_t i = 0; i < m->disk_count; i++)
		if (text_equal(m->disks[i], path))
			return true;
	return false;
}

static int pour_candidate(struct box_walk *w, struct source *s, struct disk_head *h,
			  const struct image_target *target, struct error *err)
{
	const char *path = reader_path(w->reader);
	cleanup_free char *shown = member_shown(path);
	struct candidate *c = &w->candidates[w->candidate_count];
	int rc;

	if (w->candidate_count == MAX_CANDIDATES)
		return refuse(w, "is one disk more than a box may have", err);
	rc = disk_pour(s, h, "qcow2", target, &c->disk, err);
	if (rc < 0)
		return error_wrap(err, "member '%s'", shown);
	c->path = xstrdup(path);
	c->disk.slot = (unsigned)w->candidate_count++;
	c->unchecked = rc > 0;
	return 0;
}

static int take_disk(struct box_walk *w, void *ctx, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	cleanup_disk_head struct disk_head h = { 0 };
	const char *path = reader_path(w->reader);

	if (strchr(path, '/') || !archive_entry_size(reader_entry(w->reader)) ||
	    (w->has_metadata && !is_named(&w->metadata, path)))
		return 0;
	if (source_of_member(w->reader, &s, err) < 0 ||
	    disk_head_read(&h, &s, strlen(QCOW2_MAGIC), err) < 0)
		return -1;
	if (!w->has_metadata && !qcow2_is(h.bytes, h.len))
		return 0;
	if (layout_add_disk(&w->layout, path, err) < 0)
		return -1;
	return pour_candidate(w, &s, &h, ctx, err);
}

static int choose_disk(struct box_walk *w, const char *path, struct image_disk *out,
		       struct error *err)
{
	cleanup_free char *shown = member_shown(path);

	for (size_t i = 0; i < w->candidate_count; i++) {
		struct candidate *c = &w->candidates[i];

		if (!text_equal(c->path, path))
			continue;
		if (c->unchecked &&
		    disk_check(reader_file(w->reader), path, c->disk.file_bytes, err) < 0)
			return error_wrap(err, "member '%s'", shown);
		*out = c->disk;
		return 0;
	}
	if (has_path(w, path))
		return error_set(err, ERROR_BOX, "member '%s': not a qcow2 image", shown);
	return error_set(err, ERROR_BOX, "the Vagrant box has no member '%s'", shown);
}

static int pour_box(struct box_walk *w, const struct image_target *target,
		    struct vagrant_disks *out, struct error *err)
{
	struct vagrant_disks disks = { 0 };
	struct image_target borrowed = *target;

	if (walk(w, IMAGE_DISK, take_disk, &borrowed, err) < 0)
		return -1;
	for (; disks.count < w->metadata.disk_count; disks.count++)
		if (choose_disk(w, w->metadata.disks[disks.count], &disks.at[disks.count], err) < 0)
			return -1;
	*out = disks;
	return 0;
}

int vagrant_pour(struct reader *r, const struct image_target *target, struct vagrant_disks *out,
		 struct metadata *out_metadata, struct error *err)
{
	struct box_walk w = { .reader = r };
	int rc = pour_box(&w, target, out, err);

	if (rc == 0)
		hand_metadata_over(&w, out_metadata);
	walk_clear(&w);
	return rc;
}

/* --- a root filesystem ----------------------------------------------------------------------- */

struct unpacking {
	int root_fd;
	const struct rootfs_limits *limits;
	bool done;
};

static int take_rootfs(struct box_walk *w, void *ctx, struct error *err)
{
	struct unpacking *u = ctx;
	const char *path = reader_path(w->reader);
	cleanup_reader struct reader *inner = NULL;
	cleanup_free char *shown = NULL;

	if (!layout_is_nested_rootfs(path))
		return 0;
	if (u->done)
		return refuse(w, "is a second root filesystem", err);
	u->done = true;
	shown = member_shown(path);
	if (reader_open_member(w->reader, &inner, err) < 0 ||
	    rootfs_unpack(inner, u->root_fd, u->limits, err) < 0)
		return error_wrap(err, "member '%s'", shown);
	return 0;
}

int vagrant_unpack(struct reader *r, int root_fd, const struct rootfs_limits *limits,
		   struct metadata *out_metadata, struct error *err)
{
	struct box_walk w = { .reader = r };
	struct unpacking u = { root_fd, limits, false };
	int rc = walk(&w, IMAGE_ROOTFS, take_rootfs, &u, err);

	if (rc == 0 && !u.done)
		rc = error_set(err, ERROR_BOX, "the Vagrant box has no member 'rootfs.tar.gz'");
	if (rc == 0)
		hand_metadata_over(&w, out_metadata);
	walk_clear(&w);
	return rc;
}
