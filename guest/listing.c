/* SPDX-License-Identifier: Apache-2.0 */
/* Walking a tree: directory by directory through descriptors, so that a swapped link leads nowhere. */
#include "guest/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/opening.h"
#include "core/stop.h"
#include "core/text.h"

#define DEPTH_MOST 500 /* a descriptor each */
#define PRIVATE ".bothy"

struct walk {
	struct listing *out;
	const struct ignore *ig;
	const char *name;
	struct text path; /* of the directory that is being read, with a slash; empty at the root */
	int depth;
};

/* Nanoseconds of 64 bits reach from 1677 to 2262, and file systems further. */
static int64_t nanoseconds(const struct timespec *t)
{
	int64_t ns;

	if (__builtin_mul_overflow(t->tv_sec, 1000000000LL, &ns) ||
	    __builtin_add_overflow(ns, t->tv_nsec, &ns))
		return t->tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

bool listed_of(const struct stat *st, struct listed *out)
{
	*out = (struct listed){
		.size_bytes = (uint64_t)st->st_size,
		.mtime_ns = nanoseconds(&st->st_mtim),
		.ctime_ns = nanoseconds(&st->st_ctim),
		.mode = st->st_mode & 07777,
		.type = S_ISREG(st->st_mode) ? 'f' :
			S_ISDIR(st->st_mode) ? 'd' :
			S_ISLNK(st->st_mode) ? 'l' :
					       0,
	};
	return out->type != 0;
}

/* Takes strings that live as long as the listing. */
static void push(struct listing *l, const struct listed *entry)
{
	l->at = xgrow(l->at, l->count, sizeof(*l->at));
	l->at[l->count++] = *entry;
}

void listing_add(struct listing *l, const struct listed *entry)
{
	struct listed own = *entry;

	own.path = arena_strdup(&l->arena, own.path);
	own.target = arena_strdup(&l->arena, own.target);
	push(l, &own);
}

static int by_path(const void *a, const void *b)
{
	const struct listed *left = a, *right = b;

	return strcmp(left->path, right->path);
}

void listing_sort(struct listing *l)
{
	size_t kept = 0;

	if (l->count)
		qsort(l->at, l->count, sizeof(*l->at), by_path);
	for (size_t i = 0; i < l->count; i++) {
		if (kept && strcmp(l->at[kept - 1].path, l->at[i].path) == 0)
			continue;
		l->at[kept++] = l->at[i];
	}
	l->count = kept;
}

struct listed *listing_find(const struct listing *l, const char *path)
{
	const struct listed key = { .path = path };

	return l->count ? bsearch(&key, l->at, l->count, sizeof(*l->at), by_path) : NULL;
}

int listing_open(int root_fd, const char *path)
{
	return open_bounded(root_fd, path, OPEN_WITHOUT_LINKS, O_RDONLY | O_NONBLOCK);
}

int listing_open_root(const char *path, int *out_fd, struct error *err)
{
	int fd = open_bounded(AT_FDCWD, path, OPEN_WITHOUT_LINKS, O_RDONLY | O_DIRECTORY);

	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return error_set(err, ERROR_DENIED,
				 "cannot open '%s': something took the place of a directory there, "
				 "as a link that leads out of it would",
				 path);
	if (fd < 0)
		return error_errno(err, errno, "cannot open '%s'", path);
	*out_fd = fd;
	return 0;
}

static int scan_directory(struct walk *w, int fd, struct error *err);

static int failed(const struct walk *w, const char *what, struct error *err)
{
	error_errno(err, errno, "cannot %s '%s%s%s'", what, w->name, w->path.len ? "/" : "",
		    text_str(&w->path));
	return err->kind == ERROR_DENIED ?
		       error_hint(err, "leave it out (exclude), or let it be read") :
		       -1;
}

static int add_link(struct walk *w, int fd, const char *name, struct listed *entry,
		    struct error *err)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(fd, name, target, sizeof(target) - 1);

	if (len < 0)
		return errno == ENOENT || errno == EINVAL ? 0 : failed(w, "read the link", err);
	target[len] = '\0';
	entry->target = arena_strdup(&w->out->arena, target);
	push(w->out, entry);
	return 0;
}

static int enter(struct walk *w, int fd, const char *name, struct error *err)
{
	int below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int rc;

	if (below < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ?
			       0 :
			       failed(w, "open the directory", err);
	text_add(&w->path, "/");
	w->depth++;
	rc = w->depth > DEPTH_MOST ?
		     error_set(err, ERROR_SYSTEM, "cannot copy '%s': it has more than %d levels",
			       w->name, DEPTH_MOST) :
		     scan_directory(w, below, err);
	w->depth--;
	return rc;
}

/* The path of the entry is in w->path. */
static int add_entry(struct walk *w, int fd, const char *name, struct error *err)
{
	struct listing *out = w->out;
	struct listed entry;
	struct stat st;
	bool plain;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : failed(w, "look at", err);
	plain = listed_of(&st, &entry);
	if (w->ig->count && ignore_matches(w->ig, w->path.ptr, entry.type == 'd'))
		return 0;
	entry.path = arena_strndup(&out->arena, w->path.ptr, w->path.len);
	if (!plain) {
		out->special = out->special_count++ ? out->special : entry.path;
		return 0;
	}
	if (entry.type == 'l')
		return add_link(w, fd, name, &entry, err);
	push(out, &entry);
	return entry.type == 'd' ? enter(w, fd, name, err) : 0;
}

static int read_entries(struct walk *w, DIR *directory, struct error *err)
{
	size_t len = w->path.len;
	struct dirent *found;

	while (errno = 0, (found = readdir(directory))) {
		const char *name = found->d_name;
		int rc;

		if (text_equal(name, ".") || text_equal(name, "..") || text_equal(name, PRIVATE))
			continue;
		if (stop_check(0, NULL, err) < 0)
			return -1;
		text_add(&w->path, name);
		rc = add_entry(w, dirfd(directory), name, err);
		w->path.len = len;
		if (w->path.ptr)
			w->path.ptr[len] = '\0';
		if (rc < 0)
			return -1;
	}
	return errno ? failed(w, "read", err) : 0;
}

/* Takes fd over. */
static int scan_directory(struct walk *w, int fd, struct error *err)
{
	DIR *directory = fdopendir(fd);
	int rc;

	if (!directory) {
		rc = failed(w, "read", err);
		close(fd);
		return rc;
	}
	rc = read_entries(w, directory, err);
	closedir(directory);
	return rc;
}

int listing_scan(int root_fd, const char *name, const struct ignore *ig, struct listing *out,
		 struct error *err)
{
	struct listing found = { 0 };
	struct walk w = { .out = &found, .ig = ig, .name = name };
	struct listed root;
	struct stat st;
	int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = error_errno(err, errno, "cannot open '%s'", name);
		mem_close_fd(&fd);
		return rc;
	}
	listed_of(&st, &root);
	root.path = LISTING_ROOT;
	listing_add(&found, &root);
	rc = scan_directory(&w, fd, err);
	text_clear(&w.path);
	if (rc < 0) {
		listing_clear(&found);
		return -1;
	}
	listing_sort(&found);
	*out = found;
	return 0;
}

void listing_clear(struct listing *l)
{
	free(l->at);
	arena_clear(&l->arena);
	*l = (struct listing){ 0 };
}
