/* SPDX-License-Identifier: Apache-2.0 */
/* Root filesystems in the store. */
#include "boxes/rootfs_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boxes/import.h"
#include "core/fs.h"
#include "core/stop.h"
#include "core/turn.h"

#define LOCK_WAIT_MS 1000

static char *digest_path(const char *home, const char *digest)
{
	return xasprintf("%s/rootfs/%s", home, digest);
}

int rootfs_store_open(const char *home, struct staging *out, int *out_root_fd, struct error *err)
{
	cleanup_staging struct staging s = { .lock_fd = -1 };
	cleanup_close int root_fd = -1;
	cleanup_free char *root = NULL;

	if (staging_open(home, &s, err) < 0)
		return -1;
	root = fs_join(s.path, "root");
	if (mkdir(root, 0755) < 0)
		return error_errno(err, errno, "cannot make '%s'", root);
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return error_errno(err, errno, "cannot open '%s'", root);
	/* mkdir() obeyed the umask. */
	if (fchmod(root_fd, 0755) < 0)
		return error_errno(err, errno, "cannot set the mode of '%s'", root);
	*out_root_fd = take_fd(root_fd);
	*out = s;
	s = (struct staging){ .lock_fd = -1 };
	return 0;
}

/* Another process may be writing out the same tree, for as long as the disk takes. */
static int take_turn(const char *home, const char *digest, struct turn *out, struct error *err)
{
	cleanup_free char *folder = fs_join(home, "rootfs");
	cleanup_free char *path = xasprintf("%s/%s.lock", folder, digest);

	if (fs_make_dirs(folder, 0755, NULL, err) < 0)
		return -1;
	for (;;) {
		cleanup_error struct error busy = { 0 };

		if (turn_take(path, "storing a root filesystem", LOCK_WAIT_MS, out, &busy) == 0)
			return 0;
		if (busy.kind != ERROR_BUSY)
			return error_move(err, &busy);
		if (stop_check(0, "waiting for another process that stores it", err) < 0)
			return -1;
	}
}

int rootfs_store_commit(const char *home, struct staging *s, const char *digest, struct error *err)
{
	cleanup_free char *target = digest_path(home, digest);
	cleanup_turn struct turn turn = { .fd = -1 };

	if (take_turn(home, digest, &turn, err) < 0)
		return -1;
	return fs_exists(target) ? 0 : staging_commit(s, target, err);
}

char *rootfs_stored(const char *home, const char *digest)
{
	cleanup_free char *path = digest_path(home, digest);

	return fs_exists(path) ? fs_join(path, "root") : NULL;
}

int rootfs_discard(const char *home, const char *digest, struct error *err)
{
	cleanup_free char *path = digest_path(home, digest);
	cleanup_free char *aside = NULL;
	cleanup_turn struct turn turn = { .fd = -1 };
	struct staging s = { .lock_fd = -1 };
	int rc = 0;

	/* Whoever began to remove it may have been killed. */
	if (!fs_exists(path))
		return staging_sweep(home, err);
	/* In the staging it is swept if we are killed meanwhile. */
	if (staging_open(home, &s, err) < 0)
		return -1;
	aside = fs_join(s.path, "discarded");
	if (take_turn(home, digest, &turn, err) < 0)
		rc = -1;
	else if (rename(path, aside) < 0 && errno != ENOENT)
		rc = error_errno(err, errno, "cannot remove '%s'", path);
	if (rc == 0)
		rc = fs_remove(aside, err);
	staging_clear(&s);
	return rc;
}
