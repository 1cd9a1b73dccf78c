/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: each row is fetched, checked and stored; what is left over is unknown. */
#include "lua/decode.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema.h"
#include "core/vagrant_words.h"
#include "lua/cards.h"
#include "lua/decoder.h"
#include "lua/folders.h"
#include "lua/hooks.h"
#include "lua/jsontext.h"
#include "lua/network.h"
#include "lua/ports.h"
#include "lua/provision.h"
#include "lua/provision_decode.h"
#include "lua/scalar.h"

static void report_unknown_key(struct decoder *d, const struct schema *schema, const char *key)
{
	struct text *why = &load_of(d->L)->why;
	const char *names[DECL_FIELDS], *nearest, *vagrant = vagrant_hint(schema->name, key);
	size_t mark;

	for (size_t i = 0; i < schema->count; i++)
		names[i] = schema->rows[i].key;
	nearest = text_nearest(key, names, schema->count);
	text_reset(why);
	text_add(why, "unknown field");
	if (vagrant)
		text_addf(why, "; %s", vagrant);
	else if (nearest)
		text_addf(why, "; did you mean '%s'?", nearest);
	mark = decoder_enter_key(d, key);
	decoder_report(d, text_str(why));
	decoder_leave(d, mark);
}

/* A key that is no string, at -2; its value is at the top. */
static void report_unnamed(struct decoder *d)
{
	struct text *why = &load_of(d->L)->why;
	struct place place;

	text_reset(why);
	if (!lua_isinteger(d->L, -2)) {
		text_addf(why, "a key is a %s; fields have names", luaL_typename(d->L, -2));
		decoder_report(d, text_str(why));
		return;
	}
	text_addf(why, "item %lld has no name; ", (long long)lua_tointeger(d->L, -2));
	text_add(why, provision_at(d->L, -1) ? "provisioners belong into provision = { … }" :
		      card_at(d->L, -1)      ? "cards belong into networks = { … }" :
		      hook_at(d->L, -1)      ? "host, guest and note belong into hooks = { … }" :
					       "write field = value");
	d->steps[d->depth++] = (struct keystep){ .index = (int)lua_tointeger(d->L, -2) };
	place = (struct place){ d->block->place.source, decoder_line(d) };
	d->depth--;
	load_problem(load_of(d->L), &place, "%s: %s", d->path, text_str(why));
}

static void report_other_keys(struct decoder *d, int index, const struct schema *schema)
{
	lua_State *L = d->L;
	size_t row;

	for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
		const char *key;
		size_t len;

		if (lua_type(L, -2) != LUA_TSTRING) {
			report_unnamed(d);
			continue;
		}
		key = lua_tolstring(L, -2, &len);
		if (strlen(key) != len || !schema_find(schema, key, &row))
			report_unknown_key(d, schema, key);
	}
}

static bool l_decode_string_item(struct decoder *d, void *out)
{
	struct strings *list = out;
	const char *s = NULL;

	if (!l_scalar_item(d->L, -1, &s))
		return decoder_report(d, text_str(&load_of(d->L)->why));
	list->at = l_keep_grow(d->L, list->at, list->count, sizeof(*list->at));
	list->at[list->count++] = s;
	return true;
}

static bool l_decode_strings(struct decoder *d, struct strings *out)
{
	struct strings list = { 0 };
	bool good;

	if (lua_type(d->L, -1) == LUA_TTABLE)
		good = l_decode_list(d, l_decode_string_item, &list);
	else if (lua_type(d->L, -1) == LUA_TSTRING)
		good = l_decode_string_item(d, &list);
	else
		return decoder_report_type(d, "a list of strings", "");
	if (good)
		*out = list;
	return good;
}

static bool is_variable_name(const char *s, size_t len)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return len && len == strlen(s) && strspn(s, letters) == len && (*s < '0' || *s > '9');
}

/* A name at -2 and its value at -1. */
static bool l_decode_var(struct decoder *d, struct env_vars *vars)
{
	lua_State *L = d->L;
	const char *name, *value = NULL;
	size_t len, mark;
	bool good;

	if (lua_type(L, -2) != LUA_TSTRING)
		return decoder_report(d, "expected NAME = value, got an item without a name");
	name = lua_tolstring(L, -2, &len);
	mark = decoder_enter_key(d, name);
	if (!is_variable_name(name, len))
		good = decoder_report(d, "not a name of a variable");
	else if (!l_scalar_item(L, -1, &value))
		good = decoder_report(d, text_str(&load_of(L)->why));
	else
		good = true;
	decoder_leave(d, mark);
	if (!good)
		return false;
	vars->at = l_keep_grow(L, vars->at, vars->count, sizeof(*vars->at));
	vars->at[vars->count++] = (struct env_var){ l_keep_text(L, name, len), value };
	return true;
}

