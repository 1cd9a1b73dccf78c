/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacks a root filesystem. Each member's parent is opened without leaving the tree and without
 * following a symbolic link, whatever earlier members made.
 */
#include "boxes/rootfs.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boxes/layout.h"
#include "boxes/member.h"
#include "boxes/xattr.h"
#include "core/opening.h"
#include "core/text.h"

/* A directory gets its time last, since whatever is made in it changes that. */
struct folder {
	char *path;
	struct timespec mtime;
};

struct unpack {
	struct reader *reader;
	int root_fd;
	struct rootfs_limits left;
	struct layout layout;
	const char *path; /* of the current member in the tree; borrowed */
	struct folder *folders;
	size_t folder_count;
	struct arena arena; /* of the folders */
};

/* The member being written: where it goes. */
struct place {
	int parent_fd;
	const char *name; /* in the parent; borrowed */
};

static int open_beneath(int root_fd, const char *path, struct error *err)
{
	int fd = open_bounded(root_fd, *path ? path : ".", OPEN_WITHOUT_LINKS,
			      O_RDONLY | O_DIRECTORY);

	if (fd >= 0)
		return fd;
	if (errno == ELOOP || errno == EXDEV || errno == ENOTDIR)
		return error_set(err, ERROR_BOX,
				 "its path leads through something that is not "
				 "a directory");
	return error_errno(err, errno, "cannot open its directory");
}

/* Archives of chosen paths leave out parents: those are made with the usual mode. */
static int make_parents(int root_fd, char *parent, struct error *err)
{
	cleanup_close int above = dup(root_fd);

	for (char *name = parent, *next; name; name = next) {
		int fd;

		next = strchr(name, '/');
		if (next)
			*next++ = '\0';
		if (mkdirat(above, name, 0755) < 0 && errno != EEXIST)
			return error_errno(err, errno, "cannot make its directory");
		fd = open_beneath(above, name, err);
		if (fd < 0)
			return -1;
		close(above);
		above = fd;
	}
	return take_fd(above);
}

static int open_parent(struct unpack *u, const char *path, struct place *out, struct error *err)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *parent = slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup("");
	cleanup_error struct error missing = { 0 };
	int fd = open_beneath(u->root_fd, parent, &missing);

	if (fd < 0 && missing.kind != ERROR_NOT_FOUND)
		return error_move(err, &missing);
	if (fd < 0)
		fd = make_parents(u->root_fd, parent, err);
	if (fd < 0)
		return -1;
	*out = (struct place){ fd, slash ? slash + 1 : path };
	return 0;
}

static int cannot_make(struct error *err)
{
	if (errno == EEXIST)
		return error_set(err, ERROR_BOX, "it is in the archive twice");
	return error_errno(err, errno, "cannot make it");
}

static struct timespec modified(struct archive_entry *entry)
{
	return (struct timespec){ .tv_sec = archive_entry_mtime(entry),
				  .tv_nsec = archive_entry_mtime_nsec(entry) };
}

static uid_t owner_of(struct archive_entry *entry)
{
	return (uid_t)archive_entry_uid(entry);
}

static gid_t group_of(struct archive_entry *entry)
{
	return (gid_t)archive_entry_gid(entry);
}

/* chown takes setuid and capabilities away, so they follow it. */
static int own(int fd, struct archive_entry *entry, mode_t mode, struct error *err)
{
	if (fchown(fd, owner_of(entry), group_of(entry)) < 0)
		return error_errno(err, errno, "cannot set its owner");
	if (fchmod(fd, mode) < 0)
		return error_errno(err, errno, "cannot set its mode");
	return xattr_restore(fd, entry, err);
}

