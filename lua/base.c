/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lua's libraries without what reaches the host and without what differs from run to run: pairs and
 * next go by sorted keys, and no address of an object can be turned into text.
 */
#include "lua/base.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#include "lua/sandbox.h"

static char format_key;

enum rank { RANK_NUMBER, RANK_STRING, RANK_BOOLEAN, RANK_OTHER };

struct sort_key {
	enum rank rank;
	bool is_integer;
	lua_Integer integer;
	lua_Number number;
	const char *s;
	size_t len;
	size_t visited; /* when next() gave it, from 1 */
};

static int compare_size(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_numbers(const struct sort_key *a, const struct sort_key *b)
{
	if (a->is_integer && b->is_integer)
		return a->integer < b->integer ? -1 : a->integer > b->integer;
	return a->number < b->number ? -1 : a->number > b->number;
}

static int compare_keys(const void *left, const void *right)
{
	const struct sort_key *a = left, *b = right;
	int order = 0;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->rank == RANK_NUMBER)
		order = compare_numbers(a, b);
	if (a->rank == RANK_STRING) {
		order = memcmp(a->s, b->s, a->len < b->len ? a->len : b->len);
		order = order ? order : compare_size(a->len, b->len);
	}
	if (a->rank == RANK_BOOLEAN)
		order = (int)a->integer - (int)b->integer;
	return order ? order : compare_size(a->visited, b->visited);
}

/* The value at the top, which a table keeps alive. */
static struct sort_key sort_key_of(lua_State *L)
{
	struct sort_key key = { .rank = RANK_OTHER };

	switch (lua_type(L, -1)) {
	case LUA_TNUMBER:
		key.rank = RANK_NUMBER;
		key.is_integer = lua_isinteger(L, -1);
		key.integer = lua_tointeger(L, -1);
		key.number = lua_tonumber(L, -1);
		break;
	case LUA_TSTRING:
		key.rank = RANK_STRING;
		key.s = lua_tolstring(L, -1, &key.len);
		break;
	case LUA_TBOOLEAN:
		key.rank = RANK_BOOLEAN;
		key.integer = lua_toboolean(L, -1);
		break;
	default:
		break;
	}
	return key;
}

/* Pushes a list of the keys of the table at index 1, in order; returns their number. */
static size_t l_push_sorted_keys(lua_State *L)
{
	struct sort_key *keys;
	size_t count = 0, i = 0;

	for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
		count++;
	sandbox_charge(L, count);
	keys = lua_newuserdatauv(L, count * sizeof(*keys) + 1, 0);
	lua_createtable(L, (int)count, 0); /* keys, visited */
	for (lua_pushnil(L); lua_next(L, 1);) {
		lua_pop(L, 1);
		keys[i] = sort_key_of(L);
		keys[i].visited = i + 1;
		i++;
		lua_pushvalue(L, -1);
		lua_rawseti(L, -3, (lua_Integer)i);
	}
	qsort(keys, count, sizeof(*keys), compare_keys);
	lua_createtable(L, (int)count, 0); /* keys, visited, sorted */
	for (i = 0; i < count; i++) {
		lua_rawgeti(L, -2, (lua_Integer)keys[i].visited);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_replace(L, -3);
	lua_pop(L, 1); /* sorted */
	return count;
}

/* Upvalues: the sorted keys, and how many of them were given. */
static int l_pairs_step(lua_State *L)
{
	lua_Integer i = lua_tointeger(L, lua_upvalueindex(2));

	for (;;) {
		lua_settop(L, 1);
		if (lua_rawgeti(L, lua_upvalueindex(1), ++i) == LUA_TNIL)
			return 1;
		lua_pushvalue(L, -1);
		if (lua_rawget(L, 1) != LUA_TNIL)
			break; /* else it was removed meanwhile */
	}
	lua_pushinteger(L, i);
	lua_replace(L, lua_upvalueindex(2));
	return 2;
}

static int l_pairs(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	l_push_sorted_keys(L);
	lua_pushinteger(L, 0);
	lua_pushcclosure(L, l_pairs_step, 2);
	lua_pushvalue(L, 1);
	lua_pushnil(L);
	return 3;
}

static int l_next(lua_State *L)
{
	lua_Integer i = 1;
	size_t count;

	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 2);
	count = l_push_sorted_keys(L); /* table, key, keys */
	if (!lua_isnil(L, 2)) {
		for (; (size_t)i <= count; i++) {
			bool same;

			lua_rawgeti(L, 3, i);
			same = lua_rawequal(L, -1, 2);
			lua_pop(L, 1);
			if (same)
				break;
		}
		if ((size_t)i++ > count)
			return luaL_error(L, "next: the table has no such key");
	}
	if (lua_rawgeti(L, 3, i) == LUA_TNIL)
		return 1;
	lua_pushvalue(L, -1);
	lua_rawget(L, 1);
	return 2;
}

