/* SPDX-License-Identifier: Apache-2.0 */
/* A box file, taken in. */
#include "boxes/import.h"

#include <archive_entry.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boxes/digester.h"
#include "boxes/disk.h"
#include "boxes/facts.h"
#include "boxes/layout.h"
#include "boxes/member.h"
#include "boxes/offer.h"
#include "boxes/qcow2.h"
#include "boxes/raw.h"
#include "boxes/reader.h"
#include "boxes/rootfs.h"
#include "boxes/rootfs_store.h"
#include "boxes/source.h"
#include "boxes/staging.h"
#include "boxes/vagrant.h"
#include "core/fs.h"
#include "core/text.h"

struct import {
	struct import_spec spec;
	char *doing; /* while it is unpacked */
	struct digester *digester;
	bool was_whole;     /* when it was opened: nobody may change it since */
	struct facts facts; /* stamp and settled: when it was opened; digest: once all is well */
	bool is_archive;
	enum layout_kind layout;
	enum image_kind kind;
};

/* --- what it is ------------------------------------------------------------------------------ */

/* Members that may be disks: the first bytes tell. */
static int look_at_disk(struct reader *r, struct layout *l, bool *out_is_disk, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	cleanup_disk_head struct disk_head h = { 0 };
	struct archive_entry *entry = reader_entry(r);
	const char *path = reader_path(r);

	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
	    archive_entry_size(entry) <= 0 || strchr(path, '/') ||
	    !(text_has_suffix(path, ".img") || text_has_suffix(path, ".qcow2")))
		return 0;
	if (source_of_member(r, &s, err) < 0 ||
	    disk_head_read(&h, &s, strlen(QCOW2_MAGIC), err) < 0)
		return -1;
	*out_is_disk = qcow2_is(h.bytes, h.len);
	return *out_is_disk ? layout_add_disk(l, path, err) : 0;
}

/* One member of an archive: 1 if it tells the kind, 0 if more are needed. */
static int look_at_member(struct import *i, struct reader *r, struct layout *l, struct error *err)
{
	const char *path = reader_path(r);
	cleanup_metadata struct metadata m = { 0 };
	bool is_disk = false;

	if (layout_add(l, path, err) < 0)
		return -1;
	if (l->kind == LAYOUT_UNIFIED || l->kind == LAYOUT_ROOTFS ||
	    layout_is_nested_rootfs(path) || text_equal(path, "lxc-config")) {
		i->kind = IMAGE_ROOTFS;
		return 1;
	}
	if (text_equal(path, METADATA_MEMBER)) {
		if (vagrant_read_metadata(r, &m, err) < 0)
			return -1;
		i->kind = m.kind;
		return 1;
	}
	if (look_at_disk(r, l, &is_disk, err) < 0)
		return -1;
	i->kind = IMAGE_DISK;
	return is_disk;
}

static int look_at_members(struct import *i, struct reader *r, struct layout *l, struct error *err)
{
	int rc;

	do {
		rc = look_at_member(i, r, l, err);
		if (rc)
			break;
		rc = reader_next(r, err);
		if (rc == 0)
			return l->kind == LAYOUT_VAGRANT ?
				       error_set(err, ERROR_BOX,
						 "the Vagrant box has no member '%s'",
						 METADATA_MEMBER) :
				       layout_unknown(err);
	} while (rc > 0);
	i->layout = l->kind;
	return rc < 0 ? -1 : 0;
}

static int look_at_image(struct import *i, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	cleanup_disk_head struct disk_head h = { 0 };

	if (source_open_growing(i->spec.file, NULL, i->doing, NULL, &s, err) < 0 ||
	    disk_head_read(&h, &s, RAW_HEAD_BYTES, err) < 0)
		return -1;
	i->kind = IMAGE_DISK;
	return disk_format(&h, err) ? 0 : -1;
}

static int look(struct import *i, struct error *err)
{
	cleanup_free char *doing = xasprintf("reading %s", i->spec.name);
	cleanup_reader struct reader *r = NULL;
	cleanup_layout struct layout l = { 0 };
	int rc;

	if (reader_open(i->spec.file, READER_TAR | READER_RAW, doing, i->spec.watch, &r, err) < 0)
		return -1;
	rc = reader_next(r, err);
	if (rc < 0)
		return -1;
	i->is_archive = rc > 0 && reader_is_tar(r);
	return i->is_archive ? look_at_members(i, r, &l, err) : look_at_image(i, err);
}

