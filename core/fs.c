/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders. */
#include "core/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/opening.h"
#include "core/stop.h"

#define OWN_FOLDER ".bothy"
#define TEMP_SUFFIX ".new"
#define TEMP_END ".XXXXXX" TEMP_SUFFIX

struct owner fs_owner_of(const char *directory)
{
	struct stat st;

	if (geteuid() != 0 || stat(directory, &st) < 0)
		return (struct owner){ 0 };
	return (struct owner){ .set = true, .uid = st.st_uid, .gid = st.st_gid };
}

int fs_give(int fd, const struct owner *owner)
{
	return owner && owner->set ? fchown(fd, owner->uid, owner->gid) : 0;
}

static int read_all(int fd, const char *path, size_t max_bytes, struct text *out, struct error *err)
{
	size_t total = 0;
	char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, errno, "cannot read '%s'", path);
		total += (size_t)n;
		if (total > max_bytes)
			return error_set(err, ERROR_SYSTEM,
					 "cannot read '%s': larger than %zu bytes", path,
					 max_bytes);
		text_addn(out, buf, (size_t)n);
	}
	return 0;
}

int fs_read(const char *path, size_t max_bytes, struct text *out, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, errno, "cannot open '%s'", path);
	return read_all(fd, path, max_bytes, out, err);
}

static bool is_in(const char *path, const char *directory)
{
	size_t len = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

	return strncmp(path, directory, len) == 0 && (!path[len] || path[len] == '/');
}

static bool leads_out(const char *directory, const char *path, const char *real)
{
	cleanup_free char *own = fs_join(directory, OWN_FOLDER);

	return !is_in(real, directory) || (is_in(real, own) && !is_in(path, own));
}

int fs_open_within(const char *directory, const char *path, int *out_fd, struct error *err)
{
	cleanup_free char *real = directory ? realpath(path, NULL) : NULL;
	bool out = real && leads_out(directory, path, real);
	int fd = -1;

	/* Of a FIFO there may be nobody who writes, ever. */
	if (!directory)
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	else if (real && !out)
		fd = open_bounded(AT_FDCWD, real, OPEN_WITHOUT_LINKS, O_RDONLY | O_NONBLOCK);
	/* ELOOP: a link that was not there a moment ago. */
	if (out || (real && fd < 0 && errno == ELOOP))
		return error_set(
			err, ERROR_DENIED,
			"cannot open '%s': a link leads out of '%s', or into what is kept from machines",
			path, directory);
	if (fd < 0)
		return error_errno(err, errno, "cannot open '%s'", path);
	*out_fd = fd;
	return 0;
}

int fs_read_within(const char *directory, const char *path, size_t max_bytes, struct text *out,
		   struct error *err)
{
	cleanup_close int fd = -1;

	if (fs_open_within(directory, path, &fd, err) < 0)
		return -1;
	return read_all(fd, path, max_bytes, out, err);
}

int fs_write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

static int sync_directory(const char *path)
{
	cleanup_free char *directory = directory_of(path);
	cleanup_close int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -1 : fsync(fd);
}

/* "<name>.XXXXXX.new": nobody else's file is called so. */
static bool is_temp_of(const char *file, const char *name)
{
	size_t len = *name ? strlen(name) : strlen(file) - strlen(TEMP_END);

	return strlen(file) == len + strlen(TEMP_END) && strncmp(file, name, strlen(name)) == 0 &&
	       file[len] == '.' && text_has_suffix(file, TEMP_SUFFIX);
}

/* What is being written is locked; what is not was left by a process that was killed. */
static void sweep_temp(int dir_fd, const char *file)
{
	cleanup_close int fd = openat(dir_fd, file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(dir_fd, file, 0);
}

void fs_sweep(const char *path)
{
	cleanup_free char *directory = directory_of(path);
	const char *slash = strrchr(path, '/');
	DIR *dir = opendir(directory);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (is_temp_of(entry->d_name, slash ? slash + 1 : path))
			sweep_temp(dirfd(dir), entry->d_name);
	}
	if (dir)
		closedir(dir);
}

