/* SPDX-License-Identifier: Apache-2.0 */
/* Folders in which something is made before it is renamed into its place. */
#include "boxes/staging.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"

#define GUARD_WAIT_MS 60000
#define LOCK_SUFFIX ".lock"

/* Nobody may make or sweep a staging while somebody sweeps: a lock without its holder is a corpse. */
static int take_guard(const char *home, int *out_fd, struct error *err)
{
	cleanup_free char *path = fs_join(home, "tmp.lock");

	return fs_lock(path, "tidying the store", GUARD_WAIT_MS, NULL, out_fd, err);
}

static int sweep_one(const char *folder, const char *name, struct error *err)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, name);
	cleanup_free char *lock = xasprintf("%s" LOCK_SUFFIX, path);
	cleanup_close int fd = -1;
	cleanup_error struct error busy = { 0 };

	if (fs_lock(lock, "tidying the store", 0, NULL, &fd, &busy) < 0)
		return busy.kind == ERROR_BUSY ? 0 : error_move(err, &busy);
	if (fs_remove(path, err) < 0)
		return -1;
	/* Its owner may have ended well just now. */
	if (unlink(lock) < 0 && errno != ENOENT)
		return error_errno(err, errno, "cannot remove '%s'", lock);
	return 0;
}

/* Every staging has its lock beside it from before it exists until after it is gone. */
static int sweep(const char *folder, struct error *err)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int rc = 0;

	if (!dir)
		return error_errno(err, errno, "cannot open '%s'", folder);
	while (rc == 0 && (entry = readdir(dir))) {
		cleanup_free char *name = xstrdup(entry->d_name);

		if (!text_has_suffix(name, LOCK_SUFFIX))
			continue;
		name[strlen(name) - strlen(LOCK_SUFFIX)] = '\0';
		rc = sweep_one(folder, name, err);
	}
	closedir(dir);
	return rc;
}

int staging_sweep(const char *home, struct error *err)
{
	cleanup_free char *folder = fs_join(home, "tmp");
	cleanup_close int guard = -1;

	if (!fs_exists(folder))
		return 0;
	return take_guard(home, &guard, err) < 0 ? -1 : sweep(folder, err);
}

static int make(const char *folder, struct staging *s, struct error *err)
{
	static unsigned serial;

	/* Under the guard a pid and a number cannot be taken twice; a corpse with them was swept. */
	s->path = xasprintf("%s/%d-%u", folder, (int)getpid(),
			    __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED));
	s->lock_path = xasprintf("%s" LOCK_SUFFIX, s->path);
	if (fs_lock(s->lock_path, "unpacking a box", 0, NULL, &s->lock_fd, err) < 0)
		return -1;
	if (mkdir(s->path, 0700) < 0)
		return error_errno(err, errno, "cannot make '%s'", s->path);
	return 0;
}

int staging_open(const char *home, struct staging *out, struct error *err)
{
	cleanup_free char *folder = fs_join(home, "tmp");
	cleanup_close int guard = -1;
	struct staging s = { .lock_fd = -1 };

	if (fs_make_dirs(home, 0755, NULL, err) < 0 || fs_make_dirs(folder, 0700, NULL, err) < 0 ||
	    take_guard(home, &guard, err) < 0)
		return -1;
	if (sweep(folder, err) < 0)
		return -1;
	if (make(folder, &s, err) < 0) {
		staging_clear(&s);
		return -1;
	}
	*out = s;
	return 0;
}

static int sync_folder(const char *path, int (*sync)(int), struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || sync(fd) < 0)
		return error_errno(err, errno, "cannot write out '%s'", path);
	return 0;
}

int staging_commit(struct staging *s, const char *target, struct error *err)
{
	cleanup_free char *parent = xstrdup(target);
	char *slash = strrchr(parent, '/');

	*slash = '\0';
	/* One call for a whole tree, where an fsync for each file would take minutes. */
	if (sync_folder(s->path, syncfs, err) < 0)
		return -1;
	if (rename(s->path, target) < 0)
		return error_errno(err, errno, "cannot move '%s' to '%s'", s->path, target);
	return sync_folder(parent, fsync, err);
}

void staging_clear(struct staging *s)
{
	cleanup_error struct error ignored = { 0 };

	if (s->path && s->lock_fd >= 0) {
		/* A committed folder is gone from here. What cannot be removed now is swept later. */
		if (fs_remove(s->path, &ignored) == 0)
			unlink(s->lock_path);
	}
	mem_close_fd(&s->lock_fd);
	free(s->path);
	free(s->lock_path);
	*s = (struct staging){ .lock_fd = -1 };
}
