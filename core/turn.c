/* SPDX-License-Identifier: Apache-2.0 */
/* Locks whose files go with them. */
#include "core/turn.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/fs.h"

int turn_take(const char *path, const char *what, int wait_ms, struct turn *out, struct error *err)
{
	int fd;

	if (fs_lock(path, what, wait_ms, NULL, &fd, err) < 0)
		return -1;
	*out = (struct turn){ .path = xstrdup(path), .fd = fd };
	return 0;
}

void turn_end(struct turn *t)
{
	/* What cannot be removed now is swept later. */
	if (t->fd >= 0)
		unlink(t->path);
	mem_close_fd(&t->fd);
	free(t->path);
	*t = (struct turn){ .fd = -1 };
}

static int sweep_one(const char *path, struct error *err)
{
	cleanup_turn struct turn turn = { .fd = -1 };
	cleanup_error struct error problem = { 0 };

	if (turn_take(path, "tidying up", 0, &turn, &problem) < 0 && problem.kind != ERROR_BUSY)
		return error_move(err, &problem);
	return 0;
}

int turn_sweep(const char *folder, const char *suffix, struct error *err)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	int rc = 0;

	if (!dir)
		return errno == ENOENT ? 0 : error_errno(err, errno, "cannot open '%s'", folder);
	while (rc == 0 && (entry = readdir(dir))) {
		cleanup_free char *path = fs_join(folder, entry->d_name);

		if (entry->d_name[0] != '.' && text_has_suffix(entry->d_name, suffix))
			rc = sweep_one(path, err);
	}
	closedir(dir);
	return rc;
}