/* Another process may take it for left behind until the lock is on it. */
static int make_temp(const char *path, char **out)
{
	for (;;) {
		cleanup_free char *temp = xasprintf("%s" TEMP_END, path);
		cleanup_close int fd = mkostemps(temp, (int)strlen(TEMP_SUFFIX), O_CLOEXEC);
		struct stat st;

		if (fd < 0)
			return -1;
		if ((flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) ||
		    (fstat(fd, &st) == 0 && st.st_nlink == 0))
			continue;
		*out = take_ptr(temp);
		return take_fd(fd);
	}
}

int fs_write(const char *path, const void *data, size_t len, mode_t mode, const struct owner *owner,
	     struct error *err)
{
	cleanup_free char *temp = NULL;
	cleanup_close int fd = -1;

	fs_sweep(path);
	fd = make_temp(path, &temp);
	if (fd < 0)
		return error_errno(err, errno, "cannot write '%s'", path);
	if (fs_write_all(fd, data, len) < 0 || fchmod(fd, mode) < 0 || fs_give(fd, owner) < 0 ||
	    fsync(fd) < 0 || rename(temp, path) < 0 || sync_directory(path) < 0) {
		error_errno(err, errno, "cannot write '%s'", path);
		unlink(temp);
		return -1;
	}
	return 0;
}

static int make_dir(const char *path, mode_t mode, const struct owner *owner)
{
	cleanup_close int fd = -1;

	if (mkdir(path, mode) < 0)
		return errno == EEXIST ? 0 : -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchmod(fd, mode) < 0 || fs_give(fd, owner) < 0)
		return -1;
	return 0;
}

