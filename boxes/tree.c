/* SPDX-License-Identifier: Apache-2.0 */
/* A directory tree into a tar archive. */
#include "boxes/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boxes/attributes.h"
#include "core/text.h"

/* A file with several names: the others refer to the one that came first. */
struct shared {
	ino_t ino;
	char *path;
};

struct walk {
	struct tarball *tarball;
	const struct tree_rules *rules;
	dev_t device;          /* of the root: nothing else is entered */
	struct shared *shared; /* by ino */
	size_t shared_count;
	struct archive *disk; /* knows how to read access lists */
};

/* One name in the directory behind parent_fd. */
struct spot {
	int parent_fd;
	const char *name;
	const char *path; /* from the root; "" is the root */
	struct stat st;
};

static int pack_spot(struct walk *w, const struct spot *at, struct error *err);

static int cannot(const struct spot *at, struct error *err)
{
	return error_errno(err, errno, "cannot read '%s'", *at->path ? at->path : ".");
}

/* --- names ----------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

/* In the order of their bytes. Leaves fd open. */
static int list_names(int fd, char ***out, size_t *out_count)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	char **names = NULL;
	size_t count = 0;
	struct dirent *d;

	if (!dir) {
		mem_close_fd(&own);
		return -1;
	}
	while ((errno = 0, d = readdir(dir))) {
		if (text_equal(d->d_name, ".") || text_equal(d->d_name, ".."))
			continue;
		names = xgrow(names, count, sizeof(*names));
		names[count++] = xstrdup(d->d_name);
	}
	if (errno) {
		int saved = errno;

		closedir(dir);
		free_names(names, count);
		errno = saved;
		return -1;
	}
	closedir(dir);
	if (count)
		qsort(names, count, sizeof(*names), compare_names);
	*out = names;
	*out_count = count;
	return 0;
}

