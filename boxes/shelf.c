/* SPDX-License-Identifier: Apache-2.0 */
/* Small files named by digest. */
#include "boxes/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/fs.h"

#define SHELF_FILE_MAX_BYTES ((size_t)256 << 10)
#define SUFFIX ".json"

char *shelf_path(const char *home, const char *shelf, const char *digest)
{
	return xasprintf("%s/%s/%s" SUFFIX, home, shelf, digest);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The digest a file is named by; NULL for other files, such as one that is being written. */
static char *digest_of_name(const char *name)
{
	cleanup_free char *digest = NULL;

	if (!text_has_suffix(name, SUFFIX))
		return NULL;
	digest = xstrndup(name, strlen(name) - strlen(SUFFIX));
	return digest_is(digest) ? take_ptr(digest) : NULL;
}

static void read_names(DIR *dir, char ***list, size_t *count)
{
	const struct dirent *file;

	while ((errno = 0, file = readdir(dir))) {
		char *digest = digest_of_name(file->d_name);

		if (!digest)
			continue;
		*list = xgrow(*list, *count, sizeof(**list));
		(*list)[(*count)++] = digest;
	}
}

int shelf_list(const char *home, const char *shelf, char ***out, size_t *out_count,
	       struct error *err)
{
	cleanup_free char *folder = fs_join(home, shelf);
	DIR *dir = opendir(folder);
	char **list = NULL;
	size_t count = 0;
	int failure = dir ? 0 : errno;

	if (dir) {
		read_names(dir, &list, &count);
		failure = errno;
		closedir(dir);
	}
	if (failure && failure != ENOENT) {
		while (count)
			free(list[--count]);
		free(list);
		return error_errno(err, failure, "cannot list '%s'", folder);
	}
	if (count)
		qsort(list, count, sizeof(*list), compare_strings);
	*out = list;
	*out_count = count;
	return 0;
}

/* What stands in the file's place is of no use; trouble with reading it is another matter. */
static bool is_damage(const struct error *e)
{
	return e->code == 0 || e->code == ENOENT || e->code == ENOTDIR || e->code == EISDIR;
}

int shelf_load(const char *home, const char *shelf, const char *digest, json_t **out,
	       struct error *err)
{
	cleanup_free char *path = shelf_path(home, shelf, digest);
	cleanup_text struct text content = { 0 };
	cleanup_error struct error cause = { 0 };
	json_t *root = NULL;

	if (digest_is(digest) && fs_read(path, SHELF_FILE_MAX_BYTES, &content, &cause) < 0 &&
	    !is_damage(&cause))
		return error_move(err, &cause);
	if (content.len && cause.kind == ERROR_NONE)
		root = json_loadb(content.ptr, content.len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(root)) {
		json_decref(root);
		return error_set(err, ERROR_NOT_FOUND, "there is no usable '%s'", path);
	}
	*out = root;
	return 0;
}

int shelf_save(const char *home, const char *shelf, const char *digest, json_t *root,
	       struct error *err)
{
	cleanup_free char *folder = fs_join(home, shelf);
	cleanup_free char *path = shelf_path(home, shelf, digest);
	cleanup_text struct text content = { 0 };
	cleanup_free char *dump = root ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	if (!dump)
		return error_set(err, ERROR_SYSTEM, "cannot write '%s': a text is not UTF-8", path);
	text_addf(&content, "%s\n", dump);
	if (fs_make_dirs(folder, 0755, NULL, err) < 0)
		return -1;
	return fs_write(path, content.ptr, content.len, 0644, NULL, err);
}

int shelf_remove(const char *home, const char *shelf, const char *digest, struct error *err)
{
	cleanup_free char *path = shelf_path(home, shelf, digest);

	if (digest_is(digest) && unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR)
		return error_errno(err, errno, "cannot remove '%s'", path);
	return 0;
}
