/* SPDX-License-Identifier: Apache-2.0 */
/* Decompression: gzip by ISA-L, the others by libarchive, nothing by nobody. */
#include "boxes/stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/gunzip.h"
#include "core/stop.h"

#define BUFFER_BYTES ((size_t)512 << 10)
#define PROGRESS_BYTES ((uint64_t)1 << 20)
#define HEAD_BYTES 16 /* tell the compression */

/* A file that may still be growing, as an input. */
struct feed {
	struct growing *file;
	const char *doing; /* borrowed from the stream */
	const struct watcher *watch;
	uint64_t done, told;
	unsigned char *buffer;
};

struct stream {
	struct stream_input in;
	struct feed feed;
	char *doing;
	/* The first bytes and what came with them, not handed on yet. */
	unsigned char head[HEAD_BYTES];
	size_t head_len, head_at, rest_len;
	const unsigned char *rest;
	struct gunzip *gunzip; /* one of the two, or none of them */
	struct archive *archive;
	uint64_t fed;         /* bytes that libarchive was given */
	struct error failure; /* what stopped on_read() */
};

/* --- the file -------------------------------------------------------------------------------- */

static void tell(struct feed *f, bool last)
{
	struct event ev = { .kind = EVENT_PROGRESS, .text = f->doing, .done = f->done };

	if (!f->watch || (!last && f->done - f->told < PROGRESS_BYTES))
		return;
	f->told = f->done;
	ev.total = growing_total(f->file);
	watcher_emit(f->watch, &ev);
}

static ssize_t feed_read(void *ctx, const void **out, struct error *err)
{
	struct feed *f = ctx;
	int64_t got = growing_read(f->file, f->done, f->buffer, BUFFER_BYTES, err);

	if (got < 0)
		return -1;
	*out = f->buffer;
	f->done += (uint64_t)got;
	tell(f, got == 0);
	return (ssize_t)got;
}

/* Passing the end would succeed, and a cut file look whole; so what is passed has to be there. */
static uint64_t feed_skip(void *ctx, uint64_t bytes)
{
	struct feed *f = ctx;
	cleanup_error struct error again = { 0 };

	/* An error comes back when the same place is read. */
	if (!bytes || growing_wait(f->file, f->done + bytes - 1, &again) <= 0)
		return 0;
	f->done += bytes;
	tell(f, false);
	return bytes;
}

/* --- what the decompressors are fed ---------------------------------------------------------- */

static ssize_t raw_next(struct stream *s, const void **out, struct error *err)
{
	ssize_t len;

	if (s->head_at < s->head_len) {
		*out = s->head + s->head_at;
		len = (ssize_t)(s->head_len - s->head_at);
		s->head_at = s->head_len;
		return len;
	}
	if (s->rest_len) {
		*out = s->rest;
		len = (ssize_t)s->rest_len;
		s->rest_len = 0;
		return len;
	}
	return s->in.read(s->in.ctx, out, err);
}

/* A file that grows slowly, or an archive's member, may come byte by byte. */
static int read_head(struct stream *s, struct error *err)
{
	while (s->head_len < HEAD_BYTES) {
		const void *data = NULL;
		ssize_t got = s->in.read(s->in.ctx, &data, err);
		size_t take;

		if (got < 0)
			return -1;
		if (!got)
			break;
		take = (size_t)got < HEAD_BYTES - s->head_len ? (size_t)got :
								HEAD_BYTES - s->head_len;
		memcpy(s->head + s->head_len, data, take);
		s->head_len += take;
		s->rest = (const unsigned char *)data + take;
		s->rest_len = (size_t)got - take;
	}
	return s->head_len ? 0 : error_set(err, ERROR_BOX, "the file is empty");
}

static uint64_t skip_rest(struct stream *s, uint64_t bytes)
{
	uint64_t len = bytes < s->rest_len ? bytes : s->rest_len;

	s->rest += len;
	s->rest_len -= len;
	return len;
}

static ssize_t next_gzip(struct stream *s, const void **out, struct error *err)
{
	ssize_t got;

	while ((got = gunzip_take(s->gunzip, out, err)) == 0) {
		const void *data = NULL;
		ssize_t fed = raw_next(s, &data, err);

		if (fed < 0)
			return -1;
		if (!fed)
			return gunzip_finish(s->gunzip, err);
		gunzip_feed(s->gunzip, data, (size_t)fed);
	}
	return got;
}

/* --- libarchive ------------------------------------------------------------------------------ */

static la_ssize_t on_read(struct archive *a, void *ctx, const void **out)
{
	struct stream *s = ctx;
	ssize_t got = raw_next(s, out, &s->failure);

	if (got < 0)
		archive_set_error(a, EIO, "cannot read");
	else
		s->fed += (uint64_t)got;
	return got;
}

static int failed(struct stream *s, struct error *err)
{
	const char *why;

	if (s->failure.kind)
		return error_move(err, &s->failure);
	why = archive_error_string(s->archive);
	return error_set(err, ERROR_BOX, "damaged: %s", why ? why : "unreadable");
}

