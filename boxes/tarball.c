/* SPDX-License-Identifier: Apache-2.0 */
/* A tar archive through libarchive's writer. */
#include "boxes/tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/stop.h"
#include "core/text.h"

#define PIECE_BYTES ((size_t)1 << 20)
#define FILL_MOST_BYTES ((uint64_t)64 << 20)

struct tarball {
	struct archive *archive;
	char *path, *temporary, *doing;
	int fd;
	bool committed;
	struct error failure; /* what stopped writing; from then on all is thrown away */
	uint64_t left;        /* of the current member's length */
	const struct watcher *watch;
	uint64_t done;
	unsigned char *piece, *zeroes;
};

/* --- where the data is ----------------------------------------------------------------------- */

void extents_add(struct extents *e, uint64_t offset, uint64_t len)
{
	struct extent *last = e->count ? &e->at[e->count - 1] : NULL;

	if (!len)
		return;
	if (last && last->offset + last->len == offset) {
		last->len += len;
		return;
	}
	e->at = xgrow(e->at, e->count, sizeof(*e->at));
	e->at[e->count++] = (struct extent){ offset, len };
}

int extents_find(int fd, uint64_t size_bytes, struct extents *out, struct error *err)
{
	struct extents found = { 0 };
	off_t at = 0, end;

	while ((uint64_t)at < size_bytes) {
		at = lseek(fd, at, SEEK_DATA);
		if (at < 0)
			break;
		end = lseek(fd, at, SEEK_HOLE);
		if (end < 0)
			break;
		if ((uint64_t)end > size_bytes)
			end = (off_t)size_bytes;
		if (end > at)
			extents_add(&found, (uint64_t)at, (uint64_t)(end - at));
		at = end;
	}
	/* ENXIO: a hole to the end. */
	if (at < 0 && errno != ENXIO) {
		extents_clear(&found);
		if (errno != EINVAL && errno != EOPNOTSUPP)
			return error_errno(err, errno, "cannot look for holes");
		extents_add(&found, 0, size_bytes);
	}
	*out = found;
	return 0;
}

void extents_clear(struct extents *e)
{
	free(e->at);
	*e = (struct extents){ 0 };
}

/* --- opening --------------------------------------------------------------------------------- */

/* After a failure it pretends success: libarchive would forget to free what it has there. */
static la_ssize_t on_write(struct archive *a, void *ctx, const void *data, size_t len)
{
	struct tarball *t = ctx;

	(void)a;
	if (!t->failure.kind && fs_write_all(t->fd, data, len) < 0)
		error_errno(&t->failure, errno, "cannot write '%s'", t->path);
	return (la_ssize_t)len;
}

/* What became of a call into libarchive. `what` in quotes or none. */
static int outcome(struct tarball *t, bool well, const char *what, struct error *err)
{
	const char *why = archive_error_string(t->archive);

	if (t->failure.kind) {
		error_set(err, t->failure.kind, "%s", t->failure.text);
		err->code = t->failure.code;
		return -1;
	}
	if (well)
		return 0;
	return error_set(err, ERROR_SYSTEM, "cannot pack '%s': %s", what,
			 why ? why : "libarchive gives no reason");
}

static const char *compression_of(const struct tarball_spec *spec)
{
	if (spec->compression)
		return spec->compression;
	if (text_has_suffix(spec->path, ".gz") || text_has_suffix(spec->path, ".tgz"))
		return "gzip";
	return text_has_suffix(spec->path, ".tar") ? "none" : "zstd";
}

/* Threads even where there is one processor: zstd's bytes without any are other ones. */
static int add_zstd(struct archive *a)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	cleanup_free char *threads = xasprintf("%ld", processors > 0 ? processors : 1);

	if (archive_write_add_filter_zstd(a) != ARCHIVE_OK ||
	    archive_write_set_filter_option(a, "zstd", "compression-level", "3") != ARCHIVE_OK)
		return -1;
	return archive_write_set_filter_option(a, "zstd", "threads", threads) == ARCHIVE_OK ? 0 :
											      -1;
}

static int add_filter(struct archive *a, const char *compression, struct error *err)
{
	int rc;

	if (text_equal(compression, "zstd"))
		rc = add_zstd(a);
	else if (text_equal(compression, "gzip"))
		rc = archive_write_add_filter_gzip(a) == ARCHIVE_OK &&
				     archive_write_set_filter_option(a, "gzip", "timestamp",
								     NULL) == ARCHIVE_OK ?
			     0 :
			     -1;
	else if (text_equal(compression, "none"))
		rc = archive_write_add_filter_none(a) == ARCHIVE_OK ? 0 : -1;
	else
		return error_set(err, ERROR_USAGE,
				 "'%s' is no compression of boxes: zstd, gzip or none",
				 compression);
	if (rc < 0)
		return error_set(err, ERROR_SYSTEM, "libarchive cannot compress by %s",
				 compression);
	return 0;
}