/* A bind mount of the same file system has the same device: only the attribute tells it. */
static bool is_mounted(const struct walk *w, const struct spot *at)
{
	struct statx stx;

	if (!*at->path)
		return false;
	if (at->st.st_dev != w->device)
		return true;
	return statx(at->parent_fd, at->name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &stx) == 0 &&
	       (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static int pack_children(struct walk *w, const struct spot *above, int fd, struct error *err)
{
	char **names = NULL;
	size_t count = 0;
	int rc = 0;

	if (list_names(fd, &names, &count) < 0)
		return cannot(above, err);
	for (size_t i = 0; i < count && rc == 0; i++) {
		cleanup_free char *path = *above->path ? xasprintf("%s/%s", above->path, names[i]) :
							 xstrdup(names[i]);
		struct spot at = { .parent_fd = fd, .name = names[i], .path = path };

		if (fstatat(fd, names[i], &at.st, AT_SYMLINK_NOFOLLOW) < 0)
			rc = cannot(&at, err);
		else
			rc = pack_spot(w, &at, err);
	}
	free_names(names, count);
	return rc;
}

/* --- hard links ------------------------------------------------------------------------------ */

/* Where the ino is, or would be. */
static size_t find_shared(const struct walk *w, ino_t ino)
{
	size_t low = 0, high = w->shared_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->shared[middle].ino < ino)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The name that the file has in the archive already, or NULL, and then it is remembered. */
static const char *first_name(struct walk *w, const struct spot *at)
{
	size_t i;

	if (at->st.st_nlink < 2 || w->rules->plain)
		return NULL;
	i = find_shared(w, at->st.st_ino);
	if (i < w->shared_count && w->shared[i].ino == at->st.st_ino)
		return w->shared[i].path;
	w->shared = xgrow(w->shared, w->shared_count, sizeof(*w->shared));
	memmove(&w->shared[i + 1], &w->shared[i], (w->shared_count - i) * sizeof(*w->shared));
	w->shared[i] = (struct shared){ at->st.st_ino, xstrdup(at->path) };
	w->shared_count++;
	return NULL;
}

/* --- members --------------------------------------------------------------------------------- */

/* The times of a file's other events, its inode and its device are nobody's business. */
static struct archive_entry *entry_of(const struct walk *w, const struct spot *at)
{
	struct archive_entry *e = archive_entry_new();
	bool folder = S_ISDIR(at->st.st_mode), plain = w->rules->plain;

	archive_entry_copy_pathname(e, *at->path ? at->path : ".");
	archive_entry_set_filetype(e, at->st.st_mode & S_IFMT);
	archive_entry_set_perm(e, !plain ? at->st.st_mode & 07777 : folder ? 0755 : 0644);
	archive_entry_set_uid(e, plain ? 0 : at->st.st_uid);
	archive_entry_set_gid(e, plain ? 0 : at->st.st_gid);
	archive_entry_set_mtime(e, plain ? 0 : at->st.st_mtim.tv_sec, 0);
	archive_entry_set_size(e, 0);
	return e;
}

static bool changed(int fd, const struct stat *before)
{
	struct stat now;

	return fstat(fd, &now) < 0 || now.st_size != before->st_size ||
	       now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != before->st_mtim.tv_nsec ||
	       now.st_ctim.tv_sec != before->st_ctim.tv_sec ||
	       now.st_ctim.tv_nsec != before->st_ctim.tv_nsec;
}

static int pack_content(struct walk *w, struct archive_entry *e, int fd, const struct spot *at,
			struct error *err)
{
	cleanup_extents struct extents data = { 0 };

	archive_entry_set_size(e, at->st.st_size);
	if (extents_find(fd, (uint64_t)at->st.st_size, &data, err) < 0)
		return error_wrap(err, "cannot read '%s'", at->path);
	if (tarball_add_file(w->tarball, e, fd, &data, err) < 0)
		return -1;
	if (changed(fd, &at->st))
		return error_set(err, ERROR_BUSY, "'%s' changed while it was packed", at->path);
	return 0;
}

/* The file that is open is the one that was looked at, or it was exchanged meanwhile. */
static int open_spot(const struct spot *at, int flags, struct error *err)
{
	cleanup_close int fd = openat(at->parent_fd, at->name,
				      flags | O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return cannot(at, err);
	if (st.st_ino != at->st.st_ino || st.st_dev != at->st.st_dev)
		return error_set(err, ERROR_BUSY, "'%s' changed while it was packed", at->path);
	return take_fd(fd);
}

static int pack_file(struct walk *w, struct archive_entry *e, const struct spot *at, bool empty,
		     struct error *err)
{
	cleanup_close int fd = -1;
	const char *first = empty ? NULL : first_name(w, at);

	if (first) {
		archive_entry_copy_hardlink(e, first);
		archive_entry_unset_size(e);
		return tarball_add_node(w->tarball, e, err);
	}
	fd = open_spot(at, 0, err);
	if (fd < 0)
		return -1;
	if (!w->rules->plain && attributes_read(w->disk, fd, &at->st, e, err) < 0)
		return error_wrap(err, "cannot pack '%s'", at->path);
	return empty ? tarball_add_node(w->tarball, e, err) : pack_content(w, e, fd, at, err);
}

static int pack_folder(struct walk *w, struct archive_entry *e, const struct spot *at, bool empty,
		       struct error *err)
{
	cleanup_close int fd = open_spot(at, O_DIRECTORY, err);

	if (fd < 0)
		return -1;
	if (!w->rules->plain && attributes_read(w->disk, fd, &at->st, e, err) < 0)
		return error_wrap(err, "cannot pack '%s'", at->path);
	if ((*at->path || !w->rules->plain) && tarball_add_node(w->tarball, e, err) < 0)
		return -1;
	return empty || is_mounted(w, at) ? 0 : pack_children(w, at, fd, err);
}

static int pack_symlink(struct walk *w, struct archive_entry *e, const struct spot *at,
			struct error *err)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(at->parent_fd, at->name, target, sizeof(target) - 1);

	if (len < 0)
		return cannot(at, err);
	target[len] = '\0';
	archive_entry_copy_symlink(e, target);
	return tarball_add_node(w->tarball, e, err);
}

static int pack_kept(struct walk *w, struct archive_entry *e, const struct spot *at, bool empty,
		     struct error *err)
{
	mode_t type = at->st.st_mode & S_IFMT;

	if (type == S_IFDIR)
		return pack_folder(w, e, at, empty, err);
	/* What is mounted over a file hides it. */
	if (is_mounted(w, at))
		return 0;
	if (type == S_IFREG)
		return pack_file(w, e, at, empty, err);
	if (w->rules->plain)
		return error_set(err, ERROR_BOX,
				 "'%s' is not a plain file, and a box has no others", at->path);
	if (type == S_IFLNK)
		return pack_symlink(w, e, at, err);
	return type == S_IFIFO ? tarball_add_node(w->tarball, e, err) : 0;
}

static int pack_spot(struct walk *w, const struct spot *at, struct error *err)
{
	enum pack_fate fate = PACK_KEEP;
	struct archive_entry *e;
	int rc;

	if (w->rules->fate && *at->path)
		fate = w->rules->fate(at->path, at->st.st_mode);
	if (fate == PACK_LEAVE_OUT || tarball_is(w->tarball, &at->st))
		return 0;
	e = entry_of(w, at);
	rc = pack_kept(w, e, at, fate == PACK_EMPTY, err);
	archive_entry_free(e);
	return rc;
}

int tree_pack(struct tarball *t, int root_fd, const struct tree_rules *rules, struct error *err)
{
	struct walk w = { .tarball = t, .rules = rules, .disk = attributes_reader() };
	struct spot root = { .parent_fd = root_fd, .name = ".", .path = "" };
	int rc;

	if (fstat(root_fd, &root.st) < 0)
		rc = cannot(&root, err);
	else if (!S_ISDIR(root.st.st_mode))
		rc = error_set(err, ERROR_BOX, "it is no directory");
	else {
		w.device = root.st.st_dev;
		rc = pack_spot(&w, &root, err);
	}
	for (size_t i = 0; i < w.shared_count; i++)
		free(w.shared[i].path);
	free(w.shared);
	archive_read_free(w.disk);
	return rc;
}
