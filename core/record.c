/* SPDX-License-Identifier: Apache-2.0 */
/* What ran in a machine. */
#include "core/record.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/text.h"

#define RECORD_LIMIT ((size_t)4 << 20)

static void add_entry(struct record *r, const char *name, const char *digest, bool ok)
{
	struct record_entry *e;

	r->entries = arena_grow(&r->arena, r->entries, r->count, sizeof(*r->entries));
	e = &r->entries[r->count++];
	*e = (struct record_entry){ .name = arena_strdup(&r->arena, name), .ok = ok };
	memcpy(e->digest, digest, DIGEST_HEX_BYTES);
}

void record_load(const char *path, struct record *out)
{
	cleanup_text struct text content = { 0 };
	cleanup_error struct error ignored = { 0 };
	json_t *root, *item;
	size_t i;

	if (fs_read(path, RECORD_LIMIT, &content, &ignored) < 0)
		return;
	root = json_loadb(text_str(&content), content.len, JSON_REJECT_DUPLICATES, NULL);
	out->machine_id =
		arena_strdup(&out->arena, json_string_value(json_object_get(root, "machine")));
	json_array_foreach(json_object_get(root, "ran"), i, item)
	{
		const char *name = json_string_value(json_object_get(item, "name"));
		const char *digest = json_string_value(json_object_get(item, "digest"));

		if (name && digest && strlen(digest) == DIGEST_HEX_BYTES - 1)
			add_entry(out, name, digest, json_is_true(json_object_get(item, "ok")));
	}
	json_decref(root);
}

const struct record_entry *record_find(const struct record *r, const struct provisioner *p)
{
	const struct record_entry *by_name = NULL;

	for (size_t i = 0; i < r->count; i++) {
		const struct record_entry *e = &r->entries[i];

		if (strcmp(e->digest, p->digest) == 0 && strcmp(e->name, p->name) == 0)
			return e;
		if (strcmp(e->name, p->name) == 0)
			by_name = e;
	}
	/* One that only changed its place, and so its made-up name, has still run. */
	for (size_t i = 0; i < r->count; i++) {
		if (strcmp(r->entries[i].digest, p->digest) == 0)
			return &r->entries[i];
	}
	return by_name;
}

void record_set(struct record *r, const struct provisioner *p, bool ok)
{
	for (size_t i = 0; i < r->count; i++) {
		if (strcmp(r->entries[i].name, p->name) != 0)
			continue;
		memcpy(r->entries[i].digest, p->digest, DIGEST_HEX_BYTES);
		r->entries[i].ok = ok;
		return;
	}
	add_entry(r, p->name, p->digest, ok);
}

void record_for_machine(struct record *r, const char *machine_id)
{
	if (text_equal(r->machine_id, machine_id))
		return;
	record_clear(r);
	r->machine_id = arena_strdup(&r->arena, machine_id);
}

int record_save(const struct record *r, const char *path, const struct owner *owner,
		struct error *err)
{
	json_t *ran = json_array(), *root;
	cleanup_free char *dump = NULL;

	for (size_t i = 0; i < r->count; i++) {
		const struct record_entry *e = &r->entries[i];

		json_array_append_new(ran, json_pack("{s:s, s:s, s:b}", "name", e->name, "digest",
						     e->digest, "ok", e->ok));
	}
	root = json_pack("{s:s?, s:o}", "machine", r->machine_id, "ran", ran);
	dump = json_dumps(root, JSON_INDENT(1));
	json_decref(root);
	if (!dump)
		return error_set(err, ERROR_SYSTEM, "cannot write '%s': a name is not UTF-8", path);
	return fs_write(path, dump, strlen(dump), 0644, owner, err);
}

void record_clear(struct record *r)
{
	arena_clear(&r->arena);
	*r = (struct record){ 0 };
}
