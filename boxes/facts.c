/* SPDX-License-Identifier: Apache-2.0 */
/* The store's memory of box files. */
#include "boxes/facts.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "boxes/shelf.h"
#include "core/fs.h"

#define SHELF "digests"
#define RECORD_VERSION 1
#define RECORD_MAX_BYTES ((size_t)64 << 10)
#define SETTLED_NS INT64_C(100000000)

static int64_t nanoseconds(struct timespec ts)
{
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int facts_stamp(int fd, struct box_stamp *out, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, errno, "cannot look at the file");
	*out = (struct box_stamp){ .device = st.st_dev,
				   .inode = st.st_ino,
				   .size_bytes = (uint64_t)st.st_size,
				   .mtime_ns = nanoseconds(st.st_mtim),
				   .ctime_ns = nanoseconds(st.st_ctim) };
	return 0;
}

bool facts_same(const struct box_stamp *a, const struct box_stamp *b)
{
	return a->device == b->device && a->inode == b->inode && a->size_bytes == b->size_bytes &&
	       a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

static char *record_path(const char *home, const char *path)
{
	char hex[DIGEST_HEX_BYTES];

	digest_of(path, strlen(path), hex);
	return shelf_path(home, SHELF, hex);
}

static json_t *stamp_json(const struct box_stamp *s)
{
	return json_pack("[I,I,I,I,I]", (json_int_t)s->device, (json_int_t)s->inode,
			 (json_int_t)s->size_bytes, (json_int_t)s->mtime_ns,
			 (json_int_t)s->ctime_ns);
}

static bool read_stamp(const json_t *list, struct box_stamp *out)
{
	json_int_t v[5];

	if (json_array_size(list) != ARRAY_SIZE(v))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		if (!json_is_integer(json_array_get(list, i)))
			return false;
		v[i] = json_integer_value(json_array_get(list, i));
	}
	*out = (struct box_stamp){ (uint64_t)v[0], (uint64_t)v[1], (uint64_t)v[2], v[3], v[4] };
	return true;
}

static bool read_record(const json_t *root, const char *path, const struct box_stamp *stamp,
			struct facts *out)
{
	const char *digest = json_string_value(json_object_get(root, "sha256"));

	if (json_integer_value(json_object_get(root, "version")) != RECORD_VERSION ||
	    !text_equal(json_string_value(json_object_get(root, "path")), path) ||
	    !read_stamp(json_object_get(root, "stamp"), &out->stamp) ||
	    !facts_same(&out->stamp, stamp))
		return false;
	if (!digest_is(digest))
		return false;
	memcpy(out->digest, digest, DIGEST_HEX_BYTES);
	out->settled = true;
	return true;
}

bool facts_load(const char *home, const char *path, const struct box_stamp *stamp,
		struct facts *out)
{
	cleanup_free char *file = record_path(home, path);
	cleanup_text struct text content = { 0 };
	cleanup_error struct error ignored = { 0 };
	struct facts f = { 0 };
	json_t *root;
	bool known;

	if (fs_read(file, RECORD_MAX_BYTES, &content, &ignored) < 0)
		return false;
	root = json_loadb(text_str(&content), content.len, 0, NULL);
	known = root && read_record(root, path, stamp, &f);
	json_decref(root);
	if (known)
		*out = f;
	return known;
}

bool facts_settled(const struct box_stamp *stamp)
{
	struct timespec now;
	int64_t changed = stamp->mtime_ns > stamp->ctime_ns ? stamp->mtime_ns : stamp->ctime_ns;

	clock_gettime(CLOCK_REALTIME, &now);
	return nanoseconds(now) - changed >= SETTLED_NS;
}

void facts_save(const char *home, const char *path, const struct facts *f)
{
	cleanup_free char *file = record_path(home, path);
	cleanup_free char *folder = fs_join(home, SHELF);
	cleanup_free char *content = NULL;
	cleanup_error struct error ignored = { 0 };
	json_t *root;

	if (!f->settled)
		return;
	/* A path that is not UTF-8 cannot be written as JSON and is not remembered. */
	root = json_pack("{s:i, s:s, s:o, s:s}", "version", RECORD_VERSION, "path", path, "stamp",
			 stamp_json(&f->stamp), "sha256", f->digest);
	if (!root)
		return;
	content = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	if (content && fs_make_dirs(folder, 0755, NULL, &ignored) == 0)
		fs_write(file, content, strlen(content), 0644, NULL, &ignored);
}

/* Of a file that cannot be looked at just now nothing is known. */
static bool is_of_no_use(const json_t *root)
{
	const char *path = json_string_value(json_object_get(root, "path"));
	struct stat st;

	return !path || (lstat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR));
}

static int sweep_one(const char *home, const char *hex, struct error *err)
{
	cleanup_error struct error problem = { 0 };
	json_t *root = NULL;
	bool useless;

	if (shelf_load(home, SHELF, hex, &root, &problem) < 0 && problem.kind != ERROR_NOT_FOUND)
		return error_move(err, &problem);
	useless = is_of_no_use(root);
	json_decref(root);
	return useless ? shelf_remove(home, SHELF, hex, err) : 0;
}

int facts_sweep(const char *home, struct error *err)
{
	char **list;
	size_t count;
	int rc = shelf_list(home, SHELF, &list, &count, err);

	if (rc < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (rc == 0)
			rc = sweep_one(home, list[i], err);
		free(list[i]);
	}
	free(list);
	return rc;
}
