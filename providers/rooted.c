/* SPDX-License-Identifier: Apache-2.0 */
/* Paths below a root. */
#include "providers/rooted.h"

#include "core/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/opening.h"
#include "core/text.h"

#define USERS_MOST_BYTES ((size_t)4 << 20)

struct ids {
	uid_t uid;
	gid_t gid;
};

static int open_in(int root, const char *path, int flags)
{
	return open_bounded(root, path, OPEN_IN_ROOT, flags);
}

bool rooted_has(int root, const char *path)
{
	cleanup_close int fd = open_in(root, path, O_PATH);

	return fd >= 0;
}

/* passwd(5): name, password, uid, gid, … */
static bool parse_entry(char *line, const char *user, struct ids *out)
{
	size_t len = strlen(user);
	unsigned uid, gid;
	char *rest;

	if (strncmp(line, user, len) != 0 || line[len] != ':')
		return false;
	rest = strchr(line + len + 1, ':');
	if (!rest || sscanf(rest, ":%u:%u:", &uid, &gid) != 2)
		return false;
	*out = (struct ids){ uid, gid };
	return true;
}

/* Whoever rules the machine chooses how long it is, and how long a line of it. */
static void read_users(int root, struct text *out)
{
	cleanup_close int fd = open_in(root, "/etc/passwd", O_RDONLY | O_NONBLOCK);
	char buf[4096];
	ssize_t n;

	while (fd >= 0 && out->len < USERS_MOST_BYTES && (n = read(fd, buf, sizeof(buf))) > 0)
		text_addn(out, buf, (size_t)n);
}

static int find_user(int root, const char *user, struct ids *out, struct error *err)
{
	cleanup_text struct text users = { 0 };
	char *rest, *line;

	read_users(root, &users);
	rest = users.ptr;
	while ((line = strsep(&rest, "\n"))) {
		if (parse_entry(line, user, out))
			return 0;
	}
	if (strcmp(user, "root") != 0)
		return error_set(err, ERROR_BOX, "the box has no user '%s'", user);
	*out = (struct ids){ 0, 0 };
	return 0;
}

/* Opens the directory `path`, making what is missing of it. */
static int make_directories(int root, const char *path, struct error *err)
{
	cleanup_free char *part = xstrdup(path);
	int fd = open_in(root, "/", O_RDONLY | O_DIRECTORY);

	for (const char *at = path; fd >= 0 && *at;) {
		size_t skip = strspn(at, "/"), len = strcspn(at + skip, "/");
		cleanup_free char *name = xstrndup(at + skip, len);
		int next;

		at += skip + len;
		if (!len)
			break;
		part[at - path] = '\0';
		next = open_in(root, part, O_RDONLY | O_DIRECTORY);
		if (next < 0 && errno == ENOENT && mkdirat(fd, name, 0755) == 0)
			next = open_in(root, part, O_RDONLY | O_DIRECTORY);
		part[at - path] = *at;
		close(fd);
		fd = next;
	}
	if (fd < 0)
		error_errno(err, errno, "cannot make directory '%s' in the machine's root", path);
	return fd;
}

int rooted_directory(int root, const char *path, int *out_fd, struct error *err)
{
	int fd = make_directories(root, path, err);

	if (fd < 0)
		return -1;
	*out_fd = fd;
	return 0;
}

static int finish(int fd, const struct seed_file *f, const struct ids *ids, struct error *err)
{
	if (fchown(fd, ids->uid, ids->gid) < 0 || fchmod(fd, f->mode & 07777) < 0)
		return error_errno(err, errno, "cannot write '%s' in the machine's root", f->path);
	return 0;
}

static int write_file(int root, const struct seed_file *f, const struct ids *ids, struct error *err)
{
	const char *name = strrchr(f->path, '/') + 1;
	cleanup_free char *parent = xstrndup(f->path, (size_t)(name - f->path));
	cleanup_close int directory = make_directories(root, parent, err);
	cleanup_close int fd = -1;

	if (directory < 0)
		return -1;
	if (unlinkat(directory, name, 0) < 0 && errno != ENOENT)
		return error_errno(err, errno, "cannot replace '%s' in the machine's root",
				   f->path);
	fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fs_write_all(fd, f->content, strlen(f->content)) < 0)
		return error_errno(err, errno, "cannot write '%s' in the machine's root", f->path);
	return finish(fd, f, ids, err);
}

int rooted_write(int root, const struct seed_file *f, struct error *err)
{
	cleanup_close int directory = -1;
	struct ids ids = { 0 };

	if (find_user(root, f->user, &ids, err) < 0)
		return -1;
	if (f->content)
		return write_file(root, f, &ids, err);
	directory = make_directories(root, f->path, err);
	return directory < 0 ? -1 : finish(directory, f, &ids, err);
}
