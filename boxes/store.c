/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Root filesystems in the store: rootfs/DIGEST/root, where DIGEST appears by one rename and thus is
 * whole or not there. DIGEST itself is 0700, since the tree below has setuid programs of strangers.
 */
#include "boxes/box.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boxes/facts.h"
#include "boxes/reader.h"
#include "boxes/rootfs.h"
#include "boxes/staging.h"
#include "core/fs.h"
#include "core/stop.h"

#define LOCK_WAIT_MS 1000

static char *stored_path(const char *home, const struct box *b)
{
	return xasprintf("%s/rootfs/%s", home, b->image.digest);
}

bool box_stored_rootfs(const char *home, struct box *b)
{
	cleanup_free char *path = stored_path(home, b);

	if (b->image.kind != IMAGE_ROOTFS || !fs_exists(path))
		return false;
	free(b->rootfs);
	b->rootfs = fs_join(path, "root");
	b->image.rootfs = b->rootfs;
	return true;
}

static int unpack_into(const struct box *b, const char *root, const struct watcher *watch,
		       struct error *err)
{
	cleanup_free char *doing = xasprintf("unpacking %s", b->name);
	cleanup_reader struct reader *r = NULL;
	cleanup_close int root_fd = -1;

	if (mkdir(root, 0755) < 0)
		return error_errno(err, errno, "cannot make '%s'", root);
	root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return error_errno(err, errno, "cannot open '%s'", root);
	/* mkdir() obeyed the umask. */
	if (fchmod(root_fd, 0755) < 0)
		return error_errno(err, errno, "cannot set the mode of '%s'", root);
	if (reader_open(b->source, READER_TAR, doing, watch, &r, err) < 0 ||
	    facts_unchanged(&b->stamp, reader_fd(r), err) < 0 ||
	    rootfs_unpack(r, root_fd, &ROOTFS_LIMITS, err) < 0)
		return -1;
	return facts_unchanged(&b->stamp, reader_fd(r), err);
}

static int store(const char *home, const struct box *b, const struct watcher *watch,
		 struct error *err)
{
	cleanup_staging struct staging s = { .lock_fd = -1 };
	cleanup_free char *target = stored_path(home, b);
	cleanup_free char *root = NULL;

	if (staging_open(home, &s, err) < 0)
		return -1;
	root = fs_join(s.path, "root");
	if (unpack_into(b, root, watch, err) < 0)
		return -1;
	return staging_commit(&s, target, err);
}

/* Another process may be unpacking the same box, for minutes. */
static int take_lock(const char *home, const struct box *b, const struct watcher *watch,
		     int *out_fd, struct error *err)
{
	cleanup_free char *path = xasprintf("%s/rootfs/%s.lock", home, b->image.digest);
	cleanup_free char *note =
		xasprintf("waiting for another process that unpacks '%s'", b->name);
	struct event ev = { .kind = EVENT_NOTE, .text = note };
	bool told = false;

	for (;;) {
		cleanup_error struct error busy = { 0 };

		if (fs_lock(path, "unpacking a box", told ? LOCK_WAIT_MS : 0, NULL, out_fd,
			    &busy) == 0)
			return 0;
		if (busy.kind != ERROR_BUSY)
			return error_move(err, &busy);
		if (stop_check(0, note, err) < 0)
			return -1;
		if (!told)
			watcher_emit(watch, &ev);
		told = true;
	}
}

static int store_once(const char *home, const struct box *b, const struct watcher *watch,
		      struct error *err)
{
	cleanup_free char *folder = fs_join(home, "rootfs");
	cleanup_free char *target = stored_path(home, b);
	cleanup_close int lock = -1;

	if (fs_make_dirs(folder, 0755, NULL, err) < 0 || take_lock(home, b, watch, &lock, err) < 0)
		return -1;
	return fs_exists(target) ? 0 : store(home, b, watch, err);
}

int box_store_rootfs(const char *home, struct box *b, const struct watcher *watch,
		     struct error *err)
{
	if (box_stored_rootfs(home, b))
		return 0;
	if (geteuid() != 0) {
		error_set(err, ERROR_DENIED,
			  "cannot unpack box '%s': a root filesystem has files "
			  "of many owners, which only root can make",
			  b->name);
		return error_hint(err, "run the same command with sudo");
	}
	if (store_once(home, b, watch, err) < 0)
		return error_wrap(err, "cannot unpack box '%s'", b->name);
	box_stored_rootfs(home, b);
	return 0;
}
