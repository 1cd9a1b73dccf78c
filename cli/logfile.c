/* SPDX-License-Identifier: Apache-2.0 */
/* A log with a beginning and an end, changed in place so that it can be followed while it grows. */
#include "cli/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOVE_BYTES ((size_t)256 << 10)
#define GAP_BYTES 64

struct logfile {
	int fd, failed; /* failed: errno */
	char *path;
	uint64_t size; /* of the file */
	bool full;     /* the head is complete: what comes is the end */
	uint64_t head; /* then, where the end begins */
	uint64_t left_out;
};

int logfile_open(const char *path, const struct owner *owner, struct logfile **out,
		 struct error *err)
{
	/* Made beside the old one, so that it cannot be given that one's inode, by which followers tell them apart. */
	cleanup_free char *beside = xasprintf("%s.new", path);
	cleanup_close int fd = -1;
	struct logfile *l;

	if (fs_remove(beside, err) < 0)
		return -1;
	fd = open(beside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || (owner && owner->set && fchown(fd, owner->uid, owner->gid) < 0) ||
	    rename(beside, path) < 0)
		return error_errno(err, errno, "cannot write '%s'", path);
	l = xcalloc(1, sizeof(*l));
	l->fd = take_fd(fd);
	l->path = xstrdup(path);
	*out = l;
	return 0;
}

static void append(struct logfile *l, const char *data, size_t len)
{
	if (!l->failed && lseek(l->fd, (off_t)l->size, SEEK_SET) < 0)
		l->failed = errno;
	if (!l->failed && fs_write_all(l->fd, data, len) < 0)
		l->failed = errno;
	if (!l->failed)
		l->size += len;
}

/* The first line that begins at or after `from`; `from` itself if none does soon. */
static uint64_t line_after(const struct logfile *l, uint64_t from, char *buf)
{
	ssize_t n = pread(l->fd, buf, MOVE_BYTES, (off_t)from);
	const char *newline = n > 0 ? memchr(buf, '\n', (size_t)n) : NULL;

	return newline ? from + (uint64_t)(newline - buf) + 1 : from;
}

/* Moves the last bytes down behind the gap; what is read there while it happens is torn, what is read later is not. */
static void drop_middle(struct logfile *l)
{
	cleanup_free char *buf = xmalloc(MOVE_BYTES);
	uint64_t from = line_after(l, l->size - LOGFILE_TAIL_BYTES, buf), to = l->size;
	char gap[GAP_BYTES];
	size_t gap_len;
	ssize_t n;

	l->left_out += from - l->head - (l->left_out ? GAP_BYTES : 0);
	gap_len = (size_t)snprintf(gap, sizeof(gap), LOGFILE_GAP, (unsigned long long)l->left_out);
	/* Always as long, so that the next gap fits in the place of this one. */
	memset(gap + gap_len - 1, ' ', sizeof(gap) - gap_len);
	gap[sizeof(gap) - 1] = '\n';
	l->size = l->head;
	append(l, gap, sizeof(gap));
	while (!l->failed && from < to) {
		n = pread(l->fd, buf, to - from < MOVE_BYTES ? to - from : MOVE_BYTES, (off_t)from);
		if (n <= 0) {
			l->failed = n < 0 ? errno : EIO;
			break;
		}
		append(l, buf, (size_t)n);
		from += (uint64_t)n;
	}
	if (!l->failed && ftruncate(l->fd, (off_t)l->size) < 0)
		l->failed = errno;
}

void logfile_add(struct logfile *l, const void *data, size_t len)
{
	if (l->failed)
		return;
	if (!l->full && l->size + len > LOGFILE_HEAD_BYTES) {
		l->full = true;
		l->head = l->size;
	}
	append(l, data, len);
	if (l->full && !l->failed &&
	    l->size - l->head > 2 * LOGFILE_TAIL_BYTES - MOVE_BYTES - GAP_BYTES)
		drop_middle(l);
}

int logfile_close(struct logfile **l, struct error *err)
{
	int failed;

	if (!*l)
		return 0;
	failed = (*l)->failed;
	if (close((*l)->fd) < 0 && !failed)
		failed = errno;
	if (failed)
		error_errno(err, failed, "cannot write '%s'", (*l)->path);
	free((*l)->path);
	free(*l);
	*l = NULL;
	return failed ? -1 : 0;
}
