/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD that lets one call go wrong: the $FAILIO_N-th, counted from 1 over all threads, of
 * those that open for writing, write, sync, rename, make, remove or change something below $FAILIO_UNDER (paths
 * separated by colons). To make a directory that is there is not counted. How it goes wrong:
 *
 *   FAILIO_ERROR=ENOSPC   it fails with that; any other value and none: with EIO
 *   FAILIO_STAYS=1        from then on every call that wants room fails so: the disk stays full
 *   FAILIO_KILL=before    the process is killed by SIGKILL before it does anything
 *   FAILIO_KILL=half      it does the first half of a write, then the process is killed; nothing but writes is counted
 *
 * Once the call is reached, the file $FAILIO_HIT names it: "pwrite /path\n".
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum fate { PASSES, FAILS, IS_LAST };

static atomic_int calls;

#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

static bool is_set(const char *variable, const char *value)
{
	const char *is = getenv(variable);

	return is && strcmp(is, value) == 0;
}

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

/* `link` of /proc and a name behind it, as one path. */
static const char *path_behind(const char *link, const char *name, char out[static PATH_MAX])
{
	char directory[PATH_MAX];
	ssize_t len = readlink(link, directory, sizeof(directory) - 1);

	if (len < 0)
		return "";
	directory[len] = '\0';
	len = snprintf(out, PATH_MAX, "%s%s%s", directory, name ? "/" : "", name ? name : "");
	return len < PATH_MAX ? out : "";
}

static const char *path_of(int dir_fd, const char *name, char out[static PATH_MAX])
{
	char link[64];

	if (name && name[0] == '/')
		return name;
	if (dir_fd == AT_FDCWD)
		return path_behind("/proc/self/cwd", name, out);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir_fd);
	return path_behind(link, name, out);
}

