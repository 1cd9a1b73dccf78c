/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts below /run/bothy/views. */
#include "providers/folder_view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "providers/folder_tree.h"

#define VIEWS "/run/bothy/views"
#define QEMU_USER "libvirt-qemu"

static char *directory_of(const char *domain)
{
	return fs_join(VIEWS, domain);
}

char *folder_view_path(const char *domain, size_t number)
{
	return xasprintf(VIEWS "/%s/%zu", domain, number);
}

static bool is_mount(const char *path)
{
	struct statx stx;

	return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &stx) == 0 &&
	       (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static int unmount_all(const char *path, struct error *err)
{
	/* Whoever looks into it keeps it for itself. */
	while (is_mount(path))
		if (umount2(path, UMOUNT_NOFOLLOW | MNT_DETACH) < 0)
			return error_errno(err, errno, "cannot unmount '%s'", path);
	return 0;
}

/*
 * What is mounted in a shared mount appears in every mount namespace that follows it, and stays there: this one keeps
 * what is mounted in it to itself.
 */
static int make_private(const char *directory, struct error *err)
{
	if (is_mount(directory))
		return 0;
	if (mount(directory, directory, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, directory, NULL, MS_PRIVATE, NULL) < 0)
		return error_errno(err, errno, "cannot mount '%s'", directory);
	return 0;
}

/* With 9p it is QEMU that opens the files, as a user of its own. */
static int let_qemu_in(const char *directory, const struct folders *folders, struct error *err)
{
	struct passwd entry, *found = NULL;
	char buf[4096];
	bool needed = false;

	for (size_t i = 0; i < folders->count; i++)
		needed = needed || folders->at[i].kind == FOLDER_9P;
	if (!needed || getpwnam_r(QEMU_USER, &entry, buf, sizeof(buf), &found) != 0 || !found)
		return 0;
	if (chown(directory, 0, found->pw_gid) < 0 || chmod(directory, 0750) < 0)
		return error_errno(err, errno, "cannot let QEMU into '%s'", directory);
	return 0;
}

static int mount_one(const char *path, const struct folder *f, const char *project,
		     struct error *err)
{
	cleanup_close int tree = -1;

	if (folder_tree_open(f, project, &tree, err) < 0 || fs_make_dirs(path, 0700, NULL, err) < 0)
		return -1;
	if (move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_errno(err, errno, "cannot mount folder '%s' at '%s'", f->said, path);
	return 0;
}

int folder_views_mount(const char *domain, const struct folders *folders, const char *project,
		       struct error *err)
{
	cleanup_free char *directory = directory_of(domain);
	cleanup_error struct error ignored = { 0 };

	if (folder_views_unmount(domain, err) < 0)
		return -1;
	if (!folder_note_shares(folders))
		return 0;
	/* Passable: who may enter is said one step further down. */
	if (fs_make_dirs(VIEWS, 0711, NULL, err) < 0 ||
	    fs_make_dirs(directory, 0700, NULL, err) < 0 || make_private(directory, err) < 0 ||
	    let_qemu_in(directory, folders, err) < 0)
		return -1;
	for (size_t i = 0; i < folders->count; i++) {
		cleanup_free char *path = folder_view_path(domain, i);

		if (!folder_is_shared(folders->at[i].kind) ||
		    mount_one(path, &folders->at[i], project, err) == 0)
			continue;
		folder_views_unmount(domain, &ignored);
		return -1;
	}
	return 0;
}

static int unmount_views(const char *directory, struct error *err)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int ret = 0;

	if (!dir)
		return errno == ENOENT ? 0 : error_errno(err, errno, "cannot open '%s'", directory);
	while (ret == 0 && (entry = readdir(dir))) {
		cleanup_free char *path = fs_join(directory, entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		ret = unmount_all(path, err);
		if (ret == 0 && rmdir(path) < 0 && errno != ENOENT)
			ret = error_errno(err, errno, "cannot remove '%s'", path);
	}
	closedir(dir);
	return ret;
}

int folder_views_unmount(const char *domain, struct error *err)
{
	cleanup_free char *directory = directory_of(domain);

	if (!fs_exists(directory))
		return 0;
	if (geteuid() != 0) {
		error_set(err, ERROR_DENIED, "its folders are mounted, which is root's");
		return error_hint(err, "do it with sudo");
	}
	if (unmount_views(directory, err) < 0 || unmount_all(directory, err) < 0)
		return -1;
	if (rmdir(directory) < 0 && errno != ENOENT)
		return error_errno(err, errno, "cannot remove '%s'", directory);
	return 0;
}