static int write_part(struct unpack *u, int fd, const struct reader_part *part, struct error *err)
{
	const char *data = part->data;
	size_t len = part->len;
	uint64_t offset = part->offset;

	if (len > u->left.bytes)
		return error_set(err, ERROR_BOX, "the archive holds more data than allowed");
	u->left.bytes -= len;
	while (len) {
		ssize_t put = pwrite(fd, data, len, (off_t)offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return error_errno(err, errno, "cannot write it");
		data += put;
		offset += (uint64_t)put;
		len -= (size_t)put;
	}
	return 0;
}

static int make_file(struct unpack *u, const struct place *at, struct archive_entry *entry,
		     struct error *err)
{
	struct timespec times[2] = { modified(entry), modified(entry) };
	struct reader_part part;
	cleanup_close int fd = -1;
	int rc;

	fd = openat(at->parent_fd, at->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return cannot_make(err);
	while ((rc = reader_data(u->reader, &part, err)) > 0)
		if (write_part(u, fd, &part, err) < 0)
			return -1;
	if (rc < 0)
		return -1;
	/* A sparse file may end in a hole. */
	if (ftruncate(fd, archive_entry_size(entry)) < 0)
		return error_errno(err, errno, "cannot set its length");
	if (own(fd, entry, archive_entry_mode(entry) & 07777, err) < 0)
		return -1;
	if (futimens(fd, times) < 0)
		return error_errno(err, errno, "cannot set its time");
	return 0;
}

static int make_folder(struct unpack *u, const struct place *at, struct archive_entry *entry,
		       struct error *err)
{
	struct folder *f;
	cleanup_close int fd = -1;

	if (mkdirat(at->parent_fd, at->name, 0700) < 0 && errno != EEXIST)
		return cannot_make(err);
	fd = openat(at->parent_fd, at->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		errno = errno == ENOTDIR || errno == ELOOP ? EEXIST : errno;
		return cannot_make(err);
	}
	if (own(fd, entry, archive_entry_mode(entry) & 07777, err) < 0)
		return -1;
	u->folders = arena_grow(&u->arena, u->folders, u->folder_count, sizeof(*u->folders));
	f = &u->folders[u->folder_count++];
	f->path = arena_strdup(&u->arena, u->path);
	f->mtime = modified(entry);
	return 0;
}

static int make_link(struct unpack *u, const struct place *at, struct archive_entry *entry,
		     struct error *err)
{
	cleanup_free char *target = NULL;
	cleanup_close int from_fd = -1;
	struct place from = { 0 };
	const char *path = "";
	int placed;

	if (member_path(archive_entry_hardlink(entry), &target, err) < 0)
		return error_wrap(err, "its hard link");
	placed = layout_place(&u->layout, target, &path, err);
	if (placed == 0)
		return error_set(err, ERROR_BOX, "it is a hard link out of the root filesystem");
	if (placed < 0 || open_parent(u, path, &from, err) < 0)
		return error_wrap(err, "its hard link");
	from_fd = from.parent_fd;
	if (linkat(from_fd, from.name, at->parent_fd, at->name, 0) == 0)
		return 0;
	if (errno == ENOENT || errno == EPERM)
		return error_set(err, ERROR_BOX,
				 "it is a hard link to what is not a file in the "
				 "archive before it");
	return cannot_make(err);
}

static int finish_node(const struct place *at, struct archive_entry *entry, struct error *err)
{
	struct timespec times[2] = { modified(entry), modified(entry) };

	if (fchownat(at->parent_fd, at->name, owner_of(entry), group_of(entry),
		     AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, errno, "cannot set its owner");
	if (archive_entry_filetype(entry) == AE_IFIFO &&
	    fchmodat(at->parent_fd, at->name, archive_entry_mode(entry) & 07777, 0) < 0)
		return error_errno(err, errno, "cannot set its mode");
	if (utimensat(at->parent_fd, at->name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, errno, "cannot set its time");
	return 0;
}

static int make_symlink(const struct place *at, struct archive_entry *entry, struct error *err)
{
	const char *target = archive_entry_symlink(entry);

	if (!target || !*target)
		return error_set(err, ERROR_BOX, "it is a symbolic link to nothing");
	if (symlinkat(target, at->parent_fd, at->name) < 0)
		return cannot_make(err);
	return finish_node(at, entry, err);
}

static int make_fifo(const struct place *at, struct archive_entry *entry, struct error *err)
{
	if (mkfifoat(at->parent_fd, at->name, 0600) < 0)
		return cannot_make(err);
	return finish_node(at, entry, err);
}

static int make_any(struct unpack *u, const struct place *at, struct archive_entry *entry,
		    struct error *err)
{
	if (archive_entry_hardlink(entry))
		return make_link(u, at, entry, err);
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return make_file(u, at, entry, err);
	case AE_IFDIR:
		return make_folder(u, at, entry, err);
	case AE_IFLNK:
		return make_symlink(at, entry, err);
	case AE_IFIFO:
		return make_fifo(at, entry, err);
	default:
		return error_set(err, ERROR_BOX, "it is a device");
	}
}

static bool is_left_out(const char *path, struct archive_entry *entry)
{
	mode_t type = archive_entry_filetype(entry);

	return !archive_entry_hardlink(entry) && (type == AE_IFCHR || type == AE_IFBLK) &&
	       text_has_prefix(path, "dev/");
}

static int make_member(struct unpack *u, const char *path, struct archive_entry *entry,
		       struct error *err)
{
	struct place at = { .parent_fd = -1, .name = "." };
	cleanup_close int parent = -1;

	if (!u->left.members--)
		return error_set(err, ERROR_BOX, "the archive has more members than allowed");
	if (is_left_out(path, entry))
		return 0;
	if (xattr_check(entry, err) < 0)
		return -1;
	if (!*path) {
		at.parent_fd = parent = dup(u->root_fd);
		if (archive_entry_filetype(entry) != AE_IFDIR || archive_entry_hardlink(entry))
			return error_set(err, ERROR_BOX, "the root is not a directory");
		return make_folder(u, &at, entry, err);
	}
	if (open_parent(u, path, &at, err) < 0)
		return -1;
	parent = at.parent_fd;
	return make_any(u, &at, entry, err);
}

/* Later ones are deeper or later: a directory named twice gets its last time. */
static int set_folder_times(const struct unpack *u, struct error *err)
{
	for (size_t i = 0; i < u->folder_count; i++) {
		const struct folder *f = &u->folders[i];
		struct timespec times[2] = { f->mtime, f->mtime };
		cleanup_close int fd = open_beneath(u->root_fd, f->path, err);

		if (fd < 0)
			return -1;
		if (futimens(fd, times) < 0)
			return error_errno(err, errno, "cannot set the time of '%s'", f->path);
	}
	return 0;
}

static int place_member(struct unpack *u, struct error *err)
{
	int rc = layout_place(&u->layout, reader_path(u->reader), &u->path, err);

	return rc <= 0 ? rc : make_member(u, u->path, reader_entry(u->reader), err);
}

static int make_members(struct unpack *u, struct error *err)
{
	int rc;

	while ((rc = reader_next(u->reader, err)) > 0) {
		if (place_member(u, err) < 0) {
			cleanup_free char *shown = member_shown(reader_path(u->reader));

			return error_wrap(err, "member '%s'", shown);
		}
	}
	return rc < 0 ? -1 : layout_finish_rootfs(&u->layout, err);
}

int rootfs_unpack(struct reader *r, int root_fd, const struct rootfs_limits *limits,
		  struct error *err)
{
	struct unpack u = { .reader = r, .root_fd = root_fd, .left = *limits };
	int rc = make_members(&u, err);

	if (rc == 0)
		rc = set_folder_times(&u, err);
	arena_clear(&u.arena);
	layout_clear(&u.layout);
	return rc;
}
