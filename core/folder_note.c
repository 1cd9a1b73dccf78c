/* SPDX-License-Identifier: Apache-2.0 */
/* Shared folders to JSON and back. */
#include "core/folder_note.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

static json_t *note_of(const struct folder *f)
{
	json_t *options = json_array();
	json_t *note = json_pack("{s:s, s:s, s:s, s:s}", "said", f->said, "from", f->from, "to",
				 f->to, "kind", folder_kind_name(f->kind));

	for (size_t i = 0; i < f->mount_options.count; i++)
		json_array_append_new(options, json_string(f->mount_options.at[i]));
	if (f->chosen)
		json_object_set_new(note, "chosen", json_true());
	if (f->read_only)
		json_object_set_new(note, "read_only", json_true());
	if (f->mount_options.count)
		json_object_set(note, "options", options);
	json_decref(options);
	return note;
}

char *folder_note_text(const struct folder *folders, size_t count)
{
	json_t *list = json_array();
	char *text = NULL;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, note_of(&folders[i]));
	if (count)
		text = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	return text;
}

static bool read_kind(const char *name, enum folder_kind *out)
{
	for (int kind = FOLDER_BIND; kind < FOLDER_KINDS; kind++) {
		*out = (enum folder_kind)kind;
		if (strcmp(folder_kind_name(*out), name) == 0)
			return true;
	}
	return false;
}

static bool read_options(const json_t *list, struct arena *a, struct strings *out)
{
	const json_t *item;
	size_t i;

	out->at = arena_alloc(a, (json_array_size(list) + 1) * sizeof(*out->at));
	json_array_foreach(list, i, item)
	{
		if (!json_is_string(item))
			return false;
		out->at[out->count++] = arena_strdup(a, json_string_value(item));
	}
	return true;
}

static bool read_note(json_t *note, struct arena *a, struct folder *out)
{
	const char *said, *from, *to, *kind;
	int read_only = 0, chosen = 0;
	json_t *options = NULL;

	if (json_unpack(note, "{s:s, s:s, s:s, s:s, s?b, s?b, s?o}", "said", &said, "from", &from,
			"to", &to, "kind", &kind, "chosen", &chosen, "read_only", &read_only,
			"options", &options) < 0 ||
	    *from != '/' || *to != '/' || !read_kind(kind, &out->kind))
		return false;
	out->said = arena_strdup(a, said);
	out->from = arena_strdup(a, from);
	out->to = arena_strdup(a, to);
	out->chosen = chosen;
	out->read_only = read_only;
	return read_options(options, a, &out->mount_options);
}

bool folder_note_read(const char *text, struct arena *arena, struct folders *out)
{
	struct folders list = { 0 };
	json_t *root = text ? json_loads(text, 0, NULL) : json_array(), *note;
	bool good = json_is_array(root);
	size_t i;

	list.at = arena_alloc(arena, (json_array_size(root) + 1) * sizeof(*list.at));
	json_array_foreach(root, i, note)
		good = good && read_note(note, arena, &list.at[list.count++]);
	json_decref(root);
	if (good)
		*out = list;
	return good;
}

const char *folder_note_shown(const struct folder *f, struct arena *arena)
{
	return arena_printf(arena, "%s at %s (%s%s)", f->said, f->to, folder_kind_name(f->kind),
			    f->read_only ? ", read-only" : "");
}

bool folder_note_shares(const struct folders *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (folder_is_shared(list->at[i].kind))
			return true;
	return false;
}

static bool same_options(const struct strings *a, const struct strings *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++)
		same = strcmp(a->at[i], b->at[i]) == 0;
	return same;
}

bool folder_note_same(const struct folder *a, const struct folder *b)
{
	return a->kind == b->kind && a->read_only == b->read_only &&
	       strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0 &&
	       same_options(&a->mount_options, &b->mount_options);
}
