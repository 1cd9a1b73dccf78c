/* SPDX-License-Identifier: Apache-2.0 */
/* Opening below a directory. */
#include "lua/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/opening.h"

#define MATCH_COUNT_MAX 10000

struct glob {
	const struct file_root *in;
	struct arena *arena;
	struct strings *out;
};

static int open_below(const struct file_root *in, const char *path, int flags)
{
	return open_bounded(in->fd, path, OPEN_BENEATH, flags);
}

static int refuse(const struct file_root *in, int errnum, const char *path, struct error *err)
{
	if (errnum != EXDEV && errnum != ELOOP)
		return error_errno(err, errnum, "cannot read '%s'", path);
	error_set(err, ERROR_DENIED, "cannot read '%s': it is outside %s", path, in->called);
	return error_hint(err,
			  "paths begin at the file's directory, without symlinks that lead out");
}

static int read_all(const struct file_root *in, int fd, const char *path, struct text *out,
		    struct error *err)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse(in, errno, path, err);
		text_addn(out, buf, (size_t)n);
		if (out->len > FILE_BYTES_MAX)
			return error_set(err, ERROR_SYSTEM,
					 "cannot read '%s': it is larger than 4 MiB", path);
	}
	return 0;
}

int file_read(const struct file_root *in, const char *path, struct text *out, struct error *err)
{
	/* A FIFO must not make us wait. */
	cleanup_close int fd = open_below(in, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	cleanup_text struct text text = { 0 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return refuse(in, errno, path, err);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_SYSTEM, "cannot read '%s': not a regular file", path);
	if (read_all(in, fd, path, &text, err) < 0)
		return -1;
	text_clear(out);
	*out = text;
	text = (struct text){ 0 };
	return 0;
}

int file_exists(const struct file_root *in, const char *path, bool *out, struct error *err)
{
	cleanup_close int fd = open_below(in, path, O_PATH);

	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		return refuse(in, errno, path, err);
	*out = fd >= 0;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_match(struct glob *g, const char *path, struct error *err)
{
	if (g->out->count >= MATCH_COUNT_MAX)
		return error_set(err, ERROR_SYSTEM, "more than %d files match", MATCH_COUNT_MAX);
	g->out->at = arena_grow(g->arena, g->out->at, g->out->count, sizeof(*g->out->at));
	g->out->at[g->out->count++] = arena_strdup(g->arena, path);
	return 0;
}

static void close_directory(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* NULL if it is no directory, or one that may not be read: then nothing in it matches. */
static DIR *open_directory(const struct file_root *in, const char *path)
{
	int fd = open_below(in, *path ? path : ".", O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

static int match_rest(struct glob *g, const char *base, const char *pattern, struct error *err);

static int match_entry(struct glob *g, const char *base, const char *name, const char *rest,
		       struct error *err)
{
	cleanup_free char *path = *base ? xasprintf("%s/%s", base, name) : xstrdup(name);

	return rest ? match_rest(g, path, rest, err) : add_match(g, path, err);
}

/* Everything below `base` (relative, "" for the folder itself) that matches the pattern. */
static int match_rest(struct glob *g, const char *base, const char *pattern, struct error *err)
{
	const char *slash = strchr(pattern, '/');
	cleanup_free char *part = slash ? xstrndup(pattern, (size_t)(slash - pattern)) :
					  xstrdup(pattern);
	cleanup(close_directory) DIR *dir = open_directory(g->in, base);
	const char *rest = slash ? slash + 1 : NULL;
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fnmatch(part, entry->d_name, FNM_PERIOD) != 0)
			continue;
		if (match_entry(g, base, entry->d_name, rest, err) < 0)
			return -1;
	}
	return 0;
}

static bool leads_out(const char *path)
{
	for (const char *p = path; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL)
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return true;
	return path[0] == '/';
}

int file_glob(const struct file_root *in, const char *pattern, struct arena *arena,
	      struct strings *out, struct error *err)
{
	struct strings found = { 0 };
	struct glob g = { .in = in, .arena = arena, .out = &found };

	if (leads_out(pattern))
		return refuse(in, EXDEV, pattern, err);
	while (text_has_prefix(pattern, "./"))
		pattern += 2;
	if (match_rest(&g, "", pattern, err) < 0)
		return error_wrap(err, "cannot list '%s'", pattern);
	if (found.count)
		qsort(found.at, found.count, sizeof(*found.at), compare_names);
	*out = found;
	return 0;
}
