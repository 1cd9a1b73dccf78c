/* SPDX-License-Identifier: Apache-2.0 */
/* Opening without being led astray. */
#include "core/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"

#define DIRECTORY (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define LINKS_MOST 40
#define TRIES_MOST 10

struct walk {
	int root_fd;
	enum open_bounds bounds;
	int flags;
	int at_fd;           /* the directory that was reached */
	char done[PATH_MAX]; /* the way to it: names, each with a slash behind it, none of them a link */
	char left[PATH_MAX]; /* what is still to go */
	int links;
};

static int fail(int errnum)
{
	errno = errnum;
	return -1;
}

static bool move_to(struct walk *w, int fd)
{
	if (fd < 0)
		return false;
	mem_close_fd(&w->at_fd);
	w->at_fd = fd;
	return true;
}

static bool back_to_root(struct walk *w)
{
	w->done[0] = '\0';
	return move_to(w, w->root_fd == AT_FDCWD ? open("/", DIRECTORY) :
						   openat(w->root_fd, ".", DIRECTORY));
}

static bool enter(struct walk *w, const char *name)
{
	size_t len = strlen(w->done), more = strlen(name);

	if (len + more + 2 > sizeof(w->done))
		return fail(ENAMETOOLONG) == 0;
	if (!move_to(w, openat(w->at_fd, name, DIRECTORY)))
		return false;
	memcpy(w->done + len, name, more);
	memcpy(w->done + len + more, "/", 2);
	return true;
}

/* Not by "..": the directory may have been moved elsewhere since it was entered. */
static bool leave(struct walk *w)
{
	char way[PATH_MAX];
	char *end;

	if (!w->done[0])
		return w->bounds == OPEN_IN_ROOT || w->root_fd == AT_FDCWD || fail(EXDEV) == 0;
	memcpy(way, w->done, sizeof(way));
	way[strlen(way) - 1] = '\0';
	end = strrchr(way, '/');
	end = end ? end + 1 : way;
	*end = '\0';
	if (!back_to_root(w))
		return false;
	for (char *name = way; *name; name = end + 1) {
		end = strchr(name, '/');
		*end = '\0';
		if (!enter(w, name))
			return false;
	}
	return true;
}

/* Takes the next name from what is left; false at its end. What has a slash behind it has to be a directory: ".". */
static bool next_name(struct walk *w, char *name, size_t size)
{
	const char *at = w->left + strspn(w->left, "/");
	size_t len = strcspn(at, "/");

	if (!len)
		return false;
	snprintf(name, size, "%.*s", (int)len, at);
	at += len;
	if (*at && !at[strspn(at, "/")])
		at = ".";
	memmove(w->left, at, strlen(at) + 1);
	return true;
}

/* Puts a link's target in front of what is left. */
static bool follow(struct walk *w, const char *target)
{
	char left[PATH_MAX];
	int len = snprintf(left, sizeof(left), "%s%s%s", target, w->left[0] ? "/" : "", w->left);

	if (w->bounds == OPEN_WITHOUT_LINKS || (!w->left[0] && w->flags & O_NOFOLLOW) ||
	    ++w->links > LINKS_MOST)
		return fail(ELOOP) == 0;
	if (target[0] == '/' && w->bounds == OPEN_BENEATH)
		return fail(EXDEV) == 0;
	if (len < 0 || (size_t)len >= sizeof(left))
		return fail(ENAMETOOLONG) == 0;
	memcpy(w->left, left, (size_t)len + 1);
	return target[0] != '/' || back_to_root(w);
}

static int walk(struct walk *w)
{
	char name[NAME_MAX + 2], target[PATH_MAX];

	while (next_name(w, name, sizeof(name))) {
		ssize_t len;
		bool moved = true;

		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			if (!leave(w))
				return -1;
			continue;
		}
		len = readlinkat(w->at_fd, name, target, sizeof(target) - 1);
		if (len < 0 && errno != EINVAL)
			return -1;
		if (len < 0 && !w->left[0])
			return openat(w->at_fd, name, w->flags | O_NOFOLLOW);
		if (len >= 0)
			target[len] = '\0';
		moved = len >= 0 ? follow(w, target) : enter(w, name);
		if (!moved)
			return -1;
	}
	return openat(w->at_fd, ".", w->flags);
}

static int open_in_steps(int root_fd, const char *path, enum open_bounds bounds, int flags)
{
	struct walk w = { .root_fd = root_fd, .bounds = bounds, .flags = flags, .at_fd = -1 };
	size_t len = strlen(path);
	int fd;

	if (!len)
		return fail(ENOENT);
	if (len >= sizeof(w.left))
		return fail(ENAMETOOLONG);
	if (path[0] == '/' && bounds != OPEN_IN_ROOT && root_fd != AT_FDCWD)
		return fail(EXDEV);
	memcpy(w.left, path, len + 1);
	fd = back_to_root(&w) ? walk(&w) : -1;
	mem_close_fd(&w.at_fd);
	return fd;
}

static unsigned resolve_of(enum open_bounds bounds, int root_fd)
{
	if (bounds == OPEN_IN_ROOT)
		return RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
	if (bounds == OPEN_BENEATH)
		return RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
	return RESOLVE_NO_SYMLINKS | (root_fd == AT_FDCWD ? 0 : RESOLVE_BENEATH);
}

int open_bounded(int root_fd, const char *path, enum open_bounds bounds, int flags)
{
	const struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC),
				      .resolve = resolve_of(bounds, root_fd) };
	int tries = TRIES_MOST;
	long fd;

	if (root_fd == AT_FDCWD && (bounds != OPEN_WITHOUT_LINKS || path[0] != '/'))
		return fail(EINVAL);
	/* EAGAIN: something was renamed while a ".." was resolved. */
	do
		fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN && --tries);
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_in_steps(root_fd, path, bounds, flags | O_CLOEXEC);
	return (int)fd;
}
