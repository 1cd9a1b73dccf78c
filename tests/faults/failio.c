/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD that lets one call fail: the $FAILIO_N-th, counted from 1, of those that
 * open for writing, write, sync, rename, make or remove below $FAILIO_UNDER (paths separated by
 * colons). It fails with ENOSPC if $FAILIO_ERROR is that, else with EIO. Once the call is reached,
 * the file $FAILIO_HIT exists.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_int calls;

#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

static bool is_below(const char *path)
{
	const char *under = getenv("FAILIO_UNDER");

	while (under && *under) {
		size_t len = strcspn(under, ":");

		if (strncmp(path, under, len) == 0 && (path[len] == '/' || !path[len]))
			return true;
		under += len + (under[len] == ':');
	}
	return false;
}

/* True if this is the call that fails; errno is set then. */
static bool fails(const char *path)
{
	const char *number = getenv("FAILIO_N"), *error = getenv("FAILIO_ERROR");
	const char *hit = getenv("FAILIO_HIT");

	if (!number || !path || !is_below(path) || atomic_fetch_add(&calls, 1) + 1 != atoi(number))
		return false;
	if (hit)
		close(REAL(open)(hit, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	errno = error && strcmp(error, "ENOSPC") == 0 ? ENOSPC : EIO;
	return true;
}

static bool fails_at(int dir_fd, const char *name)
{
	char link[64], directory[PATH_MAX], path[2 * PATH_MAX];
	ssize_t len;

	if (dir_fd == AT_FDCWD || (name && name[0] == '/'))
		return fails(name);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir_fd);
	len = readlink(link, directory, sizeof(directory) - 1);
	if (len < 0)
		return false;
	directory[len] = '\0';
	snprintf(path, sizeof(path), "%s%s%s", directory, name ? "/" : "", name ? name : "");
	return fails(path);
}

static mode_t mode_of(int flags, va_list args)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	if ((flags & O_ACCMODE) != O_RDONLY && fails(path))
		return -1;
	return REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	if ((flags & O_ACCMODE) != O_RDONLY && fails(path))
		return -1;
	return REAL(open64)(path, flags, mode);
}

int openat(int dir_fd, const char *name, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	if ((flags & O_ACCMODE) != O_RDONLY && fails_at(dir_fd, name))
		return -1;
	return REAL(openat)(dir_fd, name, flags, mode);
}

int mkostemp(char *template, int flags)
{
	return fails(template) ? -1 : REAL(mkostemp)(template, flags);
}

ssize_t write(int fd, const void *data, size_t len)
{
	return fails_at(fd, NULL) ? -1 : REAL(write)(fd, data, len);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	return fails_at(fd, NULL) ? -1 : REAL(pwrite)(fd, data, len, at);
}

int fsync(int fd)
{
	return fails_at(fd, NULL) ? -1 : REAL(fsync)(fd);
}

int ftruncate(int fd, off_t len)
{
	return fails_at(fd, NULL) ? -1 : REAL(ftruncate)(fd, len);
}

int rename(const char *from, const char *to)
{
	return fails(to) ? -1 : REAL(rename)(from, to);
}

int mkdir(const char *path, mode_t mode)
{
	return fails(path) ? -1 : REAL(mkdir)(path, mode);
}

int unlinkat(int dir_fd, const char *name, int flags)
{
	return fails_at(dir_fd, name) ? -1 : REAL(unlinkat)(dir_fd, name, flags);
}
