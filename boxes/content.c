/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boxes/DIGEST.json: {"version", "sha256", "kind", "size", "user", "first_boot", "architecture",
 * "disks": [{"format", "file_bytes", "disk_bytes", "slot"}]}. Its modification time is the last use.
 */
#include "boxes/content.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "boxes/jsonstring.h"
#include "boxes/shelf.h"
#include "core/mem.h"
#include "core/text.h"

#define SHELF "boxes"
#define CONTENT_VERSION 1

static const char *const kinds[] = { [IMAGE_DISK] = "disk", [IMAGE_ROOTFS] = "rootfs" };
static const char *const formats[] = { "qcow2", "raw" };

/* Which of the words it is, or -1. */
static int word_index(const json_t *value, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(json_string_value(value), words[i]))
			return (int)i;
	return -1;
}

/* A number that may be left out counts as missing here: all are written. */
static bool read_number(const json_t *root, const char *key, uint64_t least, uint64_t *out)
{
	const json_t *value = json_object_get(root, key);
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 0 || (uint64_t)number < least)
		return false;
	*out = (uint64_t)number;
	return true;
}

static bool read_optional(const json_t *root, const char *key, char **out)
{
	const json_t *value = json_object_get(root, key);

	if (!value || json_is_null(value))
		return true;
	*out = jsonstring_read(value);
	return *out != NULL;
}

static bool read_disk(const json_t *item, struct image_disk *out)
{
	int format = word_index(json_object_get(item, "format"), formats, ARRAY_SIZE(formats));
	uint64_t slot;

	if (format < 0 || !read_number(item, "file_bytes", 1, &out->file_bytes) ||
	    !read_number(item, "disk_bytes", 1, &out->disk_bytes) ||
	    !read_number(item, "slot", 0, &slot) || slot >= IMAGE_MAX_DISKS)
		return false;
	out->format = formats[format];
	out->slot = (unsigned)slot;
	return true;
}

static bool read_disks(const json_t *list, struct content *out)
{
	size_t i, count = json_array_size(list);

	if (!json_is_array(list) || count > IMAGE_MAX_DISKS ||
	    (count > 0) != (out->kind == IMAGE_DISK))
		return false;
	for (i = 0; i < count; i++)
		if (!read_disk(json_array_get(list, i), &out->disks[i]))
			return false;
	out->disk_count = count;
	return true;
}

static bool read_content(const json_t *root, const char *digest, struct content *out)
{
	int kind = word_index(json_object_get(root, "kind"), kinds, ARRAY_SIZE(kinds));

	if (kind < 0 || json_integer_value(json_object_get(root, "version")) != CONTENT_VERSION ||
	    !text_equal(json_string_value(json_object_get(root, "sha256")), digest))
		return false;
	memcpy(out->digest, digest, DIGEST_HEX_BYTES);
	out->kind = kind == IMAGE_DISK ? IMAGE_DISK : IMAGE_ROOTFS;
	return read_number(root, "size", 0, &out->size_bytes) &&
	       read_optional(root, "user", &out->user) &&
	       read_optional(root, "architecture", &out->architecture) &&
	       first_boot_read(json_object_get(root, "first_boot"), &out->first_boot) &&
	       read_disks(json_object_get(root, "disks"), out);
}

int content_load(const char *home, const char *digest, struct content *out, struct error *err)
{
	cleanup_content struct content c = { 0 };
	json_t *root;
	bool good;

	if (shelf_load(home, SHELF, digest, &root, err) < 0)
		return -1;
	good = read_content(root, digest, &c);
	json_decref(root);
	if (!good)
		return error_set(err, ERROR_NOT_FOUND, "there is no usable box '%.12s' in '%s'",
				 digest, home);
	*out = c;
	c = (struct content){ 0 };
	return 0;
}

static json_t *disks_json(const struct content *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->disk_count; i++) {
		const struct image_disk *d = &c->disks[i];

		json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:i}", "format", d->format,
						      "file_bytes", (json_int_t)d->file_bytes,
						      "disk_bytes", (json_int_t)d->disk_bytes,
						      "slot", (int)d->slot));
	}
	return list;
}

int content_save(const char *home, const struct content *c, struct error *err)
{
	json_t *root = json_pack("{s:i, s:s, s:s, s:I, s:o, s:o, s:o, s:o}", "version",
				 CONTENT_VERSION, "sha256", c->digest, "kind", kinds[c->kind],
				 "size", (json_int_t)c->size_bytes, "user", jsonstring_new(c->user),
				 "first_boot", first_boot_list(c->first_boot), "architecture",
				 jsonstring_new(c->architecture), "disks", disks_json(c));

	return shelf_save(home, SHELF, c->digest, root, err);
}

int content_remove(const char *home, const char *digest, struct error *err)
{
	return shelf_remove(home, SHELF, digest, err);
}

void content_touch(const char *home, const char *digest)
{
	cleanup_free char *path = shelf_path(home, SHELF, digest);

	if (digest_is(digest))
		utimensat(AT_FDCWD, path, NULL, 0);
}

int64_t content_used_at(const char *home, const char *digest)
{
	cleanup_free char *path = shelf_path(home, SHELF, digest);
	struct stat st;

	return digest_is(digest) && stat(path, &st) == 0 ? st.st_mtim.tv_sec : 0;
}

int content_list(const char *home, char ***out, size_t *out_count, struct error *err)
{
	return shelf_list(home, SHELF, out, out_count, err);
}

void content_image(const struct content *c, const char *name, struct image *out)
{
	bool known_key = c->first_boot & FIRST_BOOT_KNOWN_KEY;

	*out = (struct image){ .kind = c->kind,
			       .name = name,
			       .disk_count = c->disk_count,
			       .first_boot = c->first_boot };
	memcpy(out->digest, c->digest, DIGEST_HEX_BYTES);
	memcpy(out->disks, c->disks, sizeof(out->disks));
	out->user = c->user ? c->user : known_key ? "vagrant" : "root";
}

void content_clear(struct content *c)
{
	free(c->user);
	free(c->architecture);
	*c = (struct content){ 0 };
}