static int check_unchanged(const struct import *i, struct error *err)
{
	struct box_stamp now;

	if (!i->was_whole)
		return 0;
	if (facts_stamp(growing_fd(i->spec.file), &now, err) < 0)
		return -1;
	if (facts_same(&i->facts.stamp, &now))
		return 0;
	error_set(err, ERROR_BOX, "the file changed while it was read");
	return error_hint(err, "wait until it is complete, then try again");
}

/* A file that changes meanwhile looks damaged, which is not what the user should hear. */
static int cannot_use(const struct import *i, struct error *err)
{
	cleanup_error struct error changed = { 0 };

	if (err->kind == ERROR_BOX && check_unchanged(i, &changed) < 0)
		error_move(err, &changed);
	return error_wrap(err, "cannot use box '%s'", i->spec.name);
}

int import_open(const struct import_spec *spec, struct import **out, struct error *err)
{
	cleanup_import struct import *i = xcalloc(1, sizeof(*i));

	i->spec = *spec;
	i->doing = xasprintf("unpacking %s", spec->name);
	i->was_whole = growing_is_whole(spec->file);
	if (facts_stamp(growing_fd(spec->file), &i->facts.stamp, err) < 0)
		return cannot_use(i, err);
	i->facts.settled = facts_settled(&i->facts.stamp);
	if (digester_start(spec->file, &i->spec.checksum, &i->digester, err) < 0 ||
	    look(i, err) < 0)
		return cannot_use(i, err);
	*out = take_ptr(i);
	return 0;
}

enum image_kind import_kind(const struct import *i)
{
	return i->kind;
}

/* --- the end of both ways -------------------------------------------------------------------- */

/* Waits for the digest. */
static int verify(struct import *i, struct content *c, struct error *err)
{
	/* First, since a change explains a wrong checksum. */
	if (check_unchanged(i, err) < 0 ||
	    digester_finish(i->digester, c->digest, &c->size_bytes, err) < 0 ||
	    check_unchanged(i, err) < 0)
		return -1;
	if (i->spec.size_bytes && i->spec.size_bytes != c->size_bytes) {
		error_set(err, ERROR_BOX,
			  "the file has %" PRIu64 " bytes, but %" PRIu64 " were expected",
			  c->size_bytes, i->spec.size_bytes);
		return error_hint(err, "fetch the box again");
	}
	/* A file that grew before it was stamped was read as far as it was when it was opened. */
	if (i->was_whole && c->size_bytes == i->facts.stamp.size_bytes)
		memcpy(i->facts.digest, c->digest, sizeof(c->digest));
	return 0;
}

void import_remember(const struct import *i, const char *home, const char *path)
{
	cleanup_error struct error ignored = { 0 };
	cleanup_free char *real = NULL;

	if (*i->facts.digest && fs_real_path(path, &real, &ignored) == 0)
		facts_save(home, real, &i->facts);
}

/* The content takes the strings over. */
static int settle(const struct import *i, struct content *c, struct metadata *m, struct error *err)
{
	c->user = m->user ? take_ptr(m->user) : xstrdup("root");
	c->first_boot = m->first_boot;
	if (m->architecture)
		c->architecture = xstrdup(offer_architecture(m->architecture));
	return i->spec.settled ? i->spec.settled(i->spec.ctx, c, err) : 0;
}

/* --- disks ----------------------------------------------------------------------------------- */

static int pour_image(struct import *i, const struct image_target *target,
		      struct vagrant_disks *out, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	cleanup_disk_head struct disk_head h = { 0 };
	const char *format;
	int rc;

	if (source_open_growing(i->spec.file, NULL, i->doing, i->spec.watch, &s, err) < 0)
		return -1;
	if (source_is_plain(&s) && !s.bytes)
		s.bytes = i->spec.size_bytes;
	if (disk_head_read(&h, &s, RAW_HEAD_BYTES, err) < 0)
		return -1;
	format = disk_format(&h, err);
	if (!format)
		return -1;
	rc = disk_pour(&s, &h, format, target, &out->at[0], err);
	if (rc < 0)
		return -1;
	out->count = 1;
	return rc ? disk_check(i->spec.file, NULL, out->at[0].file_bytes, err) : 0;
}

