/* SPDX-License-Identifier: Apache-2.0 */
/* A table from directories of this host to where they are in the guest. */
#include "lua/folders.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema.h"
#include "lua/decode.h"
#include "lua/scalar.h"

#define WRITE_IT "; write [\"./src\"] = \"/srv/src\""

static void mark_to(struct decoder *d, struct folder_raw *out, bool good)
{
	size_t i;

	if (!schema_find(&schema_folder, "to", &i))
		return;
	out->decl.said |= (uint64_t)1 << i;
	out->decl.set |= (uint64_t)good << i;
	out->decl.lines[i] = decoder_line(d);
}

static bool was_said(const struct folder_raw *folder, const char *key)
{
	size_t i;

	return schema_find(&schema_folder, key, &i) && (folder->decl.said >> i & 1);
}

static bool l_decode_to(struct decoder *d, struct folder_raw *out)
{
	static const struct schema_row row = { .key = "to", .type = SCHEMA_STRING };
	bool good = l_scalar_store(d->L, -1, &row, &out->to) ||
		    decoder_report(d, text_str(&load_of(d->L)->why));

	mark_to(d, out, good);
	return good;
}

/* The table at the top, but for its first item, as a new table on top of it. */
static void l_push_fields(lua_State *L)
{
	int table = lua_gettop(L);

	lua_newtable(L);
	for (lua_pushnil(L); lua_next(L, table);) {
		if (lua_isinteger(L, -2) && lua_tointeger(L, -2) == 1) {
			lua_pop(L, 1);
			continue;
		}
		lua_pushvalue(L, -2);
		lua_insert(L, -2);
		lua_rawset(L, table + 1);
	}
}

/* The item of a block that has no key is short for its `to`. */
static bool l_decode_short(struct decoder *d, struct folder_raw *out)
{
	size_t mark;
	bool good;

	if (lua_rawgeti(d->L, -1, 1) == LUA_TNIL) {
		lua_pop(d->L, 1);
		return true;
	}
	mark = decoder_enter_item(d, 1);
	if (was_said(out, "to"))
		good = decoder_report(d, "where it is in the guest is said by 'to' already");
	else
		good = l_decode_to(d, out);
	decoder_leave(d, mark);
	lua_pop(d->L, 1);
	return good;
}

static bool l_decode_block(struct decoder *d, struct folder_raw *out)
{
	bool good;

	l_push_fields(d->L);
	good = l_decode_fields(d, &schema_folder, out);
	lua_pop(d->L, 1);
	good = l_decode_short(d, out) && good;
	if (!was_said(out, "to"))
		good = decoder_report(d, "expected to = …, where it is in the guest");
	return good;
}

static bool l_decode_value(struct decoder *d, struct folder_raw *out)
{
	lua_State *L = d->L;

	switch (lua_type(L, -1)) {
	case LUA_TBOOLEAN:
		if (lua_toboolean(L, -1))
			break;
		out->off = true;
		return true;
	case LUA_TSTRING:
		return l_decode_to(d, out);
	case LUA_TTABLE:
		return l_decode_block(d, out);
	default:
		break;
	}
	return decoder_report_type(d, "where it is in the guest, { to = … } or false", "");
}

/* Without a key, the most that can be told is its place. */
static bool l_report_key(struct decoder *d)
{
	lua_State *L = d->L;
	bool is_item = lua_isinteger(L, -2) && llabs(lua_tointeger(L, -2)) <= INT_MAX;
	size_t mark;

	if (!is_item)
		return decoder_report(d, "a key is no directory of this host" WRITE_IT);
	mark = decoder_enter_item(d, (int)lua_tointeger(L, -2));
	decoder_report(d, "no directory of this host is given" WRITE_IT);
	decoder_leave(d, mark);
	return false;
}

/* The entry at -2 and -1. */
static bool l_decode_entry(struct decoder *d, struct folder_raw *out)
{
	lua_State *L = d->L;
	const char *key;
	size_t mark;
	bool good;

	if (lua_type(L, -2) != LUA_TSTRING)
		return l_report_key(d);
	lua_pushvalue(L, -2);
	good = l_scalar_item(L, -1, &out->from);
	lua_pop(L, 1);
	key = good ? out->from : lua_tostring(L, -2);
	mark = decoder_enter_key(d, key);
	snprintf(d->path + mark, sizeof(d->path) - mark, "['%.60s']", key);
	for (char *p = d->path + mark; *p; p++)
		*p = (unsigned char)*p < ' ' ? '?' : *p;
	out->where = l_keep_text(L, d->path, strlen(d->path));
	out->decl.line = decoder_line(d);
	out->decl.file = d->block->place.source ? d->block->place.source->shown : NULL;
	if (!good)
		decoder_report(d, text_str(&load_of(L)->why));
	else if (!*key)
		good = decoder_report(d, "the directory's name is empty");
	else
		good = l_decode_value(d, out);
	decoder_leave(d, mark);
	return good;
}

static int compare(const void *left, const void *right)
{
	const struct folder_raw *a = left, *b = right;

	return strcmp(a->from, b->from);
}

bool l_decode_folders(struct decoder *d, struct folders_raw *out)
{
	lua_State *L = d->L;
	struct folders_raw list = { 0 };
	int table = lua_gettop(L);
	bool good = true;

	if (lua_type(L, table) != LUA_TTABLE)
		return decoder_report_type(d, "folders such as { [\"./src\"] = \"/srv/src\" }", "");
	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
		struct folder_raw *folder = l_keep(L, sizeof(*folder));

		if (!l_decode_entry(d, folder)) {
			good = false;
			continue;
		}
		list.at = l_keep_grow(L, list.at, list.count, sizeof(*folder));
		list.at[list.count++] = *folder;
	}
	if (list.count)
		qsort(list.at, list.count, sizeof(*list.at), compare);
	*out = list;
	return good;
}