static int compare_vars(const void *a, const void *b)
{
	return strcmp(((const struct env_var *)a)->name, ((const struct env_var *)b)->name);
}

static bool l_decode_vars(struct decoder *d, struct env_vars *out)
{
	lua_State *L = d->L;
	struct env_vars vars = { 0 };
	int table = lua_gettop(L);
	bool good = true;

	if (lua_type(L, table) != LUA_TTABLE)
		return decoder_report_type(d, "variables such as { MODE = \"dev\" }", "");
	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
		good = l_decode_var(d, &vars) && good;
	if (!good)
		return false;
	if (vars.count)
		qsort(vars.at, vars.count, sizeof(*vars.at), compare_vars);
	*out = vars;
	return true;
}

static bool l_decode_block(struct decoder *d, const struct schema_row *row, struct decl *out)
{
	if (lua_type(d->L, -1) != LUA_TTABLE)
		return decoder_report_type(d, "a table of fields", "");
	out->line = decoder_line(d);
	out->file = d->block->place.source ? d->block->place.source->shown : NULL;
	return l_decode_fields(d, row->sub, out);
}

static bool l_decode_dhcp(struct decoder *d, const struct schema_row *row, struct dhcp_raw *out)
{
	if (lua_type(d->L, -1) == LUA_TBOOLEAN) {
		out->on = lua_toboolean(d->L, -1);
		return true;
	}
	if (lua_type(d->L, -1) != LUA_TTABLE)
		return decoder_report_type(d, "true, false or { from = …, to = … }", "");
	out->on = true;
	return l_decode_block(d, row, &out->decl);
}

static bool l_decode_field(struct decoder *d, const struct schema_row *row, void *out)
{
	if (row->type == SCHEMA_STRINGS)
		return l_decode_strings(d, out);
	if (row->type == SCHEMA_VARS)
		return l_decode_vars(d, out);
	if (row->type == SCHEMA_BLOCK)
		return l_decode_block(d, row, out);
	if (row->type == SCHEMA_PROVISION)
		return l_decode_provision(d, out);
	if (row->type == SCHEMA_CARDS)
		return l_decode_cards(d, out);
	if (row->type == SCHEMA_PORTS)
		return l_decode_ports(d, out);
	if (row->type == SCHEMA_DHCP)
		return l_decode_dhcp(d, row, out);
	if (row->type == SCHEMA_FOLDERS)
		return l_decode_folders(d, out);
	if (row->type == SCHEMA_HOOKS)
		return l_decode_hooks(d, out);
	if (row->type == SCHEMA_JSON)
		return l_decode_json(d, out);
	if (!l_scalar_store(d->L, -1, row, out))
		return decoder_report(d, text_str(&load_of(d->L)->why));
	return true;
}

/* The table at the top into the struct, which begins with a struct decl. */
bool l_decode_fields(struct decoder *d, const struct schema *schema, void *out)
{
	lua_State *L = d->L;
	struct decl *decl = out;
	int table = lua_gettop(L);
	bool good = true;

	luaL_checkstack(L, 20, "nested too deep");
	report_other_keys(d, table, schema);
	for (size_t i = 0; i < schema->count; i++) {
		const struct schema_row *row = &schema->rows[i];

		lua_pushstring(L, row->key);
		if (lua_rawget(L, table) != LUA_TNIL) {
			size_t mark = decoder_enter_key(d, row->key);
			int line = decoder_line(d);

			decl->said |= (uint64_t)1 << i;
			decl->lines[i] = line;
			if (l_decode_field(d, row, (char *)out + row->offset))
				decl->set |= (uint64_t)1 << i;
			else
				good = false;
			decoder_leave(d, mark);
		}
		lua_settop(L, table);
	}
	return good;
}

void l_decode(lua_State *L, int index, const struct block *block, const char *where,
	      const struct schema *schema, void *out)
{
	struct decoder d = { .L = L, .block = block };
	struct decl *decl = out;

	snprintf(d.path, sizeof(d.path), "%s", where);
	decl->line = block->place.line;
	decl->file = block->place.source ? block->place.source->shown : NULL;
	lua_pushvalue(L, index);
	l_decode_fields(&d, schema, out);
	lua_pop(L, 1);
}

void l_decode_list_of_strings(lua_State *L, int index, const struct block *block,
			      struct strings *out)
{
	struct decoder d = { .L = L, .block = block };

	snprintf(d.path, sizeof(d.path), "%s", block->word);
	lua_pushvalue(L, index);
	l_decode_strings(&d, out);
	lua_pop(L, 1);
}