static int exists(const char *path, struct error *err)
{
	return error_set(err, ERROR_DECLINED, "'%s' exists", path);
}

static char *directory_of(const struct tarball *t)
{
	const char *slash = strrchr(t->path, '/');

	return slash ? xstrndup(t->path, slash == t->path ? 1 : (size_t)(slash - t->path)) :
		       xstrdup(".");
}

static int open_file(struct tarball *t, struct error *err)
{
	cleanup_free char *directory = directory_of(t);
	struct stat st;

	if (lstat(t->path, &st) == 0)
		return exists(t->path, err);
	/* Without a name nothing is left of it, however we end. */
	t->fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (t->fd >= 0)
		return 0;
	t->temporary = xasprintf("%s.XXXXXX", t->path);
	t->fd = mkostemp(t->temporary, O_CLOEXEC);
	if (t->fd >= 0)
		return 0;
	error_errno(err, errno, "cannot write '%s'", t->path);
	mem_free_pointer(&t->temporary);
	t->temporary = NULL;
	return -1;
}

int tarball_open(const struct tarball_spec *spec, struct tarball **out, struct error *err)
{
	cleanup_tarball struct tarball *t = xcalloc(1, sizeof(*t));
	const char *slash = strrchr(spec->path, '/');

	t->fd = -1;
	t->path = xstrdup(spec->path);
	t->doing = xasprintf("packing %s", slash ? slash + 1 : spec->path);
	t->watch = spec->watch;
	t->piece = xmalloc(PIECE_BYTES);
	t->zeroes = xcalloc(1, PIECE_BYTES);
	t->archive = archive_write_new();
	/* libarchive would write each attribute twice, once in a way of its own that GNU tar complains of. */
	if (!t->archive || archive_write_set_format_pax_restricted(t->archive) != ARCHIVE_OK ||
	    archive_write_set_format_option(t->archive, NULL, "xattrheader", "SCHILY") !=
		    ARCHIVE_OK)
		return error_set(err, ERROR_SYSTEM, "libarchive cannot write tar archives");
	if (add_filter(t->archive, compression_of(spec), err) < 0 || open_file(t, err) < 0)
		return -1;
	archive_write_set_bytes_in_last_block(t->archive, 1);
	if (outcome(t, archive_write_open(t->archive, t, NULL, on_write, NULL) == ARCHIVE_OK,
		    spec->path, err) < 0)
		return -1;
	*out = take_ptr(t);
	return 0;
}

/* --- members --------------------------------------------------------------------------------- */

/* Names in pax headers are UTF-8; libarchive converts them from the thread's character set. */
static int write_header(struct tarball *t, struct archive_entry *e, struct error *err)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
	int rc;

	t->left = archive_entry_size_is_set(e) ? (uint64_t)archive_entry_size(e) : 0;
	rc = archive_write_header(t->archive, e);

	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	return outcome(t, rc == ARCHIVE_OK, archive_entry_pathname(e), err);
}

static int write_piece(struct tarball *t, const void *data, size_t len, struct error *err)
{
	struct event ev = { .kind = EVENT_PROGRESS, .text = t->doing };

	bool well = archive_write_data(t->archive, data, len) == (la_ssize_t)len;

	if (outcome(t, well, t->path, err) < 0)
		return -1;
	t->left -= len;
	t->done += len;
	ev.done = t->done;
	watcher_emit(t->watch, &ev);
	return stop_check(0, t->doing, err);
}

/* The writer drops what the map calls a hole, but counts it. */
static int write_hole(struct tarball *t, uint64_t len, struct error *err)
{
	for (size_t n; len; len -= n) {
		n = len < PIECE_BYTES ? (size_t)len : PIECE_BYTES;
		if (write_piece(t, t->zeroes, n, err) < 0)
			return -1;
	}
	return 0;
}

static int write_extent(struct tarball *t, int fd, const struct extent *x, struct error *err)
{
	uint64_t at = x->offset, end = x->offset + x->len;

	while (at < end) {
		size_t want = end - at < PIECE_BYTES ? (size_t)(end - at) : PIECE_BYTES;
		ssize_t got = pread(fd, t->piece, want, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, errno, "cannot read");
		if (!got)
			return error_set(err, ERROR_BUSY, "it became shorter while it was read");
		if (write_piece(t, t->piece, (size_t)got, err) < 0)
			return -1;
		at += (uint64_t)got;
	}
	return 0;
}

static void map_holes(struct archive_entry *e, const struct extents *data, uint64_t size)
{
	if (!size || (data->count == 1 && data->at[0].len == size))
		return;
	for (size_t i = 0; i < data->count; i++)
		archive_entry_sparse_add_entry(e, (la_int64_t)data->at[i].offset,
					       (la_int64_t)data->at[i].len);
	/* Without data an empty map would mean a file without holes. */
	if (!data->count)
		archive_entry_sparse_add_entry(e, 0, 0);
}

