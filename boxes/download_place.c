/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of downloads, and who may touch what in it. */
#include "boxes/download_place.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "boxes/download.h"
#include "core/digest.h"
#include "core/fs.h"
#include "core/stop.h"

#define STEM_CHARS (DIGEST_HEX_BYTES - 1)

static int wait_for_lock(const char *path, const char *name, const struct watcher *watch,
			 int *out_fd, struct error *err)
{
	cleanup_free char *what = xasprintf("downloading %s", name);
	cleanup_free char *text =
		xasprintf("'%s' is being downloaded by another process: waiting for it", name);
	struct event ev = { .kind = EVENT_NOTE, .text = text };
	int rc = fs_lock(path, what, 0, NULL, out_fd, err);

	if (rc == 0 || err->kind != ERROR_BUSY)
		return rc;
	error_clear(err);
	watcher_emit(watch, &ev);
	return fs_lock(path, what, INT_MAX, NULL, out_fd, err);
}

int download_place_take(const char *home, const char *url, const char *name,
			const struct watcher *watch, struct download_place *out, struct error *err)
{
	cleanup_free char *directory = fs_join(home, "downloads"), *path = NULL, *lock = NULL;
	char stem[DIGEST_HEX_BYTES];
	int fd;

	digest_of(url, strlen(url), stem);
	path = fs_join(directory, stem);
	lock = xasprintf("%s.lock", path);
	if (fs_make_dirs(directory, 0700, NULL, err) < 0 ||
	    wait_for_lock(lock, name, watch, &fd, err) < 0)
		return error_wrap(err, "cannot download '%s'", name);
	*out = (struct download_place){ .path = take_ptr(path), .lock_fd = fd };
	return 0;
}

void download_place_empty(const struct download_place *p)
{
	static const char *const ends[] = { "", ".json", ".lock" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		cleanup_free char *path = xasprintf("%s%s", p->path, ends[i]);

		unlink(path);
	}
}

void download_place_clear(struct download_place *p)
{
	free(p->path);
	mem_close_fd(&p->lock_fd);
	*p = (struct download_place){ .lock_fd = -1 };
}

/* --- what nobody works on any more ----------------------------------------------------------- */

/* The newest change of file, note and lock; *out_bytes is what they take. */
static time_t newest(const char *path, uint64_t *out_bytes)
{
	static const char *const ends[] = { "", ".json", ".lock" };
	time_t found = 0;

	*out_bytes = 0;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		cleanup_free char *one = xasprintf("%s%s", path, ends[i]);
		struct stat st;

		if (lstat(one, &st) < 0)
			continue;
		*out_bytes += (uint64_t)st.st_blocks * 512;
		if (st.st_mtime > found)
			found = st.st_mtime;
	}
	return found;
}

static bool is_stem(const char *name)
{
	return strspn(name, "0123456789abcdef") == STEM_CHARS;
}

/* Adds what went; in use or too young is none. */
static int sweep_one(const char *directory, const char *name, unsigned older_than_s,
		     uint64_t *bytes, struct error *err)
{
	cleanup_free char *stem = xstrndup(name, STEM_CHARS), *path = fs_join(directory, stem);
	cleanup_free char *lock = xasprintf("%s.lock", path), *entry = fs_join(directory, name);
	cleanup_download_place struct download_place p = { .lock_fd = -1 };
	uint64_t size_bytes;

	/* Looked at before the lock is taken, which changes it; and gone with its stem meanwhile. */
	if (!fs_exists(entry) || newest(path, &size_bytes) + (time_t)older_than_s > time(NULL))
		return 0;
	if (fs_lock(lock, "removing old downloads", 0, NULL, &p.lock_fd, err) < 0) {
		if (err->kind != ERROR_BUSY)
			return -1;
		error_clear(err);
		return 0;
	}
	p.path = take_ptr(path);
	download_place_empty(&p);
	/* A note that was being written when somebody died has a longer name. */
	unlink(entry);
	*bytes += size_bytes;
	return 0;
}

int downloads_sweep(const char *home, unsigned older_than_s, uint64_t *out_bytes, struct error *err)
{
	cleanup_free char *directory = fs_join(home, "downloads");
	DIR *dir = opendir(directory);
	struct dirent *entry;
	uint64_t bytes = 0;
	int rc = 0;

	if (!dir && errno != ENOENT)
		return error_errno(err, errno, "cannot open '%s'", directory);
	while (dir && rc == 0 && (entry = readdir(dir))) {
		if (is_stem(entry->d_name))
			rc = sweep_one(directory, entry->d_name, older_than_s, &bytes, err);
		if (rc == 0)
			rc = stop_check(0, NULL, err);
	}
	if (dir)
		closedir(dir);
	if (rc == 0)
		*out_bytes = bytes;
	return rc;
}