/* Replaces what would be shown with its address by the name of its type. */
static void l_hide_address(lua_State *L, int index)
{
	switch (lua_type(L, index)) {
	case LUA_TTABLE:
	case LUA_TFUNCTION:
		lua_pushstring(L, luaL_typename(L, index));
		lua_replace(L, index);
		break;
	case LUA_TUSERDATA:
		lua_pushstring(L, ((const struct value *)lua_touserdata(L, index))->what);
		lua_replace(L, index);
		break;
	default:
		break;
	}
}

static int l_tostring(lua_State *L)
{
	luaL_checkany(L, 1);
	l_hide_address(L, 1);
	luaL_tolstring(L, 1, NULL);
	return 1;
}

/* Upvalue: Lua's own string.format. */
static int l_format(lua_State *L)
{
	const char *p = luaL_checkstring(L, 1);
	int top = lua_gettop(L);

	while ((p = strchr(p, '%'))) {
		p += 1 + strspn(p + 1, "-+ #0123456789.");
		if (*p == 'p')
			return luaL_error(L, "invalid conversion '%%p' to 'format'");
		if (*p)
			p++;
	}
	for (int i = 2; i <= top; i++)
		l_hide_address(L, i);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, top, 1);
	return 1;
}

void l_format_arguments(lua_State *L)
{
	if (lua_gettop(L) < 2)
		return;
	lua_rawgetp(L, LUA_REGISTRYINDEX, &format_key);
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, 1);
}

static void l_open_library(lua_State *L, const char *name, lua_CFunction open)
{
	luaL_requiref(L, name, open, 0); /* words, library */
	lua_pushvalue(L, -1);
	lua_setfield(L, -3, name);
}

static void l_remove(lua_State *L, const char *field)
{
	lua_pushnil(L);
	lua_setfield(L, -2, field);
}

/* Lua's messages take the name of string.format from its list of loaded libraries. */
static void l_name_function(lua_State *L)
{
	luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
	lua_newtable(L);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "format");
	lua_setfield(L, -2, LUA_STRLIBNAME);
	lua_pop(L, 1);
}

static void l_open_string(lua_State *L)
{
	l_open_library(L, LUA_STRLIBNAME, luaopen_string);
	l_remove(L, "dump");
	lua_getfield(L, -1, "format");
	l_name_function(L);
	lua_pushcclosure(L, l_format, 1); /* words, string, format */
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &format_key);
	lua_setfield(L, -2, "format");
	lua_pop(L, 1); /* words */
}

void l_base_open(lua_State *L)
{
	static const char *const plain[] = { "assert", "error",    "ipairs", "pcall",
					     "select", "tonumber", "type",   NULL };
	static const luaL_Reg own[] = {
		{ "next", l_next }, { "pairs", l_pairs }, { "tostring", l_tostring }, { NULL, NULL }
	};

	luaL_requiref(L, LUA_GNAME, luaopen_base, 0); /* words, base */
	for (size_t i = 0; plain[i]; i++) {
		lua_getfield(L, -1, plain[i]);
		lua_setfield(L, -3, plain[i]);
	}
	lua_pop(L, 1); /* words */
	luaL_setfuncs(L, own, 0);
	l_open_string(L);
	l_open_library(L, LUA_TABLIBNAME, luaopen_table);
	lua_pop(L, 1);
	l_open_library(L, LUA_UTF8LIBNAME, luaopen_utf8);
	lua_pop(L, 1);
	l_open_library(L, LUA_MATHLIBNAME, luaopen_math);
	l_remove(L, "random");
	l_remove(L, "randomseed");
	lua_pop(L, 1); /* words */
}
