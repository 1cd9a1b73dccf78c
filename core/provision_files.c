/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of what is uploaded, made so that every clone of a project gives the same. */
#include "core/provision_files.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/names.h"
#include "core/outside.h"
#include "core/provision_source.h"
#include "core/stop.h"
#include "core/text.h"

/* "/a/./b//../c/" → "/a/c". Links are not looked at. */
static char *tidy_path(const char *path)
{
	cleanup_text struct text out = { 0 };

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && memcmp(path, "..", 2) == 0) {
			while (out.len && out.ptr[--out.len] != '/')
				;
		} else if (len && !(len == 1 && *path == '.')) {
			text_add(&out, "/");
			text_addn(&out, path, len);
		}
		path += len + (path[len] == '/');
	}
	/* Shortening left the end where it was. */
	return out.len ? xstrndup(out.ptr, out.len) : xstrdup("/");
}

/* As the lock has it. */
static const char *shown_path(const struct env *env, const char *path, struct arena *arena)
{
	cleanup_free char *tidy = tidy_path(path);
	const char *project = env->project.directory;
	size_t len = strcmp(project, "/") == 0 ? 0 : strlen(project);

	if (strcmp(tidy, project) == 0)
		return ".";
	if (strncmp(tidy, project, len) == 0 && tidy[len] == '/')
		return arena_strdup(arena, tidy + len + 1);
	return arena_strdup(arena, tidy);
}

/* What the digests are written into cannot have one. */
#define LOCK_NAME "bothy.lock"

/* Leaves out what differs between clones. */
static bool is_kept(const char *name)
{
	return strcmp(name, ".git") != 0 && strcmp(name, ".bothy") != 0 &&
	       strcmp(name, LOCK_NAME) != 0;
}

static int add_directory(struct digest *d, const char *path, const char *below, struct error *err);

static void add_record(struct digest *d, char kind, const char *hex, const char *below)
{
	cleanup_free char *record = xasprintf("%c %s %s", kind, hex, below);

	digest_add(d, record, strlen(record) + 1);
}

static int add_link(struct digest *d, const char *path, const char *below, struct error *err)
{
	char target[PATH_MAX], hex[DIGEST_HEX_BYTES];
	ssize_t len = readlink(path, target, sizeof(target));

	if (len < 0)
		return error_errno(err, errno, "cannot read the link '%s'", path);
	digest_of(target, (size_t)len, hex);
	add_record(d, 'l', hex, below);
	return 0;
}

static int add_child(struct digest *d, const char *path, const char *below, struct error *err)
{
	char hex[DIGEST_HEX_BYTES];
	struct stat st;

	if (stop_check(0, NULL, err) < 0)
		return -1;
	if (lstat(path, &st) < 0)
		return error_errno(err, errno, "cannot read '%s'", path);
	if (S_ISDIR(st.st_mode))
		return provision_is_from_galaxy(path) ? 0 : add_directory(d, path, below, err);
	if (S_ISLNK(st.st_mode))
		return add_link(d, path, below, err);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_SYSTEM, "cannot read '%s': not a file or directory",
				 path);
	if (digest_of_file(path, hex, err) < 0)
		return -1;
	add_record(d, st.st_mode & S_IXUSR ? 'x' : 'f', hex, below);
	return 0;
}

/* `below` is the path from the uploaded directory, "" for itself. */
static int add_directory(struct digest *d, const char *path, const char *below, struct error *err)
{
	cleanup_names struct names names;

	if (names_in(path, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		cleanup_free char *child = fs_join(path, names.at[i]);
		cleanup_free char *name = *below ? fs_join(below, names.at[i]) :
						   xstrdup(names.at[i]);

		if (is_kept(names.at[i]) && add_child(d, child, name, err) < 0)
			return -1;
	}
	return 0;
}

static int make_digest(const char *path, char out_hex[static DIGEST_HEX_BYTES], struct error *err)
{
	cleanup_digest struct digest *d = digest_new();
	struct stat st;

	if (stat(path, &st) < 0)
		return error_errno(err, errno, "cannot read '%s'", path);
	/* Reading a pipe or a device could last for ever. */
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_SYSTEM, "cannot read '%s': not a file or directory",
				 path);
	if (S_ISREG(st.st_mode))
		return digest_of_file(path, out_hex, err);
	if (add_directory(d, path, "", err) < 0)
		return -1;
	digest_finish(d, out_hex);
	return 0;
}

struct listing {
	const struct env *env;
	bool trusted;
	struct arena *arena;
	struct provision_file *at;
	size_t count;
};

static int add_file(struct listing *l, const char *from, struct error *err)
{
	struct provision_file file = { .path = shown_path(l->env, from, l->arena) };

	if (strcmp(file.path, LOCK_NAME) == 0)
		return 0;
	if (!l->trusted && path_is_outside(l->env->project.directory, from, NULL))
		return 0;
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->at[i].path, file.path) == 0)
			return 0;
	if (make_digest(from, file.digest, err) < 0)
		return -1;
	l->at = arena_grow(l->arena, l->at, l->count, sizeof(*l->at));
	l->at[l->count++] = file;
	return 0;
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct provision_file *)a)->path,
		      ((const struct provision_file *)b)->path);
}

static int add_files_of(struct listing *l, const struct provisioner *p, struct error *err)
{
	size_t count;
	struct provision_source *sources = provision_sources(p, l->arena, &count);

	for (size_t i = 0; !p->sensitive && i < count; i++) {
		if (!sources[i].secret && add_file(l, sources[i].path, err) < 0)
			return -1;
	}
	return 0;
}

static int add_files(struct listing *l, const struct provisioners *list, const char *where,
		     struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		if (add_files_of(l, &list->at[i], err) < 0)
			return error_wrap(err, "%s: provisioner '%s'", where, list->at[i].name);
	}
	return 0;
}

int provisioners_files(const struct env *env, bool trusted, struct arena *arena,
		       struct provision_file **out, size_t *out_count, struct error *err)
{
	struct listing l = { .env = env, .trusted = trusted, .arena = arena };

	for (size_t i = 0; i < env->machine_count; i++) {
		cleanup_free char *where = xasprintf("machine '%s'", env->machines[i].name);

		if (add_files(&l, &env->machines[i].provision, where, err) < 0)
			return -1;
	}
	if (add_files(&l, &env->once, "once_all_up", err) < 0)
		return -1;
	if (l.count)
		qsort(l.at, l.count, sizeof(*l.at), compare_files);
	*out = l.at;
	*out_count = l.count;
	return 0;
}
