/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of bothy.lock: the file comes with a repository, so nothing in it is taken for granted. */
#include "boxes/lockline.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/jsonstring.h"
#include "boxes/member.h"
#include "core/mem.h"
#include "core/text.h"

#define REMOVE_HINT "take the file as it was committed, or remove the line and run 'bothy lock'"

static const char *const box_members[] = { "box",  "provider", "architecture", "wanted", "version",
					   "size", "sha256",   "urls",         NULL };
static const char *const file_members[] = { "file", "sha256", NULL };

static int wrong(const json_t *root, const char *key, const char *expected, struct error *err)
{
	if (!json_object_get(root, key))
		return error_set(err, ERROR_BOX, "\"%s\" is missing", key);
	return error_set(err, ERROR_BOX, "\"%s\": expected %s", key, expected);
}

static bool is_listed(const char *key, const char *const *list)
{
	while (*list && strcmp(*list, key) != 0)
		list++;
	return *list != NULL;
}

/* Dropping what a later release wrote, at the next save, would be worse than refusing it. */
static int check_members(json_t *root, const char *const *known, struct error *err)
{
	cleanup_text struct text unknown = { 0 };
	const char *key;
	json_t *value;

	json_object_foreach(root, key, value)
	{
		cleanup_free char *shown = member_shown(key);

		if (!is_listed(key, known))
			text_addf(&unknown, "%s\"%.60s\"", unknown.len ? ", " : "", shown);
	}
	if (!unknown.len)
		return 0;
	error_set(err, ERROR_BOX, "unknown: %.300s", text_str(&unknown));
	return error_hint(err, "a later release of bothy may have written it");
}

static int take_string(const json_t *root, const char *key, char **out, struct error *err)
{
	cleanup_free char *s = jsonstring_read(json_object_get(root, key));

	if (!s || !*s)
		return wrong(root, key, "a string that is not empty", err);
	*out = take_ptr(s);
	return 0;
}

static int take_digest(const json_t *root, char out[static DIGEST_HEX_BYTES], struct error *err)
{
	const char *hex = json_string_value(json_object_get(root, "sha256"));

	if (!digest_is(hex))
		return wrong(root, "sha256", "64 lower-case hexadecimal digits", err);
	memcpy(out, hex, DIGEST_HEX_BYTES);
	return 0;
}

static int take_size(const json_t *root, uint64_t *out, struct error *err)
{
	const json_t *value = json_object_get(root, "size");

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return wrong(root, "size", "a number of bytes", err);
	*out = (uint64_t)json_integer_value(value);
	return 0;
}

static int take_urls(const json_t *root, struct lock_box *out, struct error *err)
{
	const json_t *list = json_object_get(root, "urls"), *item;
	size_t i;

	if (!json_is_array(list))
		return wrong(root, "urls", "a list of strings", err);
	json_array_foreach(list, i, item)
	{
		cleanup_free char *url = jsonstring_read(item);

		if (!url || !*url)
			return wrong(root, "urls", "a list of strings that are not empty", err);
		out->urls = xgrow(out->urls, out->url_count, sizeof(*out->urls));
		out->urls[out->url_count++] = take_ptr(url);
	}
	return 0;
}

static int fill_box(json_t *root, struct lock_box *b, struct error *err)
{
	if (check_members(root, box_members, err) < 0 ||
	    take_string(root, "box", &b->name, err) < 0 ||
	    take_string(root, "provider", &b->provider, err) < 0 ||
	    take_string(root, "architecture", &b->architecture, err) < 0)
		return -1;
	if (json_object_get(root, "wanted") && take_string(root, "wanted", &b->wanted, err) < 0)
		return -1;
	if (json_object_get(root, "version") && take_string(root, "version", &b->version, err) < 0)
		return -1;
	return take_size(root, &b->size_bytes, err) < 0 || take_digest(root, b->digest, err) < 0 ||
			       take_urls(root, b, err) < 0 ?
		       -1 :
		       0;
}

static int fill_file(json_t *root, struct lock_file *f, struct error *err)
{
	if (check_members(root, file_members, err) < 0 ||
	    take_string(root, "file", &f->path, err) < 0)
		return -1;
	return take_digest(root, f->digest, err);
}

/* What is half filled is in the list already, so that whoever clears that clears it. */
static int add_item(json_t *root, struct lockfile *into, struct error *err)
{
	if (json_object_get(root, "box")) {
		into->boxes = xgrow(into->boxes, into->box_count, sizeof(*into->boxes));
		into->boxes[into->box_count] = (struct lock_box){ 0 };
		return fill_box(root, &into->boxes[into->box_count++], err);
	}
	if (json_object_get(root, "file")) {
		into->files = xgrow(into->files, into->file_count, sizeof(*into->files));
		into->files[into->file_count] = (struct lock_file){ 0 };
		return fill_file(root, &into->files[into->file_count++], err);
	}
	return error_set(err, ERROR_BOX, "neither \"box\" nor \"file\" is in it");
}

int lockline_parse(const char *line, size_t len, struct lockfile *into, struct error *err)
{
	json_error_t where;
	json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &where);
	int rc;

	if (!root) {
		error_set(err, ERROR_BOX, "not a JSON object: %s in column %d",
			  json_error_code(&where) == json_error_duplicate_key ?
				  "a member is there twice" :
				  "it goes wrong",
			  where.column);
		return error_hint(err, REMOVE_HINT);
	}
	rc = json_is_object(root) ? add_item(root, into, err) :
				    error_set(err, ERROR_BOX, "not a JSON object");
	if (!json_is_object(root))
		error_hint(err, REMOVE_HINT);
	json_decref(root);
	return rc;
}

static char *dump(json_t *root)
{
	char *line = json_dumps(root, JSON_COMPACT), *copy = xstrdup(line);

	free(line);
	json_decref(root);
	return copy;
}

char *lockline_of_box(const struct lock_box *b)
{
	json_t *urls = json_array();
	json_t *root = json_pack("{s:o, s:o, s:o}", "box", jsonstring_new(b->name), "provider",
				 jsonstring_new(b->provider), "architecture",
				 jsonstring_new(b->architecture));

	if (b->wanted)
		json_object_set_new(root, "wanted", jsonstring_new(b->wanted));
	if (b->version)
		json_object_set_new(root, "version", jsonstring_new(b->version));
	for (size_t i = 0; i < b->url_count; i++)
		json_array_append_new(urls, jsonstring_new(b->urls[i]));
	json_object_set_new(root, "size", json_integer((json_int_t)b->size_bytes));
	json_object_set_new(root, "sha256", json_string(b->digest));
	json_object_set_new(root, "urls", urls);
	return dump(root);
}

char *lockline_of_file(const struct lock_file *f)
{
	return dump(json_pack("{s:o, s:s}", "file", jsonstring_new(f->path), "sha256", f->digest));
}
