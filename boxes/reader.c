/* SPDX-License-Identifier: Apache-2.0 */
/* A box file through libarchive. */
#include "boxes/reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boxes/gunzip.h"
#include "boxes/member.h"
#include "core/stop.h"

#define BUFFER_BYTES ((size_t)256 << 10)
#define PROGRESS_BYTES ((uint64_t)1 << 20)
#define TAR_RECORD_BYTES 512

struct reader {
	struct archive *archive;
	struct archive_entry *entry; /* borrowed from archive */
	char *path;                  /* of the current member */
	char *doing;
	const struct watcher *watch;
	int fd;
	uint64_t done, total, told;
	uint64_t data_end;    /* where the current member's data ended in the decompressed stream */
	struct error failure; /* what stopped the callbacks below */
	struct gunzip *gunzip; /* NULL if the file is not compressed with gzip */
	locale_t locale, locale_before;
	unsigned char *buffer;
};

static void tell(struct reader *r, bool last)
{
	struct event ev = {
		.kind = EVENT_PROGRESS, .text = r->doing, .done = r->done, .total = r->total
	};

	if (!r->watch || (!last && r->done - r->told < PROGRESS_BYTES))
		return;
	r->told = r->done;
	watcher_emit(r->watch, &ev);
}

/* The next bytes of the file into the buffer; 0 at its end, -1 with r->failure set. */
static ssize_t read_file(struct reader *r)
{
	ssize_t got;

	if (stop_check(0, r->doing, &r->failure) < 0)
		return -1;
	do
		got = read(r->fd, r->buffer, BUFFER_BYTES);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_errno(&r->failure, errno, "cannot read");
	r->done += (uint64_t)got;
	tell(r, got == 0);
	return got;
}

static ssize_t read_gzip(struct reader *r, const void **out)
{
	ssize_t got;

	while ((got = gunzip_take(r->gunzip, out, &r->failure)) == 0) {
		ssize_t fed = read_file(r);

		if (fed < 0)
			return -1;
		if (!fed)
			return gunzip_finish(r->gunzip, &r->failure);
		gunzip_feed(r->gunzip, r->buffer, (size_t)fed);
	}
	return got;
}

static la_ssize_t on_read(struct archive *a, void *ctx, const void **out)
{
	struct reader *r = ctx;
	ssize_t got;

	*out = r->buffer;
	got = r->gunzip ? read_gzip(r, out) : read_file(r);
	if (got < 0)
		archive_set_error(a, EIO, "cannot read");
	return got;
}

static la_int64_t on_skip(struct archive *a, void *ctx, la_int64_t bytes)
{
	struct reader *r = ctx;
	uint64_t left = r->total > r->done ? r->total - r->done : 0;

	(void)a;
	if (r->gunzip)
		return 0;
	/* Past the end lseek would succeed, and a cut file look whole. */
	if (bytes < 0 || (uint64_t)bytes > left || lseek(r->fd, bytes, SEEK_CUR) < 0)
		return 0;
	r->done += (uint64_t)bytes;
	tell(r, false);
	return bytes;
}

static int failed(struct reader *r, struct error *err)
{
	const char *why;

	if (r->failure.kind)
		return error_move(err, &r->failure);
	why = archive_error_string(r->archive);
	return error_set(err, ERROR_BOX, "damaged: %s", why ? why : "unreadable");
}

/* ARCHIVE_WARN from these would mean an outside program does the work. */
static int choose(struct archive *a, unsigned formats)
{
	if (archive_read_support_filter_xz(a) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(a) != ARCHIVE_OK ||
	    archive_read_support_filter_bzip2(a) != ARCHIVE_OK)
		return -1;
	/* Read on behind the end mark, or nobody would see that the compressed data is cut there. */
	if ((formats & READER_TAR) &&
	    (archive_read_support_format_tar(a) != ARCHIVE_OK ||
	     archive_read_set_format_option(a, "tar", "read_concatenated_archives", "1") !=
		     ARCHIVE_OK))
		return -1;
	if ((formats & READER_RAW) && archive_read_support_format_raw(a) != ARCHIVE_OK)
		return -1;
	return 0;
}

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

static int open_file(struct reader *r, const char *path, struct error *err)
{
	struct stat st;
	unsigned char head[3];
	ssize_t got;

	r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (r->fd < 0)
		return error_errno(err, errno, "cannot open '%s'", path);
	if (fstat(r->fd, &st) < 0)
		return error_errno(err, errno, "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_BOX, "'%s' is not a regular file", path);
	if (!st.st_size)
		return error_set(err, ERROR_BOX, "the file is empty");
	r->total = (uint64_t)st.st_size;
	got = pread(r->fd, head, sizeof(head), 0);
	if (got < 0)
		return error_errno(err, errno, "cannot read '%s'", path);
	if (gunzip_is(head, (size_t)got))
		r->gunzip = gunzip_new();
	return 0;
}

int reader_open(const char *path, unsigned formats, const char *doing, const struct watcher *watch,
		struct reader **out, struct error *err)
{
	cleanup_reader struct reader *r = xcalloc(1, sizeof(*r));

	r->fd = -1;
	r->watch = watch;
	r->doing = xstrdup(doing);
	if (open_file(r, path, err) < 0)
		return -1;
	r->buffer = xmalloc(BUFFER_BYTES);
	enter_locale(r);
	r->archive = archive_read_new();
	if (!r->archive || choose(r->archive, formats) < 0)
		return error_set(err, ERROR_SYSTEM, "libarchive lacks a compression of boxes");
	archive_read_set_read_callback(r->archive, on_read);
	archive_read_set_skip_callback(r->archive, on_skip);
	archive_read_set_callback_data(r->archive, r);
	if (archive_read_open1(r->archive) != ARCHIVE_OK)
		return failed(r, err);
	*out = take_ptr(r);
	return 0;
}

static uint64_t consumed(const struct reader *r)
{
	return (uint64_t)archive_filter_bytes(r->archive, 0);
}

/*
 * A tar archive cut between two members looks whole to libarchive: only the records of zeroes at
 * its end tell. After the last member's data come its padding and those.
 */
static int check_end_mark(struct reader *r, struct error *err)
{
	if (!reader_is_tar(r) || consumed(r) >= r->data_end + TAR_RECORD_BYTES)
		return 0;
	return error_set(err, ERROR_BOX, "damaged: the archive was cut off");
}

int reader_next(struct reader *r, struct error *err)
{
	int rc;

	if (r->entry) {
		if (archive_read_data_skip(r->archive) != ARCHIVE_OK)
			return failed(r, err);
		r->data_end = consumed(r);
	}
	rc = archive_read_next_header(r->archive, &r->entry);
	if (rc == ARCHIVE_EOF)
		return check_end_mark(r, err);
	mem_free_pointer(&r->path);
	r->path = NULL;
	if (rc != ARCHIVE_OK)
		return failed(r, err);
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
	return r->gunzip || archive_filter_code(r->archive, 0) != ARCHIVE_FILTER_NONE;
}

int reader_fd(const struct reader *r)
{
	return r->fd;
}

void reader_free(struct reader **slot)
{
	struct reader *r = *slot;

	if (!r)
		return;
	if (r->archive)
		archive_read_free(r->archive);
	leave_locale(r);
	gunzip_free(&r->gunzip);
	mem_close_fd(&r->fd);
	error_clear(&r->failure);
	free(r->buffer);
	free(r->path);
	free(r->doing);
	free(r);
	*slot = NULL;
}
