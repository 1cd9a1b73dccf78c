/* SPDX-License-Identifier: Apache-2.0 */
/* Who clones a project gets what others put into .bothy; nothing of it may lead writing or reading elsewhere. */
#include "cli/state_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"

#define DEPTH_MAX 64

static int refuse(const char *path, const char *what, struct error *err)
{
	error_set(err, ERROR_DENIED, "'%s' is %s", path, what);
	return error_hint(err, "remove it: bothy makes nothing of the kind there");
}

static int check_entry(int dir_fd, const char *name, const char *path, int depth,
		       struct error *err);

static int check_children(int fd, const char *path, int depth, struct error *err)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int rc = 0;

	if (!dir) {
		close(fd);
		return error_errno(err, errno, "cannot look into '%s'", path);
	}
	while (rc == 0 && (entry = readdir(dir))) {
		cleanup_free char *child = fs_join(path, entry->d_name);

		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			rc = check_entry(dirfd(dir), entry->d_name, child, depth + 1, err);
	}
	closedir(dir);
	return rc;
}

static int check_entry(int dir_fd, const char *name, const char *path, int depth, struct error *err)
{
	struct stat st;
	int fd;

	/* Gone meanwhile is fine; what may not be looked into, bothy cannot write into either. */
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (S_ISLNK(st.st_mode))
		return refuse(path, "a symbolic link", err);
	if (depth == 0 && !S_ISDIR(st.st_mode))
		return refuse(path, "no directory", err);
	if (S_ISREG(st.st_mode) || S_ISSOCK(st.st_mode))
		return 0;
	if (!S_ISDIR(st.st_mode))
		return refuse(path, "neither file nor directory", err);
	if (depth >= DEPTH_MAX)
		return refuse(path, "too deep", err);
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP ? refuse(path, "a symbolic link", err) : 0;
	return check_children(fd, path, depth, err);
}

int state_dir_check(const char *state_dir, struct error *err)
{
	return check_entry(AT_FDCWD, state_dir, state_dir, 0, err);
}
