/* SPDX-License-Identifier: Apache-2.0 */
/* What a box file is. */
#include "boxes/probe.h"

#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/metadata.h"
#include "boxes/qcow2.h"
#include "boxes/raw.h"
#include "boxes/source.h"
#include "core/text.h"

static int unknown(struct error *err)
{
	error_set(err, ERROR_BOX, "not a box that is understood");
	return error_hint(err, "a box is a Vagrant box for libvirt, a qcow2 or raw disk image, or "
			       "a tarball of a root filesystem");
}

/* --- a disk image, compressed or not ------------------------------------------------------- */

struct disk {
	const char *path, *doing;
	const struct watcher *watch;
	struct facts *facts;
};

/* Reads the image through if its length is not known otherwise. */
static int measure(const struct disk *d, uint64_t *out_bytes, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	struct source_part part;
	int rc;

	if (source_open(d->path, NULL, d->doing, d->watch, &s, err) < 0)
		return -1;
	if (s.bytes) {
		*out_bytes = s.bytes;
		return 0;
	}
	while ((rc = source_next(&s, &part, err)) > 0)
		;
	if (rc < 0)
		return -1;
	*out_bytes = s.at;
	return 0;
}

static int probe_qcow2(const struct disk *d, uint64_t file_bytes, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	cleanup_qcow2 struct qcow2 q = { 0 };
	struct qcow2_input in = { source_read_at, &s };

	if (source_open(d->path, NULL, d->doing, NULL, &s, err) < 0)
		return -1;
	if (qcow2_open(&in, file_bytes, &q, err) < 0)
		return -1;
	/* The tables of a compressed image are checked as it is poured. */
	if (!s.reader && qcow2_check(&q, &in, err) < 0)
		return -1;
	d->facts->format = "qcow2";
	d->facts->disk_bytes = q.disk_bytes;
	return 0;
}

static int probe_disk(const struct disk *d, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	cleanup_free unsigned char *head = xmalloc(RAW_HEAD_BYTES);
	uint64_t bytes;
	size_t len;

	if (measure(d, &bytes, err) < 0)
		return -1;
	len = bytes < RAW_HEAD_BYTES ? bytes : RAW_HEAD_BYTES;
	if (source_open(d->path, NULL, d->doing, NULL, &s, err) < 0 ||
	    source_read_at(&s, 0, head, len, err) < 0)
		return -1;
	if (qcow2_is(head, len)) {
		if (probe_qcow2(d, bytes, err) < 0)
			return -1;
	} else if (raw_is_disk(head, len)) {
		if (raw_check(head, len, bytes, err) < 0)
			return -1;
		d->facts->format = "raw";
		d->facts->disk_bytes = bytes;
	} else {
		return unknown(err);
	}
	d->facts->kind = IMAGE_DISK;
	d->facts->file_bytes = bytes;
	return 0;
}

/* --- an archive ---------------------------------------------------------------------------- */

/* What was seen among an archive's members. */
struct listing {
	bool metadata, disk; /* a Vagrant box */
	bool etc, usr, bin;  /* a root filesystem */
	bool other_box;      /* box.img or Vagrantfile without its metadata so far */
};

static int read_metadata(struct reader *r, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	cleanup_text struct text content = { 0 };
	struct source_part part;
	struct metadata ignored;
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
	return metadata_parse(text_str(&content), content.len, &ignored, err);
}

static int probe_member_disk(struct reader *r, struct facts *f, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	cleanup_qcow2 struct qcow2 q = { 0 };
	struct qcow2_input in = { source_read_at, &s };

	if (source_of_member(r, &s, err) < 0)
		return -1;
	if (qcow2_open(&in, s.bytes, &q, err) < 0)
		return error_wrap(err, "member '%s'", METADATA_DISK);
	f->file_bytes = s.bytes;
	f->disk_bytes = q.disk_bytes;
	return 0;
}

static int once(bool *seen, const char *member, struct error *err)
{
	if (*seen)
		return error_set(err, ERROR_BOX, "member '%s' is in it twice", member);
	*seen = true;
	return 0;
}

static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return !strncmp(path, top, len) && (!path[len] || path[len] == '/');
}

static int probe_member(struct reader *r, struct listing *seen, struct facts *f, struct error *err)
{
	const char *path = reader_path(r);

	if (!strcmp(path, METADATA_MEMBER))
		return once(&seen->metadata, path, err) < 0 ? -1 : read_metadata(r, err);
	if (!strcmp(path, METADATA_DISK))
		return once(&seen->disk, path, err) < 0 ? -1 : probe_member_disk(r, f, err);
	if (is_below(path, "etc"))
		seen->etc = true;
	else if (is_below(path, "usr"))
		seen->usr = true;
	else if (is_below(path, "bin"))
		seen->bin = true;
	else if (!strcmp(path, "Vagrantfile"))
		seen->other_box = true;
	return 0;
}

static bool is_known(const struct listing *seen)
{
	if (seen->metadata || seen->disk)
		return seen->metadata && seen->disk;
	return seen->etc && (seen->usr || seen->bin);
}

static int conclude(const struct listing *seen, struct facts *f, struct error *err)
{
	if (seen->metadata && seen->disk) {
		f->kind = IMAGE_DISK;
		f->format = "qcow2";
		f->member = xstrdup(METADATA_DISK);
		f->vagrant = true;
		return 0;
	}
	if (seen->metadata)
		return error_set(err, ERROR_BOX, "the Vagrant box has no member '%s'",
				 METADATA_DISK);
	if (seen->disk || seen->other_box)
		return error_set(err, ERROR_BOX, "the Vagrant box has no member '%s'",
				 METADATA_MEMBER);
	if (seen->etc && (seen->usr || seen->bin)) {
		f->kind = IMAGE_ROOTFS;
		return 0;
	}
	return unknown(err);
}

/* Reads no further than it takes to know; whoever unpacks it sees the rest. */
static int probe_archive(struct reader *r, struct facts *f, struct error *err)
{
	struct listing seen = { 0 };
	int rc;

	do {
		if (probe_member(r, &seen, f, err) < 0)
			return -1;
		rc = is_known(&seen) ? 0 : reader_next(r, err);
	} while (rc > 0);
	return rc < 0 ? -1 : conclude(&seen, f, err);
}

int probe_file(const char *path, const char *doing, const struct watcher *watch, struct facts *f,
	       struct error *err)
{
	struct disk d = { path, doing, watch, f };
	cleanup_reader struct reader *r = NULL;
	int rc;

	if (reader_open(path, READER_TAR | READER_RAW, doing, watch, &r, err) < 0)
		return -1;
	rc = reader_next(r, err);
	if (rc < 0)
		return -1;
	if (!rc)
		return unknown(err);
	rc = reader_is_tar(r) ? probe_archive(r, f, err) : probe_disk(&d, err);
	f->probed = rc == 0;
	return rc;
}