static int pour_box(struct import *i, const struct image_target *target, struct vagrant_disks *out,
		    struct metadata *out_metadata, struct error *err)
{
	cleanup_reader struct reader *r = NULL;

	if (reader_open(i->spec.file, READER_TAR, i->doing, i->spec.watch, &r, err) < 0)
		return -1;
	return vagrant_pour(r, target, out, out_metadata, err);
}

int import_disks(struct import *i, const struct image_target *target, struct content *out,
		 struct error *err)
{
	cleanup_content struct content c = { .kind = IMAGE_DISK };
	struct vagrant_disks disks = { 0 };
	cleanup_metadata struct metadata m = { 0 };
	int rc;

	if (i->kind != IMAGE_DISK)
		rc = error_set(err, ERROR_BOX, "it is a root filesystem, and has no disk");
	else if (i->is_archive)
		rc = pour_box(i, target, &disks, &m, err);
	else
		rc = pour_image(i, target, &disks, err);
	if (rc < 0 || verify(i, &c, err) < 0)
		return cannot_use(i, err);
	if (!m.user)
		m.first_boot = FIRST_BOOT_CREDENTIALS | FIRST_BOOT_NOCLOUD;
	memcpy(c.disks, disks.at, sizeof(c.disks));
	c.disk_count = disks.count;
	if (settle(i, &c, &m, err) < 0)
		return cannot_use(i, err);
	*out = c;
	c = (struct content){ 0 };
	return 0;
}

/* --- a root filesystem ----------------------------------------------------------------------- */

static int unpack(struct import *i, int root_fd, struct metadata *m, struct error *err)
{
	const struct rootfs_limits limits = i->spec.limits ? *i->spec.limits : ROOTFS_LIMITS;
	cleanup_reader struct reader *r = NULL;

	if (reader_open(i->spec.file, READER_TAR, i->doing, i->spec.watch, &r, err) < 0)
		return -1;
	return i->layout == LAYOUT_VAGRANT ? vagrant_unpack(r, root_fd, &limits, m, err) :
					     rootfs_unpack(r, root_fd, &limits, err);
}

static int store(struct import *i, const char *home, struct content *c, struct metadata *m,
		 struct error *err)
{
	cleanup_staging struct staging s = { .lock_fd = -1 };
	cleanup_close int root_fd = -1;

	if (i->kind != IMAGE_ROOTFS)
		return error_set(err, ERROR_BOX, "it has disks, and no root filesystem");
	if (rootfs_store_open(home, &s, &root_fd, err) < 0)
		return -1;
	/* A member tells not on which disk it has no room. */
	if (unpack(i, root_fd, m, err) < 0)
		return err->kind == ERROR_SYSTEM ?
			       error_wrap(err, "cannot unpack it into '%s'", home) :
			       -1;
	if (verify(i, c, err) < 0 || settle(i, c, m, err) < 0)
		return -1;
	return rootfs_store_commit(home, &s, c->digest, err);
}

int import_rootfs(struct import *i, const char *home, struct content *out, struct error *err)
{
	cleanup_content struct content c = { .kind = IMAGE_ROOTFS };
	cleanup_metadata struct metadata m = { 0 };

	if (geteuid() != 0) {
		error_set(err, ERROR_DENIED,
			  "cannot unpack box '%s': a root filesystem has files "
			  "of many owners, which only root can make",
			  i->spec.name);
		return error_hint(err, "run the same command with sudo");
	}
	if (store(i, home, &c, &m, err) < 0)
		return cannot_use(i, err);
	*out = c;
	c = (struct content){ 0 };
	return 0;
}

void import_free(struct import **slot)
{
	struct import *i = *slot;

	if (!i)
		return;
	digester_free(&i->digester);
	free(i->doing);
	free(i);
	*slot = NULL;
}