static void tell(const char *call, const char *path)
{
	const char *file = getenv("FAILIO_HIT");
	int fd = file ? REAL(open)(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	char line[PATH_MAX + 64];
	int len = snprintf(line, sizeof(line), "%s %s\n", call, path);

	if (fd < 0 || REAL(write)(fd, line, (size_t)len) != len)
		fprintf(stderr, "failio: cannot write FAILIO_HIT\n");
	close(fd);
}

/* What becomes of the call; errno is set if it fails. `name` NULL: it is about the descriptor itself. */
static enum fate fate_of(const char *call, bool wants_room, int dir_fd, const char *name)
{
	const char *number = getenv("FAILIO_N"), *path;
	char buffer[PATH_MAX];
	int before = errno, at, n;

	if (!number || (is_set("FAILIO_KILL", "half") && !strstr(call, "write")))
		return PASSES;
	path = path_of(dir_fd, name, buffer);
	errno = before;
	if (!is_below(path))
		return PASSES;
	n = atoi(number);
	at = atomic_fetch_add(&calls, 1) + 1;
	if (at != n && !(at > n && wants_room && is_set("FAILIO_STAYS", "1")))
		return PASSES;
	if (at == n)
		tell(call, path);
	if (is_set("FAILIO_KILL", "before"))
		raise(SIGKILL);
	errno = is_set("FAILIO_ERROR", "ENOSPC") ? ENOSPC : EIO;
	return is_set("FAILIO_KILL", "half") ? IS_LAST : FAILS;
}

static long done(enum fate fate, long result)
{
	if (fate == IS_LAST)
		raise(SIGKILL);
	return result;
}

/* A function that does what the real one does, unless its fate is another. */
#define CALL(type, name, parameters, fate_, ...)                                       \
	type name parameters                                                           \
	{                                                                              \
		enum fate fate = fate_;                                                \
                                                                                       \
		return fate == FAILS ? -1 : (type)done(fate, REAL(name)(__VA_ARGS__)); \
	}

#define HALF(len) (fate == IS_LAST ? (len) / 2 : (len))

/* --- opening --------------------------------------------------------------------------------- */

static enum fate fate_of_open(const char *call, int dir_fd, const char *name, int flags)
{
	if ((flags & O_ACCMODE) == O_RDONLY)
		return PASSES;
	return fate_of(call, flags & O_CREAT, dir_fd, name);
}

static mode_t mode_of(int flags, va_list args)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

#define OPEN_CALL(name, parameters, dir_fd, ...)                                            \
	int name parameters                                                                 \
	{                                                                                   \
		enum fate fate = fate_of_open(#name, dir_fd, path, flags);                  \
		va_list args;                                                               \
		mode_t mode;                                                                \
                                                                                            \
		va_start(args, flags);                                                      \
		mode = mode_of(flags, args);                                                \
		va_end(args);                                                               \
		return fate == FAILS ? -1 : (int)done(fate, REAL(name)(__VA_ARGS__, mode)); \
	}

OPEN_CALL(open, (const char *path, int flags, ...), AT_FDCWD, path, flags)
OPEN_CALL(open64, (const char *path, int flags, ...), AT_FDCWD, path, flags)
OPEN_CALL(openat, (int at, const char *path, int flags, ...), at, at, path, flags)
OPEN_CALL(openat64, (int at, const char *path, int flags, ...), at, at, path, flags)
/* What open() becomes where the compiler sees no mode (_FORTIFY_SOURCE). */
int __open_2(const char *path, int flags);
int __openat_2(int at, const char *path, int flags);
CALL(int, __open_2, (const char *path, int flags), fate_of_open("open", AT_FDCWD, path, flags),
     path, flags)
CALL(int, __openat_2, (int at, const char *path, int flags),
     fate_of_open("openat", at, path, flags), at, path, flags)
CALL(int, mkostemp, (char *path, int flags), fate_of("mkostemp", true, AT_FDCWD, path), path, flags)
CALL(int, mkostemps, (char *path, int suffix, int flags),
     fate_of("mkostemps", true, AT_FDCWD, path), path, suffix, flags)

/* --- what is in a file ----------------------------------------------------------------------- */

CALL(ssize_t, write, (int fd, const void *data, size_t len), fate_of("write", true, fd, NULL), fd,
     data, HALF(len))
CALL(ssize_t, pwrite, (int fd, const void *data, size_t len, off_t at),
     fate_of("pwrite", true, fd, NULL), fd, data, HALF(len), at)
CALL(int, ftruncate, (int fd, off_t len), fate_of("ftruncate", false, fd, NULL), fd, len)
CALL(int, fsync, (int fd), fate_of("fsync", true, fd, NULL), fd)
CALL(int, fdatasync, (int fd), fate_of("fdatasync", true, fd, NULL), fd)
CALL(int, sync_file_range, (int fd, off_t at, off_t len, unsigned flags),
     fate_of("sync_file_range", true, fd, NULL), fd, at, len, flags)
CALL(int, syncfs, (int fd), fate_of("syncfs", true, fd, NULL), fd)

/* --- names ----------------------------------------------------------------------------------- */

static enum fate fate_of_mkdir(const char *call, int dir_fd, const char *name)
{
	int before = errno;
	bool is_there = faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;

	errno = before;
	return is_there ? PASSES : fate_of(call, true, dir_fd, name);
}

CALL(int, rename, (const char *from, const char *to), fate_of("rename", true, AT_FDCWD, to), from,
     to)
CALL(int, renameat2, (int from_at, const char *from, int at, const char *to, unsigned flags),
     fate_of("renameat2", true, at, to), from_at, from, at, to, flags)
CALL(int, symlink, (const char *target, const char *path), fate_of("symlink", true, AT_FDCWD, path),
     target, path)
CALL(int, link, (const char *from, const char *to), fate_of("link", true, AT_FDCWD, to), from, to)
CALL(int, mkdir, (const char *path, mode_t mode), fate_of_mkdir("mkdir", AT_FDCWD, path), path,
     mode)
CALL(int, mkdirat, (int at, const char *path, mode_t mode), fate_of_mkdir("mkdirat", at, path), at,
     path, mode)
/* Its name is made up by the call. */
char *mkdtemp(char *template)
{
	enum fate fate = fate_of("mkdtemp", true, AT_FDCWD, template);
	char *made = fate == FAILS ? NULL : REAL(mkdtemp)(template);

	return done(fate, made ? 0 : -1) < 0 ? NULL : made;
}
CALL(int, mkfifoat, (int at, const char *path, mode_t mode), fate_of("mkfifoat", true, at, path),
     at, path, mode)
CALL(int, symlinkat, (const char *target, int at, const char *path),
     fate_of("symlinkat", true, at, path), target, at, path)
CALL(int, linkat, (int from_at, const char *from, int at, const char *path, int flags),
     fate_of("linkat", true, at, path), from_at, from, at, path, flags)
CALL(int, unlink, (const char *path), fate_of("unlink", false, AT_FDCWD, path), path)
CALL(int, unlinkat, (int at, const char *path, int flags), fate_of("unlinkat", false, at, path), at,
     path, flags)
CALL(int, rmdir, (const char *path), fate_of("rmdir", false, AT_FDCWD, path), path)

/* --- what is known of a file ----------------------------------------------------------------- */

CALL(int, chmod, (const char *path, mode_t mode), fate_of("chmod", false, AT_FDCWD, path), path,
     mode)
CALL(int, fchmod, (int fd, mode_t mode), fate_of("fchmod", false, fd, NULL), fd, mode)
CALL(int, fchmodat, (int at, const char *path, mode_t mode, int flags),
     fate_of("fchmodat", false, at, path), at, path, mode, flags)
CALL(int, chown, (const char *path, uid_t uid, gid_t gid), fate_of("chown", false, AT_FDCWD, path),
     path, uid, gid)
CALL(int, fchown, (int fd, uid_t uid, gid_t gid), fate_of("fchown", false, fd, NULL), fd, uid, gid)
CALL(int, fchownat, (int at, const char *path, uid_t uid, gid_t gid, int flags),
     fate_of("fchownat", false, at, path), at, path, uid, gid, flags)
CALL(int, fsetxattr, (int fd, const char *name, const void *value, size_t len, int flags),
     fate_of("fsetxattr", true, fd, NULL), fd, name, value, len, flags)
CALL(int, futimens, (int fd, const struct timespec times[2]), fate_of("futimens", false, fd, NULL),
     fd, times)
CALL(int, utimensat, (int at, const char *path, const struct timespec times[2], int flags),
     fate_of("utimensat", false, at, path), at, path, times, flags)
