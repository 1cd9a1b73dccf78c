/* SPDX-License-Identifier: Apache-2.0 */
/* One table with two kinds of entries. */
#include "lua/ports.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema.h"
#include "lua/decode.h"
#include "lua/scalar.h"

static bool was_said(const struct port_raw *port, const char *key)
{
	size_t i;

	return schema_find(&schema_port, key, &i) && (port->decl.said >> i & 1);
}

static bool l_decode_block(struct decoder *d, struct port_raw *out)
{
	bool good = l_decode_fields(d, &schema_port, out);

	if (!was_said(out, "host"))
		good = decoder_report(d, "expected host = …, a port of this host");
	if (!was_said(out, "guest"))
		good = decoder_report(d, "expected guest = …, a port of the machine");
	return good;
}

/* Port of this host as a key, port of the machine as the value at the top. */
static bool l_decode_pair(struct decoder *d, const char *key, struct port_raw *out)
{
	static const struct schema_row row = { .key = "guest", .type = SCHEMA_RANGE };

	if (!schema_parse_range(key, &out->host))
		return decoder_report(
			d, "the key is not a port of this host, such as [8080] or [\"9000-9010\"]");
	if (!l_scalar_store(d->L, -1, &row, &out->guest))
		return decoder_report(d, text_str(&load_of(d->L)->why));
	return true;
}

/* Whether the entry at -2 and -1 is one of a list of plain values, whose keys were never written. */
static bool is_item(lua_State *L, int table)
{
	lua_Integer i = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;

	return i >= 1 && (lua_Unsigned)i <= lua_rawlen(L, table);
}

/* The value at the top stands alone, as "8080:80" of Compose does. */
static bool report_item(struct decoder *d)
{
	const char *s = lua_type(d->L, -1) == LUA_TSTRING ? lua_tostring(d->L, -1) : "";
	char text[80], rest;
	unsigned host, guest;

	if (sscanf(s, "%5u:%5u%c", &host, &guest, &rest) != 2)
		return decoder_report(d, "no port of this host is given; write [8080] = 80");
	snprintf(text, sizeof(text), "\"%u:%u\" is written [%u] = %u here", host, guest, host,
		 guest);
	return decoder_report(d, text);
}

/* The entry at -2 and -1. */
static bool l_decode_entry(struct decoder *d, int table, struct port_raw *out)
{
	lua_State *L = d->L;
	bool is_block = lua_type(L, -1) == LUA_TTABLE;
	char key[64];
	size_t mark;
	bool good;

	if (lua_isinteger(L, -2))
		snprintf(key, sizeof(key), "%lld", (long long)lua_tointeger(L, -2));
	else if (lua_type(L, -2) == LUA_TSTRING)
		snprintf(key, sizeof(key), "%s", lua_tostring(L, -2));
	else
		return decoder_report(d, "a key is no port; write [8080] = 80");
	if (lua_isinteger(L, -2) && llabs(lua_tointeger(L, -2)) <= INT_MAX)
		mark = decoder_enter_item(d, (int)lua_tointeger(L, -2));
	else
		mark = decoder_enter_key(d, key);
	out->where = l_keep_text(L, d->path, strlen(d->path));
	out->decl.line = decoder_line(d);
	out->decl.file = d->block->place.source ? d->block->place.source->shown : NULL;
	if (is_block)
		good = l_decode_block(d, out);
	else if (is_item(L, table))
		good = report_item(d);
	else
		good = l_decode_pair(d, key, out);
	decoder_leave(d, mark);
	return good;
}

/* Lua's order of keys differs from run to run; where it would decide, the place in the file does. */
static int compare(const void *left, const void *right)
{
	const struct port_raw *a = left, *b = right;

	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	if (a->host.first != b->host.first)
		return a->host.first < b->host.first ? -1 : 1;
	if (a->decl.line != b->decl.line)
		return a->decl.line < b->decl.line ? -1 : 1;
	return strcmp(a->where, b->where);
}

bool l_decode_ports(struct decoder *d, struct ports_raw *out)
{
	lua_State *L = d->L;
	struct ports_raw list = { 0 };
	int table = lua_gettop(L);
	bool good = true;

	if (lua_type(L, table) != LUA_TTABLE)
		return decoder_report_type(d, "ports such as { [8080] = 80 }", "");
	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
		struct port_raw *port = l_keep(L, sizeof(*port));

		if (!l_decode_entry(d, table, port)) {
			good = false;
			continue;
		}
		list.at = l_keep_grow(L, list.at, list.count, sizeof(*port));
		list.at[list.count++] = *port;
	}
	if (list.count)
		qsort(list.at, list.count, sizeof(*list.at), compare);
	*out = list;
	return good;
}
