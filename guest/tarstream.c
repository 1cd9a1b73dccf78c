/* SPDX-License-Identifier: Apache-2.0 */
/* A tar archive, made while it is read. */
#include "guest/tarstream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "guest/tar.h"

/* Times of files are as coarse as the kernel's tick, which may be 10 ms. */
#define TOO_FRESH_NS 20000000LL

static const char zeros[TAR_BLOCK];

/* Rounded down, also before 1970. */
static int64_t seconds(int64_t ns)
{
	return ns / 1000000000LL - (ns % 1000000000LL < 0);
}

static void add_header(struct tarstream *t, const struct listed *entry)
{
	cleanup_free char *path =
		text_equal(entry->path, LISTING_ROOT) ?
			xstrdup("./") :
			xasprintf("./%s%s", entry->path, entry->type == 'd' ? "/" : "");

	tar_add_header(&t->pending, &(struct tar_member){ .path = path,
							  .type = entry->type,
							  .mode = entry->mode,
							  .uid = t->uid,
							  .gid = t->gid,
							  .size_bytes = entry->size_bytes,
							  .mtime_s = seconds(entry->mtime_ns),
							  .target = entry->target });
}

/* 1 if there is a file to send, 0 if it is gone or something else by now. */
static int open_file(struct tarstream *t, struct listed *entry, struct error *err)
{
	cleanup_close int fd = listing_open(t->root_fd, entry->path);
	struct listed now;
	struct stat st;

	entry->stale = true;
	if (fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
		error_errno(err, errno, "cannot open '%s/%s'", t->name, entry->path);
		return error_hint(err, "leave it out (exclude), or let it be read");
	}
	if (fd < 0 || fstat(fd, &st) < 0 || !listed_of(&st, &now) || now.type != 'f')
		return 0;
	now.path = entry->path;
	*entry = now;
	t->left = entry->size_bytes;
	t->fd = take_fd(fd);
	return 1;
}

static int begin(struct tarstream *t, struct listed *entry, struct error *err)
{
	int found = 1;

	if (entry->type == 'f')
		found = open_file(t, entry, err);
	else
		entry->stale = false;
	if (found > 0)
		add_header(t, entry);
	return found < 0 ? -1 : 0;
}

static void end_file(struct tarstream *t)
{
	struct listed *entry = t->entries[t->next - 1], now;
	struct timespec clock;
	struct stat st;
	int64_t now_ns;

	clock_gettime(CLOCK_REALTIME, &clock);
	now_ns = clock.tv_sec * 1000000000LL + clock.tv_nsec;
	entry->stale = fstat(t->fd, &st) < 0 || !listed_of(&st, &now) ||
		       now.size_bytes != entry->size_bytes || now.mtime_ns != entry->mtime_ns ||
		       now.ctime_ns != entry->ctime_ns || now_ns - now.ctime_ns < TOO_FRESH_NS;
	close(t->fd);
	t->fd = 0;
	t->sent_bytes += entry->size_bytes;
	text_addn(&t->pending, zeros, tar_padding(entry->size_bytes));
}

static ssize_t read_file(struct tarstream *t, char *buf, size_t size, struct error *err)
{
	size_t most = t->left < size ? (size_t)t->left : size;
	ssize_t n;

	do
		n = read(t->fd, buf, most);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, errno, "cannot read '%s/%s'", t->name,
				   t->entries[t->next - 1]->path);
	if (n == 0) {
		memset(buf, 0, most);
		n = (ssize_t)most;
	}
	t->left -= (uint64_t)n;
	return n;
}

static size_t take_pending(struct tarstream *t, char *buf, size_t size)
{
	size_t n = t->pending.len - t->pending_at;

	n = n < size ? n : size;
	memcpy(buf, t->pending.ptr + t->pending_at, n);
	t->pending_at += n;
	if (t->pending_at == t->pending.len) {
		text_reset(&t->pending);
		t->pending_at = 0;
	}
	return n;
}

/* The next bytes, if any are at hand; else what makes some. */
static ssize_t step(struct tarstream *t, char *buf, size_t size, struct error *err)
{
	if (t->pending.len)
		return (ssize_t)take_pending(t, buf, size);
	if (t->fd && t->left)
		return read_file(t, buf, size, err);
	if (t->fd) {
		end_file(t);
	} else if (t->next < t->count) {
		return begin(t, t->entries[t->next++], err);
	} else if (!t->ended) {
		tar_add_end(&t->pending);
		t->ended = true;
	}
	return 0;
}

ssize_t tarstream_read(void *ctx, void *buf, size_t size, struct error *err)
{
	struct tarstream *t = ctx;
	size_t filled = 0;

	while (filled < size && (t->pending.len || t->fd || t->next < t->count || !t->ended)) {
		ssize_t n = step(t, (char *)buf + filled, size - filled, err);

		if (n < 0)
			return -1;
		filled += (size_t)n;
	}
	return (ssize_t)filled;
}

void tarstream_clear(struct tarstream *t)
{
	if (t->fd)
		close(t->fd);
	text_clear(&t->pending);
	t->fd = 0;
}
