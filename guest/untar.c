/* SPDX-License-Identifier: Apache-2.0 */
/* Each member by core/opening.h: what is opened stays below the directory, also against links made meanwhile. */
#include "guest/untar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/opening.h"
#include "core/text.h"

#define BLOCK_BYTES (128 * 1024)
#define PERMISSIONS 0777

struct target {
	int root_fd;
	const char *path; /* of the member, below root_fd */
	const char *name; /* its last part */
	int parent_fd;
	const struct owner *owner; /* of what is made */
};

static int open_below(int fd, const char *path, int flags)
{
	return open_bounded(fd, path, OPEN_WITHOUT_LINKS, flags);
}

static int damaged(struct archive *a, struct error *err)
{
	return error_set(err, ERROR_GUEST, "what the machine sent is no whole archive: %s",
			 archive_error_string(a) ? archive_error_string(a) : "unknown");
}

/* Without "./" and slashes at the end, in place; NULL if it leads out. */
static const char *tidy(char *path)
{
	size_t len;

	while (path[0] == '.' && path[1] == '/')
		path += 1 + strspn(path + 1, "/");
	len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	if (*path == '/')
		return NULL;
	for (const char *at = path; *at;) {
		size_t part = strcspn(at, "/");

		if (part == 2 && at[0] == '.' && at[1] == '.')
			return NULL;
		at += part + strspn(at + part, "/");
	}
	return path;
}

static int open_parent(struct target *t, struct error *err)
{
	const char *slash = strrchr(t->path, '/');
	cleanup_free char *parent = slash ? xstrndup(t->path, (size_t)(slash - t->path)) :
					    xstrdup(".");

	t->name = slash ? slash + 1 : t->path;
	t->parent_fd = open_below(t->root_fd, parent, O_PATH | O_DIRECTORY);
	if (t->parent_fd >= 0)
		return 0;
	if (errno == ELOOP || errno == EXDEV)
		return error_set(err, ERROR_GUEST, "'%s' leads through a link", t->path);
	return error_errno(err, errno, "cannot write '%s'", t->path);
}

static int make_way(const struct target *t, struct error *err)
{
	if (unlinkat(t->parent_fd, t->name, 0) == 0 || errno == ENOENT)
		return 0;
	return error_errno(err, errno, "cannot replace '%s'", t->path);
}

static int write_at(int fd, const char *data, size_t len, int64_t offset)
{
	while (len) {
		ssize_t n = pwrite(fd, data, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		len -= (size_t)n;
		offset += n;
	}
	return 0;
}

static int copy_data(struct archive *a, const struct target *t, int fd, struct error *err)
{
	const void *data;
	size_t len;
	int64_t offset;
	int rc;

	while ((rc = archive_read_data_block(a, &data, &len, &offset)) == ARCHIVE_OK) {
		if (write_at(fd, data, len, offset) < 0)
			return error_errno(err, errno, "cannot write '%s'", t->path);
	}
	return rc == ARCHIVE_EOF ? 0 : damaged(a, err);
}

static int put_file(struct archive *a, struct archive_entry *e, const struct target *t,
		    struct error *err)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
					   { .tv_sec = archive_entry_mtime(e),
					     .tv_nsec = archive_entry_mtime_nsec(e) } };
	cleanup_close int fd = -1;

	if (make_way(t, err) < 0)
		return -1;
	fd = openat(t->parent_fd, t->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    archive_entry_perm(e) & PERMISSIONS);
	/* The end of a file may be a hole. */
	if (fd < 0 || fs_give(fd, t->owner) < 0 || ftruncate(fd, archive_entry_size(e)) < 0)
		return error_errno(err, errno, "cannot write '%s'", t->path);
	if (copy_data(a, t, fd, err) < 0)
		return -1;
	futimens(fd, times);
	return 0;
}

