/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names/HEX.json, where HEX is the SHA-256 over name, version, provider and architecture: a name may
 * be a long path with any bytes in it. {"name", "version", "provider", "architecture", "sha256", "url",
 * "catalog_url", "size", "added_at"}; strings are those of boxes/jsonstring.h.
 */
#include "boxes/entry.h"

#include <stdlib.h>
#include <string.h>

#include "boxes/jsonstring.h"
#include "boxes/shelf.h"
#include "boxes/version.h"
#include "core/fs.h"
#include "core/mem.h"
#include "core/text.h"

#define SHELF "names"
#define LOCK_WAIT_MS 600000

static void file_digest(const struct entry *e, char out_hex[static DIGEST_HEX_BYTES])
{
	cleanup_digest struct digest *d = digest_new();

	digest_add_field(d, e->name);
	digest_add_field(d, e->version);
	digest_add_field(d, e->provider);
	digest_add_field(d, e->architecture);
	digest_finish(d, out_hex);
}

static bool read_text(const json_t *root, const char *key, bool may_miss, char **out)
{
	const json_t *value = json_object_get(root, key);

	if (may_miss && (!value || json_is_null(value)))
		return true;
	*out = jsonstring_read(value);
	return *out != NULL;
}

static bool read_number(const json_t *root, const char *key, json_int_t *out)
{
	const json_t *value = json_object_get(root, key);

	*out = json_integer_value(value);
	return json_is_integer(value) && *out >= 0;
}

static bool read_entry(const json_t *root, struct entry *out)
{
	const char *digest = json_string_value(json_object_get(root, "sha256"));
	json_int_t size, added_at;

	if (!digest_is(digest) || !read_number(root, "size", &size) ||
	    !read_number(root, "added_at", &added_at))
		return false;
	memcpy(out->digest, digest, DIGEST_HEX_BYTES);
	out->size_bytes = (uint64_t)size;
	out->added_at = added_at;
	return read_text(root, "name", false, &out->name) &&
	       read_text(root, "version", true, &out->version) &&
	       read_text(root, "provider", false, &out->provider) &&
	       read_text(root, "architecture", false, &out->architecture) &&
	       read_text(root, "url", true, &out->url) &&
	       read_text(root, "catalog_url", true, &out->catalog_url);
}

/* A file under another's name could never be replaced or removed: it counts as damaged. */
static bool is_at_home(const struct entry *e, const char *file)
{
	char hex[DIGEST_HEX_BYTES];

	file_digest(e, hex);
	return strcmp(hex, file) == 0;
}

static int load_one(const char *home, const char *file, struct entries *all, struct error *err)
{
	cleanup_error struct error cause = { 0 };
	struct entry e = { 0 };
	json_t *root;

	if (shelf_load(home, SHELF, file, &root, &cause) < 0)
		return cause.kind == ERROR_NOT_FOUND ? 0 : error_move(err, &cause);
	if (read_entry(root, &e) && is_at_home(&e, file)) {
		all->at = xgrow(all->at, all->count, sizeof(*all->at));
		all->at[all->count++] = e;
	} else {
		entry_clear(&e);
	}
	json_decref(root);
	return 0;
}

/* Newest first; one without a version is older than all others. */
static int compare_versions(const char *a, const char *b)
{
	int order;

	if (!a || !b)
		return !!b - !!a;
	order = version_compare(b, a);
	return order ? order : strcmp(b, a);
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	if (order == 0)
		order = compare_versions(a->version, b->version);
	if (order == 0)
		order = strcmp(a->provider, b->provider);
	return order ? order : strcmp(a->architecture, b->architecture);
}

int entries_lock(const char *home, int *out_fd, struct error *err)
{
	cleanup_free char *path = fs_join(home, SHELF ".lock");

	return fs_lock(path, "naming or removing a box", LOCK_WAIT_MS, NULL, out_fd, err);
}

int entries_load(const char *home, struct entries *out, struct error *err)
{
	struct entries all = { 0 };
	char **files;
	size_t count;
	int rc = 0;

	if (shelf_list(home, SHELF, &files, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (rc == 0)
			rc = load_one(home, files[i], &all, err);
		free(files[i]);
	}
	free(files);
	if (rc < 0) {
		entries_clear(&all);
		return -1;
	}
	if (all.count)
		qsort(all.at, all.count, sizeof(*all.at), compare_entries);
	*out = all;
	return 0;
}

static bool has_checksum(const struct entry *e, const struct checksum *wanted)
{
	if (!checksum_is_set(wanted))
		return true;
	return wanted->kind == DIGEST_SHA256 && strcmp(wanted->hex, e->digest) == 0;
}

static bool is_any_or(const char *wanted, const char *value)
{
	return !wanted || !*wanted || strcmp(wanted, value) == 0;
}

int entries_find(const struct entries *all, const struct box_want *want, const struct entry **out,
		 struct error *err)
{
	const char *architecture = want->architecture ? want->architecture :
							offer_host_architecture();
	cleanup_constraint struct constraint *versions = NULL;
	const struct entry *found = NULL;

	if (constraint_parse(want->version ? want->version : "", &versions, err) < 0)
		return -1;
	for (size_t i = 0; i < all->count; i++) {
		const struct entry *e = &all->at[i];

		if (is_any_or(want->name, e->name) && is_any_or(want->provider, e->provider) &&
		    is_any_or(architecture, e->architecture) && has_checksum(e, &want->checksum) &&
		    constraint_holds(versions, e->version) &&
		    (!found || compare_versions(e->version, found->version) < 0))
			found = e;
	}
	*out = found;
	return 0;
}

size_t entries_count_digest(const struct entries *all, const char *digest)
{
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++)
		count += strcmp(all->at[i].digest, digest) == 0;
	return count;
}

int entry_save(const char *home, const struct entry *e, struct error *err)
{
	json_t *root = json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:I, s:I}", "name",
				 jsonstring_new(e->name), "version", jsonstring_new(e->version),
				 "provider", jsonstring_new(e->provider), "architecture",
				 jsonstring_new(e->architecture), "sha256", e->digest, "url",
				 jsonstring_new(e->url), "catalog_url",
				 jsonstring_new(e->catalog_url), "size", (json_int_t)e->size_bytes,
				 "added_at", (json_int_t)e->added_at);
	char file[DIGEST_HEX_BYTES];

	file_digest(e, file);
	return shelf_save(home, SHELF, file, root, err);
}

int entry_remove(const char *home, const struct entry *e, struct error *err)
{
	char file[DIGEST_HEX_BYTES];

	file_digest(e, file);
	return shelf_remove(home, SHELF, file, err);
}

void entry_clear(struct entry *e)
{
	free(e->name);
	free(e->version);
	free(e->provider);
	free(e->architecture);
	free(e->url);
	free(e->catalog_url);
	*e = (struct entry){ 0 };
}

void entries_clear(struct entries *all)
{
	for (size_t i = 0; i < all->count; i++)
		entry_clear(&all->at[i]);
	free(all->at);
	*all = (struct entries){ 0 };
}
