/* SPDX-License-Identifier: Apache-2.0 */
/* Logs as they grow: looked at again and again, since a provisioner may begin one at any time. */
#include "cli/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)256 << 10)

static struct followed *find(struct follower *f, const char *path)
{
	for (size_t i = 0; i < f->count; i++) {
		if (strcmp(f->at[i].path, path) == 0)
			return &f->at[i];
	}
	f->at = xgrow(f->at, f->count, sizeof(*f->at));
	f->at[f->count] = (struct followed){ .path = xstrdup(path) };
	return &f->at[f->count++];
}

void follow_skip(struct follower *f, const struct log *log, uint64_t shown)
{
	struct followed *file = find(f, log->path);
	struct stat st;

	if (stat(log->path, &st) == 0)
		file->inode = st.st_ino;
	file->shown = shown;
}

/* Up to the last newline: what follows it is shown with its end. */
static size_t whole_lines(const char *buf, size_t len)
{
	const char *newline = memrchr(buf, '\n', len);

	if (newline)
		return (size_t)(newline - buf) + 1;
	return len == PIECE_BYTES ? len : 0;
}

static void show_rest(struct follower *f, struct followed *file, const struct log *log, int fd)
{
	cleanup_free char *buf = xmalloc(PIECE_BYTES);

	for (;;) {
		ssize_t n = pread(fd, buf, PIECE_BYTES, (off_t)file->shown);
		size_t len = n > 0 ? whole_lines(buf, (size_t)n) : 0;

		if (!len)
			return;
		f->show(f->ctx, log, buf, len);
		file->shown += len;
	}
}

int follow_look(struct follower *f, const struct log *log, struct error *err)
{
	struct followed *file = find(f, log->path);
	cleanup_close int fd = open(log->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, errno, "cannot read '%s'", log->path);
	if (st.st_ino != file->inode)
		*file = (struct followed){ .path = file->path, .inode = st.st_ino };
	if ((uint64_t)st.st_size < file->shown)
		file->shown = (uint64_t)st.st_size;
	else if ((uint64_t)st.st_size > file->shown)
		show_rest(f, file, log, fd);
	return 0;
}

void follow_clear(struct follower *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->at[i].path);
	free(f->at);
	f->at = NULL;
	f->count = 0;
}