int fs_make_dirs(const char *path, mode_t mode, const struct owner *owner, struct error *err)
{
	cleanup_free char *part = xstrdup(path);
	struct stat st;

	for (char *slash = part + 1; *part && (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (make_dir(part, mode, owner) < 0)
			return error_errno(err, errno, "cannot make the directory '%s'", part);
		*slash = '/';
	}
	if (make_dir(path, mode, owner) < 0)
		return error_errno(err, errno, "cannot make the directory '%s'", path);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return error_errno(err, ENOTDIR, "cannot make the directory '%s'", path);
	return 0;
}

/* Goes into the directory, made if missing; -1 with errno. */
static int step_down(int *at_fd, const char *name, mode_t mode, const struct owner *owner)
{
	bool made = mkdirat(*at_fd, name, mode) == 0;
	cleanup_close int fd = -1;

	if (!made && errno != EEXIST)
		return -1;
	fd = openat(*at_fd, name,
		    (made ? O_RDONLY : O_PATH) | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (made && (fchmod(fd, mode) < 0 || fs_give(fd, owner) < 0)))
		return -1;
	mem_close_fd(at_fd);
	*at_fd = take_fd(fd);
	return 0;
}

int fs_make_dirs_without_links(const char *path, mode_t mode, const struct owner *owner,
			       struct error *err)
{
	cleanup_free char *copy = xstrdup(path);
	cleanup_close int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *rest = copy, *name = NULL;

	while (fd >= 0 && (name = strsep(&rest, "/"))) {
		if (*name && step_down(&fd, name, mode, owner) < 0)
			break;
	}
	return fd < 0 || name ? error_errno(err, errno, "cannot make the directory '%s'", path) : 0;
}

static int remove_at(int dir_fd, const char *name, dev_t device);

static int remove_children(int fd, dev_t device)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int result = 0;

	if (!dir) {
		close(fd);
		return -1;
	}
	while (result == 0 && (errno = 0, entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = remove_at(dirfd(dir), entry->d_name, device);
	}
	if (result == 0 && errno)
		result = -1;
	closedir(dir);
	return result;
}

/* A bind mount of the same file system has the same device: only the attribute tells it. */
static bool is_mount_root(int dir_fd, const char *name)
{
	struct statx stx;

	return statx(dir_fd, name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &stx) == 0 &&
	       (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static int remove_at(int dir_fd, const char *name, dev_t device)
{
	struct stat st;
	int fd;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISDIR(st.st_mode))
		return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? -1 : 0;
	if (st.st_dev != device || is_mount_root(dir_fd, name)) {
		errno = EBUSY;
		return -1;
	}
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || remove_children(fd, device) < 0)
		return -1;
	return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}

int fs_remove(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : error_errno(err, errno, "cannot remove '%s'", path);
	if (remove_at(AT_FDCWD, path, st.st_dev) < 0)
		return error_errno(err, errno, "cannot remove '%s'", path);
	return 0;
}

bool fs_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

char *fs_join(const char *directory, const char *name)
{
	size_t len = strlen(directory);

	if (name[0] == '/')
		return xstrdup(name);
	while (text_has_prefix(name, "./"))
		name += 2;
	while (len > 1 && directory[len - 1] == '/')
		len--;
	return xasprintf("%.*s%s%s", (int)len, directory,
			 len && directory[len - 1] == '/' ? "" : "/", name);
}

int fs_real_path(const char *path, char **out, struct error *err)
{
	char *real = realpath(path, NULL);

	if (!real)
		return error_errno(err, errno, "cannot find '%s'", path);
	*out = real;
	return 0;
}

char *fs_user_home(void)
{
	const char *caller = geteuid() == 0 ? getenv("SUDO_USER") : NULL, *home = getenv("HOME");
	const struct passwd *user;

	if (!caller && home)
		return xstrdup(home);
	user = caller ? getpwnam(caller) : getpwuid(geteuid());
	return user ? xstrdup(user->pw_dir) : NULL;
}

char *fs_home(void)
{
	const char *given = getenv("BOTHY_HOME"), *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	const struct passwd *user;

	if (given && *given)
		return xstrdup(given);
	if (geteuid() == 0)
		return xstrdup("/var/lib/bothy");
	if (data && data[0] == '/')
		return fs_join(data, "bothy");
	user = home && *home ? NULL : getpwuid(geteuid());
	if (user)
		home = user->pw_dir;
	return fs_join(home && *home ? home : "/nonexistent", ".local/share/bothy");
}

static int locked_by_other(int fd, const char *path, struct error *err)
{
	char buf[256];
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	error_set(err, ERROR_BUSY, "'%s' is locked by %s", path, *buf ? buf : "another process");
	return error_hint(err, "wait until it has ended, then try again");
}

/* Where the disk is full, room is made under locks: they hold without it. */
static void tell_holder(int fd, const char *what)
{
	cleanup_free char *holder = xasprintf("process %d (%s)\n", (int)getpid(), what);

	if (ftruncate(fd, 0) < 0 || pwrite(fd, holder, strlen(holder), 0) < 0)
		return;
}

/* Whoever held the file before may have removed it, and others lock a new one. */
static bool is_still_there(int fd, const char *path)
{
	struct stat held, there;

	return fstat(fd, &held) == 0 && lstat(path, &there) == 0 && held.st_dev == there.st_dev &&
	       held.st_ino == there.st_ino;
}

int fs_lock(const char *path, const char *what, int wait_ms, const struct owner *owner, int *out_fd,
	    struct error *err)
{
	int64_t deadline = clock_ms() + wait_ms;

	for (;;) {
		cleanup_close int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

		if (fd < 0 || fs_give(fd, owner) < 0)
			return error_errno(err, errno, "cannot open the lock '%s'", path);
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			if (!is_still_there(fd, path))
				continue;
			tell_holder(fd, what);
			*out_fd = take_fd(fd);
			return 0;
		}
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(err, errno, "cannot lock '%s'", path);
		if (clock_ms() >= deadline)
			return locked_by_other(fd, path, err);
		if (stop_check(0, "waiting for a lock", err) < 0)
			return -1;
		stop_wait_ms(20);
	}
}

char *fs_shipped(const char *name)
{
	static const char folder[] = "/build/";
	cleanup_free char *installed = fs_join(BOTHY_DATADIR, name);
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *end;

	self[len > 0 ? len : 0] = '\0';
	end = strstr(self, folder);
	/* A folder further up may be called so as well. */
	for (char *next = end; next; next = strstr(next + 1, folder))
		end = next;
	if (fs_exists(installed) || !end)
		return take_ptr(installed);
	return xasprintf("%.*s/boxes/%s", (int)(end - self), self, name);
}
