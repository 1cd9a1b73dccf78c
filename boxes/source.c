/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a disk image. */
#include "boxes/source.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boxes/member.h"
#include "boxes/qcow2.h"

#define BUFFER_BYTES ((size_t)512 << 10)
#define PROGRESS_BYTES ((uint64_t)1 << 20)
/* A qcow2 file is little larger than its disk, a raw one is the disk. */
#define MAX_IMAGE_BYTES QCOW2_MAX_FILE_BYTES

static int check_length(uint64_t bytes, struct error *err)
{
	if (bytes <= MAX_IMAGE_BYTES)
		return 0;
	return error_set(err, ERROR_BOX, "the image has %" PRIu64 " bytes, which is too much",
			 bytes);
}

/* --- opening --------------------------------------------------------------------------------- */

int source_of_member(struct reader *r, struct source *out, struct error *err)
{
	struct archive_entry *entry = reader_entry(r);
	struct source s = { .fd = -1, .reader = r, .borrowed = true };

	if (reader_is_tar(r)) {
		cleanup_free char *shown = member_shown(reader_path(r));

		if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
		    !archive_entry_size_is_set(entry) || archive_entry_size(entry) <= 0)
			return error_set(err, ERROR_BOX, "member '%s' is not a plain file", shown);
		s.bytes = (uint64_t)archive_entry_size(entry);
		if (check_length(s.bytes, err) < 0)
			return error_wrap(err, "member '%s'", shown);
	}
	*out = s;
	return 0;
}

/* Finds the member, or the one there is if member is NULL. */
static int seek_member(struct reader *r, const char *member, struct error *err)
{
	int rc;

	while ((rc = reader_next(r, err)) > 0)
		if (!member || !strcmp(reader_path(r), member))
			return 0;
	if (rc < 0)
		return -1;
	return error_set(err, ERROR_BOX, "it has no member '%s'", member ? member : "");
}

/* A descriptor of its own has a position of its own, which lseek() moves. */
static int open_again(struct growing *file)
{
	cleanup_free char *path = xasprintf("/proc/self/fd/%d", growing_fd(file));

	return open(path, O_RDONLY | O_CLOEXEC);
}

static int open_plain(struct source *s, const char *doing, const struct watcher *watch,
		      struct error *err)
{
	s->bytes = growing_total(s->file);
	if (check_length(s->bytes, err) < 0)
		return -1;
	s->fd = open_again(s->file);
	s->buffer = xmalloc(BUFFER_BYTES);
	s->doing = xstrdup(doing);
	s->watch = watch;
	return 0;
}

/* Takes the reader over. `file` is what it reads. */
static int open_either(struct reader **reader, struct growing *file, const char *member,
		       struct source *s, struct error *err)
{
	if (seek_member(*reader, member, err) < 0)
		return -1;
	if (!member && !reader_is_compressed(*reader)) {
		s->file = file;
		return 0;
	}
	if (source_of_member(*reader, s, err) < 0)
		return -1;
	s->reader = take_ptr(*reader);
	s->borrowed = false;
	return 0;
}

int source_open_growing(struct growing *file, const char *member, const char *doing,
			const struct watcher *watch, struct source *out, struct error *err)
{
	cleanup_reader struct reader *r = NULL;
	cleanup_source struct source s = { .fd = -1 };

	if (reader_open(file, member ? READER_TAR : READER_RAW, doing, watch, &r, err) < 0 ||
	    open_either(&r, file, member, &s, err) < 0 ||
	    (s.file && open_plain(&s, doing, watch, err) < 0))
		return -1;
	*out = s;
	s = (struct source){ .fd = -1 };
	return 0;
}

/* --- the next bytes -------------------------------------------------------------------------- */

static void tell(struct source *s, bool last)
{
	struct event ev = { .kind = EVENT_PROGRESS, .text = s->doing, .done = s->at };

	if (!s->watch || (!last && s->at - s->told < PROGRESS_BYTES))
		return;
	s->told = s->at;
	ev.total = growing_total(s->file);
	watcher_emit(s->watch, &ev);
}

/* How much of what is there is a hole. Filesystems without SEEK_DATA say all is data. */
static uint64_t hole_at(const struct source *s, uint64_t there)
{
	off_t data = s->fd < 0 ? -1 : lseek(s->fd, (off_t)s->at, SEEK_DATA);
	uint64_t hole;

	if (data < 0)
		return s->fd >= 0 && errno == ENXIO ? there : 0;
	hole = (uint64_t)data - s->at;
	return hole < there ? hole : there;
}

