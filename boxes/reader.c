/* SPDX-License-Identifier: Apache-2.0 */
/* A box file through libarchive. */
#include "boxes/reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/member.h"
#include "boxes/stream.h"
#include "core/stop.h"

#define TAR_RECORD_BYTES 512

struct reader {
	struct stream *stream;
	struct archive *archive;
	struct archive_entry *entry; /* borrowed from archive */
	struct growing *file;        /* borrowed; NULL: it is a member */
	char *path;                  /* of the current member */
	char *doing;
	unsigned formats;
	bool begun;
	uint64_t handed;      /* bytes of the stream that libarchive was given */
	uint64_t last_data;   /* behind the last of them that is not zero */
	uint64_t data_end;    /* where the current member's data ended in the stream */
	struct error failure; /* what stopped the callbacks below */
	locale_t locale, locale_before;
};

/* --- what libarchive reads ------------------------------------------------------------------- */

static size_t trimmed(const unsigned char *data, size_t len)
{
	if (!data[0] && !memcmp(data, data + 1, len - 1))
		return 0;
	while (!data[len - 1])
		len--;
	return len;
}

static ssize_t next_bytes(struct reader *r, const void **out, struct error *err)
{
	ssize_t got = stream_next(r->stream, out, err);
	size_t used;

	if (got <= 0)
		return got;
	used = trimmed(*out, (size_t)got);
	if (used)
		r->last_data = r->handed + used;
	r->handed += (uint64_t)got;
	return got;
}

static la_ssize_t on_read(struct archive *a, void *ctx, const void **out)
{
	struct reader *r = ctx;
	ssize_t got = next_bytes(r, out, &r->failure);

	if (got < 0)
		archive_set_error(a, EIO, "cannot read");
	return got;
}

static la_int64_t on_skip(struct archive *a, void *ctx, la_int64_t bytes)
{
	struct reader *r = ctx;
	uint64_t passed = bytes > 0 ? stream_skip(r->stream, (uint64_t)bytes) : 0;

	(void)a;
	r->handed += passed;
	return (la_int64_t)passed;
}

static int failed(struct reader *r, struct error *err)
{
	const char *why;

	if (r->failure.kind)
		return error_move(err, &r->failure);
	why = archive_error_string(r->archive);
	return error_set(err, ERROR_BOX, "damaged: %s", why ? why : "unreadable");
}

/* --- opening --------------------------------------------------------------------------------- */

/* Names in pax headers are UTF-8; libarchive converts them to the thread's character set. */
static void enter_locale(struct reader *r)
{
	r->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (r->locale)
		r->locale_before = uselocale(r->locale);
}

static void leave_locale(struct reader *r)
{
	if (!r->locale)
		return;
	uselocale(r->locale_before);
	freelocale(r->locale);
	r->locale = (locale_t)0;
}

static int open_archive(struct reader *r, struct error *err)
{
	enter_locale(r);
	r->archive = archive_read_new();
	if (!r->archive ||
	    ((r->formats & READER_TAR) &&
	     archive_read_support_format_tar(r->archive) != ARCHIVE_OK) ||
	    ((r->formats & READER_RAW) &&
	     archive_read_support_format_raw(r->archive) != ARCHIVE_OK))
		return error_set(err, ERROR_SYSTEM, "libarchive cannot read archives");
	archive_read_set_read_callback(r->archive, on_read);
	archive_read_set_skip_callback(r->archive, on_skip);
	archive_read_set_callback_data(r->archive, r);
	return archive_read_open1(r->archive) == ARCHIVE_OK ? 0 : failed(r, err);
}

int reader_open(struct growing *file, unsigned formats, const char *doing,
		const struct watcher *watch, struct reader **out, struct error *err)
{
	cleanup_reader struct reader *r = xcalloc(1, sizeof(*r));

	r->file = file;
	r->formats = formats;
	r->doing = xstrdup(doing);
	if (stream_open(file, doing, watch, &r->stream, err) < 0 || open_archive(r, err) < 0)
		return -1;
	*out = take_ptr(r);
	return 0;
}

/* The member's bytes, as the input of a stream. */
static ssize_t read_outer(void *ctx, const void **out, struct error *err)
{
	struct reader_part part = { 0 };
	int rc = 1;

	while (rc > 0 && !part.len)
		rc = reader_data(ctx, &part, err);
	if (rc <= 0)
		return rc;
	*out = part.data;
	return (ssize_t)part.len;
}