static int write_data(struct tarball *t, int fd, const struct extents *data, uint64_t size,
		      struct error *err)
{
	uint64_t at = 0;

	for (size_t i = 0; i < data->count; i++) {
		const struct extent *x = &data->at[i];

		if (write_hole(t, x->offset - at, err) < 0 || write_extent(t, fd, x, err) < 0)
			return -1;
		at = x->offset + x->len;
	}
	return write_hole(t, size - at, err);
}

int tarball_add_node(struct tarball *t, struct archive_entry *e, struct error *err)
{
	if (stop_check(0, t->doing, err) < 0)
		return -1;
	return write_header(t, e, err);
}

int tarball_add_file(struct tarball *t, struct archive_entry *e, int fd, const struct extents *data,
		     struct error *err)
{
	cleanup_free char *name = xstrdup(archive_entry_pathname(e));
	uint64_t size = (uint64_t)archive_entry_size(e);

	map_holes(e, data, size);
	if (tarball_add_node(t, e, err) < 0)
		return -1;
	if (write_data(t, fd, data, size, err) < 0)
		return error_wrap(err, "cannot pack '%s'", name);
	return 0;
}

int tarball_add_bytes(struct tarball *t, const char *name, const void *data, size_t len,
		      struct error *err)
{
	struct archive_entry *e = archive_entry_new();
	int rc;

	archive_entry_set_pathname_utf8(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_mtime(e, 0, 0);
	archive_entry_set_size(e, (la_int64_t)len);
	rc = tarball_add_node(t, e, err);
	archive_entry_free(e);
	return rc < 0 ? -1 : write_piece(t, data, len, err);
}

/* --- the end --------------------------------------------------------------------------------- */

int tarball_scratch(const struct tarball *t, struct error *err)
{
	cleanup_free char *path = xasprintf("%s.disk.XXXXXX", t->path);
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, errno, "cannot write '%s'", t->path);
	unlink(path);
	return fd;
}

bool tarball_is(const struct tarball *t, const struct stat *st)
{
	struct stat own;

	return fstat(t->fd, &own) == 0 && own.st_dev == st->st_dev && own.st_ino == st->st_ino;
}

/* The archive belongs to whom the directory belongs to, also under sudo. */
static int settle(struct tarball *t, const char *directory)
{
	struct owner owner = fs_owner_of(directory);

	if (fchmod(t->fd, 0644) < 0 || (owner.set && fchown(t->fd, owner.uid, owner.gid) < 0))
		return -1;
	return fsync(t->fd);
}

/* link(2) refuses a name that is taken, but not every file system has hard links. */
static int give_name(struct tarball *t)
{
	cleanup_free char *nameless = xasprintf("/proc/self/fd/%d", t->fd);

	if (!t->temporary)
		return linkat(AT_FDCWD, nameless, AT_FDCWD, t->path, AT_SYMLINK_FOLLOW);
	if (renameat2(AT_FDCWD, t->temporary, AT_FDCWD, t->path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return link(t->temporary, t->path) < 0 ? -1 : unlink(t->temporary);
}

int tarball_commit(struct tarball *t, struct error *err)
{
	cleanup_free char *directory = directory_of(t);
	cleanup_close int directory_fd = -1;

	if (outcome(t, archive_write_close(t->archive) == ARCHIVE_OK, t->path, err) < 0)
		return -1;
	if (settle(t, directory) < 0)
		return error_errno(err, errno, "cannot write '%s'", t->path);
	if (give_name(t) < 0)
		return errno == EEXIST ? exists(t->path, err) :
					 error_errno(err, errno, "cannot write '%s'", t->path);
	t->committed = true;
	directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory_fd < 0 || fsync(directory_fd) < 0)
		return error_errno(err, errno, "cannot write '%s'", t->path);
	return 0;
}

void tarball_free(struct tarball **slot)
{
	struct tarball *t = *slot;

	if (!t)
		return;
	if (!t->committed && !t->failure.kind)
		error_set(&t->failure, ERROR_STOPPED, "given up");
	/* Freeing fills a cut member up with zeroes: not a disk. Failing first leaks a little. */
	if (t->archive && !t->committed && t->left > FILL_MOST_BYTES)
		archive_write_fail(t->archive);
	if (t->archive)
		archive_write_free(t->archive);
	if (t->temporary && !t->committed)
		unlink(t->temporary);
	mem_close_fd(&t->fd);
	error_clear(&t->failure);
	free(t->piece);
	free(t->zeroes);
	free(t->path);
	free(t->temporary);
	free(t->doing);
	free(t);
	*slot = NULL;
}
