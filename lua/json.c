/* SPDX-License-Identifier: Apache-2.0 */
/* JSON through jansson. */
#include "lua/data.h"

#include <jansson.h>
#include <lauxlib.h>

static int l_collect(lua_State *L)
{
	json_t **held = lua_touserdata(L, 1);

	json_decref(*held);
	*held = NULL;
	return 0;
}

/* A userdata that frees its document also when Lua raises. */
static json_t **l_push_holder(lua_State *L)
{
	json_t **held = lua_newuserdatauv(L, sizeof(*held), 0);

	*held = NULL;
	if (luaL_newmetatable(L, "bothy json")) {
		lua_pushcfunction(L, l_collect);
		lua_setfield(L, -2, "__gc");
	}
	lua_setmetatable(L, -2);
	return held;
}

static void l_push_value(lua_State *L, json_t *value, const char *path, int depth);

static void l_push_array(lua_State *L, json_t *array, const char *path, int depth)
{
	json_t *item;
	size_t i;

	lua_createtable(L, (int)json_array_size(array), 0);
	json_array_foreach(array, i, item)
	{
		l_push_value(L, item, path, depth + 1);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
}

static void l_push_object(lua_State *L, json_t *object, const char *path, int depth)
{
	const char *key;
	json_t *item;

	lua_createtable(L, 0, (int)json_object_size(object));
	json_object_foreach(object, key, item)
	{
		lua_pushstring(L, key);
		l_push_value(L, item, path, depth + 1);
		lua_rawset(L, -3);
	}
}

static void l_push_value(lua_State *L, json_t *value, const char *path, int depth)
{
	if (depth > DATA_DEPTH_MAX)
		luaL_error(L, "json '%s': nested more than %d deep", path, DATA_DEPTH_MAX);
	luaL_checkstack(L, 4, "nested too deep");
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		l_push_object(L, value, path, depth);
		break;
	case JSON_ARRAY:
		l_push_array(L, value, path, depth);
		break;
	case JSON_STRING:
		lua_pushlstring(L, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		lua_pushinteger(L, json_integer_value(value));
		break;
	case JSON_REAL:
		lua_pushnumber(L, json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		lua_pushboolean(L, json_is_true(value));
		break;
	case JSON_NULL:
		lua_pushnil(L);
		break;
	}
}

void l_push_json(lua_State *L, const struct text *text, const char *path)
{
	json_t **held = l_push_holder(L);
	json_error_t error;

	*held = json_loadb(text_str(text), text->len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES,
			   &error);
	if (!*held)
		luaL_error(L, "json '%s': line %d: %s", path, error.line, error.text);
	l_push_value(L, *held, path, 1);
	json_decref(*held);
	*held = NULL;
	lua_remove(L, -2);
}