int reader_open_member(struct reader *outer, struct reader **out, struct error *err)
{
	cleanup_reader struct reader *r = xcalloc(1, sizeof(*r));
	const struct stream_input in = { read_outer, NULL, outer };

	r->formats = READER_TAR;
	r->doing = xstrdup(outer->doing);
	if (archive_entry_sparse_count(outer->entry) > 0)
		return error_set(err, ERROR_BOX, "it has holes");
	if (stream_open_input(&in, r->doing, &r->stream, err) < 0 || open_archive(r, err) < 0)
		return -1;
	*out = take_ptr(r);
	return 0;
}

/* --- members --------------------------------------------------------------------------------- */

static uint64_t consumed(const struct reader *r)
{
	return (uint64_t)archive_filter_bytes(r->archive, 0);
}

/*
 * A tar archive cut between two members looks whole to libarchive: only the records of zeroes at
 * its end tell. After the last member's data come its padding and those. What follows is read too,
 * or nobody would see that the compressed data is cut or goes on with something else.
 */
static int check_end(struct reader *r, struct error *err)
{
	uint64_t end = consumed(r);
	const void *ignored = NULL;
	ssize_t got;

	if (!reader_is_tar(r) || (!r->begun && (r->formats & READER_RAW)))
		return 0;
	if (end < r->data_end + TAR_RECORD_BYTES)
		return error_set(err, ERROR_BOX, "damaged: the archive was cut off");
	while ((got = next_bytes(r, &ignored, err)) > 0)
		;
	if (got < 0)
		return -1;
	if (r->last_data > end)
		return error_set(err, ERROR_BOX,
				 "damaged: something follows the end of the archive");
	return 0;
}

/* A header that cannot be read has no name yet. */
static int failed_behind(struct reader *r, struct error *err)
{
	cleanup_free char *shown = NULL;

	if (!r->path || !*r->path || r->failure.kind)
		return failed(r, err);
	shown = member_shown(r->path);
	failed(r, err);
	return error_wrap(err, "behind member '%s'", shown);
}

int reader_next(struct reader *r, struct error *err)
{
	int rc;

	if (r->entry) {
		if (archive_read_data_skip(r->archive) != ARCHIVE_OK)
			return failed_behind(r, err);
		r->data_end = consumed(r);
	}
	rc = archive_read_next_header(r->archive, &r->entry);
	if (rc == ARCHIVE_EOF)
		return check_end(r, err);
	if (rc != ARCHIVE_OK)
		return failed_behind(r, err);
	mem_free_pointer(&r->path);
	r->path = NULL;
	r->begun = true;
	if (!reader_is_tar(r)) {
		r->path = xstrdup("");
		return 1;
	}
	return member_path(archive_entry_pathname(r->entry), &r->path, err) < 0 ? -1 : 1;
}

int reader_data(struct reader *r, struct reader_part *out, struct error *err)
{
	const void *data = NULL;
	size_t len = 0;
	la_int64_t offset = 0;
	int rc;

	/* A little compressed data may become gigabytes without another read. */
	if (stop_check(0, r->doing, err) < 0)
		return -1;
	rc = archive_read_data_block(r->archive, &data, &len, &offset);
	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK || offset < 0)
		return failed(r, err);
	*out = (struct reader_part){ data, len, (uint64_t)offset };
	return 1;
}

const char *reader_path(const struct reader *r)
{
	return r->path;
}

struct archive_entry *reader_entry(const struct reader *r)
{
	return r->entry;
}

bool reader_is_tar(const struct reader *r)
{
	return (archive_format(r->archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
}

bool reader_is_compressed(const struct reader *r)
{
	return stream_is_compressed(r->stream);
}

struct growing *reader_file(const struct reader *r)
{
	return r->file;
}

void reader_free(struct reader **slot)
{
	struct reader *r = *slot;

	if (!r)
		return;
	if (r->archive)
		archive_read_free(r->archive);
	leave_locale(r);
	stream_free(&r->stream);
	error_clear(&r->failure);
	free(r->path);
	free(r->doing);
	free(r);
	*slot = NULL;
}
