/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a disk image. */
#include "boxes/source.h"

#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boxes/qcow2.h"
#include "core/stop.h"

#define BUFFER_BYTES ((size_t)1 << 20)
/* A qcow2 file is little larger than its disk, a raw one is the disk. */
#define MAX_IMAGE_BYTES (QCOW2_MAX_DISK_BYTES + ((uint64_t)1 << 40))

static int check_length(uint64_t bytes, struct error *err)
{
	if (bytes <= MAX_IMAGE_BYTES)
		return 0;
	return error_set(err, ERROR_BOX, "the image has %" PRIu64 " bytes, which is too much",
			 bytes);
}

int source_of_member(struct reader *r, struct source *out, struct error *err)
{
	struct archive_entry *entry = reader_entry(r);
	struct source s = { .fd = -1, .reader = r, .borrowed = true };

	if (reader_is_tar(r)) {
		if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
		    !archive_entry_size_is_set(entry) || archive_entry_size(entry) <= 0)
			return error_set(err, ERROR_BOX, "member '%s' is not a plain file",
					 reader_path(r));
		s.bytes = (uint64_t)archive_entry_size(entry);
		if (check_length(s.bytes, err) < 0)
			return -1;
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

static int open_plain(struct source *s, const char *doing, const struct watcher *watch,
		      struct error *err)
{
	struct stat st;

	if (fstat(s->fd, &st) < 0)
		return error_errno(err, errno, "cannot look at the image");
	if (check_length((uint64_t)st.st_size, err) < 0)
		return -1;
	s->bytes = (uint64_t)st.st_size;
	s->buffer = xmalloc(BUFFER_BYTES);
	s->doing = xstrdup(doing);
	s->watch = watch;
	return 0;
}

int source_open(const char *path, const char *member, const char *doing,
		const struct watcher *watch, struct source *out, struct error *err)
{
	cleanup_reader struct reader *r = NULL;
	cleanup_source struct source s = { .fd = -1 };

	if (reader_open(path, member ? READER_TAR : READER_RAW, doing, watch, &r, err) < 0)
		return -1;
	if (seek_member(r, member, err) < 0)
		return -1;
	if (member || reader_is_compressed(r)) {
		if (source_of_member(r, &s, err) < 0)
			return -1;
		s.reader = take_ptr(r);
		s.borrowed = false;
	} else {
		s.fd = dup(reader_fd(r));
		if (s.fd < 0)
			return error_errno(err, errno, "cannot open '%s'", path);
		if (open_plain(&s, doing, watch, err) < 0)
			return -1;
	}
	*out = s;
	s = (struct source){ .fd = -1 };
	return 0;
}

/* The hole or the data of a plain file at s->at. Filesystems without SEEK_DATA say all is data. */
static int next_plain(struct source *s, struct source_part *out, struct error *err)
{
	uint64_t left = s->bytes - s->at;
	struct event ev = { .kind = EVENT_PROGRESS, .text = s->doing, .total = s->bytes };
	ssize_t got;
	off_t data;

	ev.done = s->at;
	if (s->watch)
		watcher_emit(s->watch, &ev);
	if (!left)
		return 0;
	if (stop_check(0, s->doing, err) < 0)
		return -1;
	data = lseek(s->fd, (off_t)s->at, SEEK_DATA);
	if (data < 0)
		data = errno == ENXIO ? (off_t)s->bytes : (off_t)s->at;
	if ((uint64_t)data > s->at) {
		uint64_t hole = (uint64_t)data - s->at;

		*out = (struct source_part){ NULL, hole < left ? hole : left };
	} else {
		got = pread(s->fd, s->buffer, left < BUFFER_BYTES ? left : BUFFER_BYTES,
			    (off_t)s->at);
		if (got < 0)
			return error_errno(err, errno, "cannot read the image");
		if (!got)
			return error_set(err, ERROR_BOX, "the file became shorter meanwhile");
		*out = (struct source_part){ s->buffer, (uint64_t)got };
	}
	s->at += out->len;
	return 1;
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
	return s->reader ? next_archived(s, out, err) : next_plain(s, out, err);
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
		ssize_t got = pread(s->fd, to, len, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, errno, "cannot read the image");
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
	unsigned char *to = buf;

	if (!s->reader)
		return read_plain(s, offset, buf, len, err);
	while (len) {
		/* s->at is where the rest ends. */
		uint64_t start = s->at - s->rest.len;
		uint64_t take;
		int rc;

		if (offset < start)
			return error_set(err, ERROR_BOX,
					 "the image's tables are not in ascending order");
		if (offset >= s->at) {
			rc = source_next(s, &s->rest, err);
			if (rc < 0)
				return -1;
			if (!rc)
				return too_short(s->at, err);
			continue;
		}
		take = s->at - offset < len ? s->at - offset : len;
		if (s->rest.data)
			memcpy(to, (const char *)s->rest.data + (offset - start), take);
		else
			memset(to, 0, take);
		to += take;
		offset += take;
		len -= take;
	}
	return 0;
}

int source_finish(struct source *s, struct error *err)
{
	cleanup_free char *member = NULL;
	int rc;

	if (!s->reader || !reader_is_tar(s->reader))
		return 0;
	member = xstrdup(reader_path(s->reader));
	while ((rc = reader_next(s->reader, err)) > 0)
		if (!strcmp(reader_path(s->reader), member))
			return error_set(err, ERROR_BOX, "member '%s' is in it twice", member);
	return rc;
}

int source_fd(const struct source *s)
{
	return s->reader ? reader_fd(s->reader) : s->fd;
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