/* The hole or the data of a plain file at s->at. */
static int next_plain(struct source *s, struct source_part *out, struct error *err)
{
	int64_t there = growing_wait(s->file, s->at, err);
	int64_t got;
	uint64_t hole;

	if (there < 0)
		return -1;
	tell(s, there == 0);
	if (!there)
		return 0;
	hole = hole_at(s, (uint64_t)there);
	if (hole) {
		*out = (struct source_part){ NULL, hole };
	} else {
		got = growing_read(s->file, s->at, s->buffer, BUFFER_BYTES, err);
		if (got < 0)
			return -1;
		if (!got)
			return error_set(err, ERROR_BOX, "the file became shorter meanwhile");
		*out = (struct source_part){ s->buffer, (uint64_t)got };
	}
	s->at += out->len;
	return check_length(s->at, err) < 0 ? -1 : 1;
}

static int ended(struct source *s, struct source_part *out)
{
	if (s->bytes <= s->at)
		return 0;
	/* A sparse member may end in a hole. */
	*out = (struct source_part){ NULL, s->bytes - s->at };
	s->at = s->bytes;
	return 1;
}

static int next_archived(struct source *s, struct source_part *out, struct error *err)
{
	struct reader_part part = s->after;
	int rc;

	s->after = (struct reader_part){ 0 };
	while (!part.len) {
		rc = reader_data(s->reader, &part, err);
		if (rc < 0)
			return -1;
		if (!rc)
			return ended(s, out);
	}
	if (part.offset < s->at || part.len > MAX_IMAGE_BYTES - s->at)
		return error_set(err, ERROR_BOX, "damaged: parts of the image overlap");
	if (part.offset > s->at) {
		*out = (struct source_part){ NULL, part.offset - s->at };
		s->after = part;
	} else {
		*out = (struct source_part){ part.data, part.len };
	}
	s->at += out->len;
	if (s->bytes && s->at > s->bytes)
		return error_set(err, ERROR_BOX, "damaged: the image is longer than announced");
	return check_length(s->at, err) < 0 ? -1 : 1;
}

int source_next(struct source *s, struct source_part *out, struct error *err)
{
	if (s->rest.len) {
		*out = s->rest;
		s->rest = (struct source_part){ 0 };
		return 1;
	}
	return s->reader ? next_archived(s, out, err) : next_plain(s, out, err);
}

/* --- bytes that are copied ------------------------------------------------------------------- */

/* The next bytes, at most len of them, into buf unless that is NULL. */
static int64_t take_some(struct source *s, unsigned char *buf, uint64_t len, struct error *err)
{
	struct source_part part;
	int rc = source_next(s, &part, err);
	uint64_t take;

	if (rc <= 0)
		return rc;
	take = part.len < len ? part.len : len;
	if (buf && part.data)
		memcpy(buf, part.data, take);
	else if (buf)
		memset(buf, 0, take);
	s->rest.len = part.len - take;
	s->rest.data = part.data ? (const unsigned char *)part.data + take : NULL;
	return (int64_t)take;
}

int64_t source_take(struct source *s, void *buf, size_t len, struct error *err)
{
	unsigned char *to = buf;
	size_t done = 0;

	while (done < len) {
		int64_t got = take_some(s, to + done, len - done, err);

		if (got < 0)
			return -1;
		if (!got)
			break;
		done += (size_t)got;
	}
	return (int64_t)done;
}

static int too_short(uint64_t bytes, struct error *err)
{
	return error_set(err, ERROR_BOX, "damaged: the image ends after %" PRIu64 " bytes", bytes);
}

static int read_plain(const struct source *s, uint64_t offset, void *buf, size_t len,
		      struct error *err)
{
	unsigned char *to = buf;

	while (len) {
		int64_t got = growing_read(s->file, offset, to, len, err);

		if (got < 0)
			return -1;
		if (!got)
			return too_short(offset, err);
		to += got;
		offset += (uint64_t)got;
		len -= (size_t)got;
	}
	return 0;
}

int source_read_at(void *source, uint64_t offset, void *buf, size_t len, struct error *err)
{
	struct source *s = source;
	int64_t got;

	if (!s->reader)
		return read_plain(s, offset, buf, len, err);
	if (offset < s->at - s->rest.len)
		return error_set(err, ERROR_BOX, "the image's tables are not in ascending order");
	while (offset > s->at - s->rest.len) {
		got = take_some(s, NULL, offset - (s->at - s->rest.len), err);
		if (got < 0)
			return -1;
		if (!got)
			return too_short(s->at, err);
	}
	got = source_take(s, buf, len, err);
	if (got < 0)
		return -1;
	return (size_t)got < len ? too_short(s->at, err) : 0;
}

bool source_is_plain(const struct source *s)
{
	return s->file != NULL;
}

void source_clear(struct source *s)
{
	if (!s->borrowed)
		reader_free(&s->reader);
	mem_close_fd(&s->fd);
	free(s->buffer);
	free(s->doing);
	*s = (struct source){ .fd = -1 };
}