/* bzip2 is content to find no further block, whatever is there instead. */
static int check_end(struct stream *s, struct error *err)
{
	const void *ignored = NULL;
	ssize_t more = raw_next(s, &ignored, err);

	if (more < 0)
		return -1;
	if (!more && (uint64_t)archive_filter_bytes(s->archive, -1) == s->fed)
		return 0;
	return error_set(err, ERROR_BOX, "damaged: there is garbage after the compressed data");
}

static ssize_t next_archive(struct stream *s, const void **out, struct error *err)
{
	size_t len = 0;

	while (!len) {
		la_int64_t offset = 0;
		int rc = archive_read_data_block(s->archive, out, &len, &offset);

		if (rc == ARCHIVE_EOF)
			return check_end(s, err);
		if (rc != ARCHIVE_OK)
			return failed(s, err);
	}
	return (ssize_t)len;
}

static bool begins(const struct stream *s, const char *magic, size_t len)
{
	return s->head_len >= len && !memcmp(s->head, magic, len);
}

static bool is_for_libarchive(const struct stream *s)
{
	static const char xz[] = "\xfd\x37zXZ", zstd[] = "\x28\xb5\x2f\xfd";
	/* A zstd file may begin with a frame to skip: 0x184D2A50 to 5F. */
	bool skippable = s->head_len >= 4 && (s->head[0] & 0xf0) == 0x50 &&
			 !memcmp(s->head + 1, "\x2a\x4d\x18", 3);

	return begins(s, xz, sizeof(xz)) || begins(s, zstd, 4) || begins(s, "BZh", 3) || skippable;
}

static int open_archive(struct stream *s, struct error *err)
{
	struct archive_entry *entry;
	int rc;

	s->archive = archive_read_new();
	/* ARCHIVE_WARN from these would mean an outside program does the work. */
	if (!s->archive || archive_read_support_filter_xz(s->archive) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(s->archive) != ARCHIVE_OK ||
	    archive_read_support_filter_bzip2(s->archive) != ARCHIVE_OK ||
	    archive_read_support_format_raw(s->archive) != ARCHIVE_OK)
		return error_set(err, ERROR_SYSTEM, "libarchive lacks a compression of boxes");
	archive_read_set_read_callback(s->archive, on_read);
	archive_read_set_callback_data(s->archive, s);
	if (archive_read_open1(s->archive) != ARCHIVE_OK)
		return failed(s, err);
	rc = archive_read_next_header(s->archive, &entry);
	return rc == ARCHIVE_OK || rc == ARCHIVE_EOF ? 0 : failed(s, err);
}

/* --- both ------------------------------------------------------------------------------------ */

static int begin(struct stream *s, struct error *err)
{
	if (read_head(s, err) < 0)
		return -1;
	if (gunzip_is(s->head, s->head_len))
		s->gunzip = gunzip_new();
	else if (is_for_libarchive(s))
		return open_archive(s, err);
	return 0;
}

int stream_open_input(const struct stream_input *in, const char *doing, struct stream **out,
		      struct error *err)
{
	cleanup_stream struct stream *s = xcalloc(1, sizeof(*s));

	s->in = *in;
	s->doing = xstrdup(doing);
	if (begin(s, err) < 0)
		return -1;
	*out = take_ptr(s);
	return 0;
}

int stream_open(struct growing *file, const char *doing, const struct watcher *watch,
		struct stream **out, struct error *err)
{
	cleanup_stream struct stream *s = xcalloc(1, sizeof(*s));

	s->doing = xstrdup(doing);
	s->feed = (struct feed){ file, s->doing, watch, 0, 0, xmalloc(BUFFER_BYTES) };
	s->in = (struct stream_input){ feed_read, feed_skip, &s->feed };
	if (begin(s, err) < 0)
		return -1;
	*out = take_ptr(s);
	return 0;
}

ssize_t stream_next(struct stream *s, const void **out, struct error *err)
{
	/* A little compressed data may become gigabytes without another read. */
	if (stop_check(0, s->doing, err) < 0)
		return -1;
	if (s->gunzip)
		return next_gzip(s, out, err);
	return s->archive ? next_archive(s, out, err) : raw_next(s, out, err);
}

uint64_t stream_skip(struct stream *s, uint64_t bytes)
{
	if (stream_is_compressed(s) || !s->in.skip || s->head_at < s->head_len)
		return 0;
	return s->rest_len ? skip_rest(s, bytes) : s->in.skip(s->in.ctx, bytes);
}

bool stream_is_compressed(const struct stream *s)
{
	return s->gunzip || s->archive;
}

void stream_free(struct stream **slot)
{
	struct stream *s = *slot;

	if (!s)
		return;
	if (s->archive)
		archive_read_free(s->archive);
	gunzip_free(&s->gunzip);
	error_clear(&s->failure);
	free(s->feed.buffer);
	free(s->doing);
	free(s);
	*slot = NULL;
}