static int give_directory(const struct target *t)
{
	cleanup_close int fd =
		openat(t->parent_fd, t->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -1 : fs_give(fd, t->owner);
}

static int put_directory(struct archive_entry *e, const struct target *t, struct error *err)
{
	struct stat st;

	/* Its owner has to be able to put into it what comes next. */
	if (mkdirat(t->parent_fd, t->name, (archive_entry_perm(e) & PERMISSIONS) | 0700) == 0)
		return give_directory(t) < 0 ?
			       error_errno(err, errno, "cannot make '%s'", t->path) :
			       0;
	if (errno != EEXIST)
		return error_errno(err, errno, "cannot make '%s'", t->path);
	if (fstatat(t->parent_fd, t->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return error_set(err, ERROR_SYSTEM, "cannot make '%s': something else is there", t->path);
}

static int put_symlink(struct archive_entry *e, const struct target *t, struct error *err)
{
	if (make_way(t, err) < 0)
		return -1;
	if (symlinkat(archive_entry_symlink(e), t->parent_fd, t->name) < 0 ||
	    (t->owner && t->owner->set &&
	     fchownat(t->parent_fd, t->name, t->owner->uid, t->owner->gid, AT_SYMLINK_NOFOLLOW) <
		     0))
		return error_errno(err, errno, "cannot write '%s'", t->path);
	return 0;
}

/* To a file that came before it. */
static int put_hard_link(struct archive_entry *e, const struct target *t, struct error *err)
{
	cleanup_free char *copy = xstrdup(archive_entry_hardlink(e));
	struct target from = { .root_fd = t->root_fd, .path = tidy(copy), .parent_fd = -1 };
	cleanup_close int parent_fd = -1;
	struct stat st;
	int rc;

	if (!from.path || !*from.path)
		return error_set(err, ERROR_GUEST, "'%s' links to '%s', which leads out", t->path,
				 archive_entry_hardlink(e));
	if (open_parent(&from, err) < 0)
		return -1;
	parent_fd = from.parent_fd;
	if (make_way(t, err) < 0)
		return -1;
	rc = fstatat(parent_fd, from.name, &st, AT_SYMLINK_NOFOLLOW);
	if (rc == 0 && S_ISREG(st.st_mode))
		rc = linkat(parent_fd, from.name, t->parent_fd, t->name, 0);
	else if (rc == 0)
		rc = -1, errno = EINVAL;
	return rc < 0 ? error_errno(err, errno, "cannot link '%s'", t->path) : 0;
}

static int put(struct archive *a, struct archive_entry *e, const struct target *t, size_t *left_out,
	       struct error *err)
{
	if (archive_entry_hardlink(e))
		return put_hard_link(e, t, err);
	switch (archive_entry_filetype(e)) {
	case AE_IFREG:
		return put_file(a, e, t, err);
	case AE_IFDIR:
		return put_directory(e, t, err);
	case AE_IFLNK:
		return put_symlink(e, t, err);
	default:
		*left_out += 1;
		return 0;
	}
}

static int put_member(struct archive *a, struct archive_entry *e, const struct target *root,
		      size_t *left_out, struct error *err)
{
	const char *name = archive_entry_pathname(e);
	cleanup_free char *copy = xstrdup(name ? name : "/");
	struct target t = *root;
	int rc;

	t.path = tidy(copy);
	if (!t.path)
		return error_set(err, ERROR_GUEST,
				 "the machine sent '%s', which leads out of the directory",
				 name ? name : "something without a name");
	/* The directory itself, which is here already. */
	if (!*t.path || text_equal(t.path, "."))
		return 0;
	if (open_parent(&t, err) < 0)
		return -1;
	rc = put(a, e, &t, left_out, err);
	mem_close_fd(&t.parent_fd);
	return rc;
}

static int read_all(struct archive *a, const struct target *root, size_t *left_out,
		    struct error *err)
{
	struct archive_entry *e;
	int rc;

	while ((rc = archive_read_next_header(a, &e)) == ARCHIVE_OK) {
		if (put_member(a, e, root, left_out, err) < 0)
			return -1;
	}
	return rc == ARCHIVE_EOF ? 0 : damaged(a, err);
}

static int read_archive(int fd, const struct target *root, size_t *left_out, struct error *err)
{
	struct archive *a = archive_read_new();
	int rc;

	archive_read_support_format_tar(a);
	rc = archive_read_open_fd(a, fd, BLOCK_BYTES) == ARCHIVE_OK ?
		     read_all(a, root, left_out, err) :
		     damaged(a, err);
	archive_read_free(a);
	return rc;
}

/* Names in pax headers, which some tars write, are UTF-8; libarchive converts them to the thread's character set. */
int untar(int fd, int directory_fd, const struct owner *owner, size_t *out_left_out,
	  struct error *err)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
	const struct target root = { .root_fd = directory_fd, .parent_fd = -1, .owner = owner };
	size_t left_out = 0;
	int rc = read_archive(fd, &root, &left_out, err);

	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	if (rc == 0)
		*out_left_out = left_out;
	return rc;
}
