/* SPDX-License-Identifier: Apache-2.0 */
/* What ran in a machine. */
#include "core/record.h"

#include <stdio.h>
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
	const char *ready;
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
	ready = json_string_value(json_object_get(root, "ready"));
	if (digest_is(ready))
		record_set_ready(out, ready, json_string_value(json_object_get(root, "start")));
	json_decref(root);
}

enum likeness { SAME_NAME_AND_DIGEST, SAME_DIGEST, SAME_NAME, LIKENESSES };

static bool is_like(const struct record_entry *e, const struct provisioner *p, enum likeness how)
{
	return (how == SAME_NAME || strcmp(e->digest, p->digest) == 0) &&
	       (how == SAME_DIGEST || strcmp(e->name, p->name) == 0);
}

/*
 * Which result belongs to which provisioner: one that only changed its place, and so its made-up
 * name, has still run. Returns an array over `all`; the caller frees it.
 */
static const struct record_entry **match(const struct record *r, const struct provisioners *all)
{
	const struct record_entry **found = xcalloc(all->count, sizeof(*found));
	bool *taken = xcalloc(r->count, sizeof(*taken));

	for (enum likeness how = SAME_NAME_AND_DIGEST; how < LIKENESSES; how++) {
		for (size_t i = 0; i < all->count; i++) {
			for (size_t k = 0; k < r->count && !found[i]; k++) {
				if (taken[k] || !is_like(&r->entries[k], &all->at[i], how))
					continue;
				found[i] = &r->entries[k];
				taken[k] = true;
			}
		}
	}
	free(taken);
	return found;
}

const struct record_entry *record_find(const struct record *r, const struct provisioners *all,
				       const struct provisioner *p)
{
	const struct record_entry **found = match(r, all), *entry = found[p - all->at];

	free(found);
	return entry;
}

void record_set(struct record *r, const struct provisioners *all, const struct provisioner *p,
		const char *digest, bool ok)
{
	const struct record_entry **found = match(r, all);

	r->entries = NULL;
	r->count = 0;
	for (size_t i = 0; i < all->count; i++) {
		if (&all->at[i] == p)
			add_entry(r, p->name, digest, ok);
		else if (found[i])
			add_entry(r, all->at[i].name, found[i]->digest, found[i]->ok);
	}
	free(found);
}

void record_set_ready(struct record *r, const char *digest, const char *start)
{
	snprintf(r->ready, sizeof(r->ready), "%s", digest ? digest : "");
	r->start = arena_strdup(&r->arena, start);
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
	root = json_pack("{s:s?, s:o, s:s*, s:s*}", "machine", r->machine_id, "ran", ran, "ready",
			 *r->ready ? r->ready : NULL, "start", *r->ready ? r->start : NULL);
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
