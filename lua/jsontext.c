/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing here raises, so that what jansson made is freed: tables are walked with lua_next() alone, which cannot fail
 * on a table that nobody changes.
 */
#include "lua/jsontext.h"

#include <jansson.h>
#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define LEVELS_MAX 16
/* One table may stand in another many times: sixteen levels of that would fill any memory. */
#define VALUES_MAX 100000
#define TEXT_BYTES_MAX ((size_t)4 << 20)
/* What was written with up to so many digits comes out as it was written. */
#define NUMBER_DIGITS 15

struct conversion {
	struct decoder *d;
	int levels;
	size_t values, text_bytes;
	bool gave_up; /* a problem that is reported once, not for each value behind it */
};

static json_t *convert(struct conversion *c);

static json_t *refuse(struct conversion *c, const char *text)
{
	if (!c->gave_up)
		decoder_report(c->d, text);
	return NULL;
}

static json_t *give_up(struct conversion *c, const char *text)
{
	refuse(c, text);
	c->gave_up = true;
	return NULL;
}

static json_t *convert_string(struct conversion *c)
{
	size_t len;
	const char *s = lua_tolstring(c->d->L, -1, &len);
	json_t *value;

	c->text_bytes += len;
	if (c->text_bytes > TEXT_BYTES_MAX)
		return give_up(c, "the texts in it are too long");
	if (memchr(s, '\0', len))
		return refuse(c, "the string holds a zero byte");
	value = json_stringn(s, len);
	return value ? value : refuse(c, "the string is not UTF-8");
}

static json_t *convert_number(struct conversion *c)
{
	lua_State *L = c->d->L;

	if (lua_isinteger(L, -1))
		return json_integer((json_int_t)lua_tointeger(L, -1));
	if (!isfinite(lua_tonumber(L, -1)))
		return refuse(c, "expected a finite number");
	return json_real(lua_tonumber(L, -1));
}

/* Steps beyond those that a decoder can hold are left out of a message's path and line. */
static bool enter(struct conversion *c, const char *key, int item, size_t *mark)
{
	if (c->d->depth >= DECODER_DEPTH_MAX)
		return false;
	*mark = key ? decoder_enter_key(c->d, key) : decoder_enter_item(c->d, item);
	return true;
}

/* The value at the top, which is under that key or item. */
static json_t *convert_within(struct conversion *c, const char *key, int item)
{
	size_t mark = 0;
	bool entered = enter(c, key, item, &mark);
	json_t *value = convert(c);

	if (entered)
		decoder_leave(c->d, mark);
	return value;
}

/* A key at -2 and its value at -1. False after a problem. */
static bool add_member(struct conversion *c, json_t *object)
{
	size_t len;
	const char *key = lua_tolstring(c->d->L, -2, &len);
	json_t *value;

	c->text_bytes += len;
	if (strlen(key) != len)
		return refuse(c, "a key holds a zero byte");
	value = convert_within(c, key, 0);
	if (!value)
		return false;
	return json_object_set_new(object, key, value) == 0 || refuse(c, "a key is not UTF-8");
}

static json_t *convert_object(struct conversion *c)
{
	lua_State *L = c->d->L;
	json_t *object = json_object();
	int table = lua_gettop(L);
	bool good = true;

	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
		good = !c->gave_up && add_member(c, object) && good;
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *convert_list(struct conversion *c, int count)
{
	lua_State *L = c->d->L;
	json_t *list = json_array();
	bool good = true;

	for (int i = 1; i <= count && !c->gave_up; i++) {
		json_t *value;

		lua_rawgeti(L, -1, i);
		value = convert_within(c, NULL, i);
		lua_pop(L, 1);
		good = value && good;
		if (value)
			json_array_append_new(list, value);
	}
	if (good && !c->gave_up)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *convert_table(struct conversion *c)
{
	lua_State *L = c->d->L;
	lua_Integer items = 0, names = 0, others = 0;
	int table = lua_gettop(L);

	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
		lua_Integer i = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;

		names += lua_type(L, -2) == LUA_TSTRING;
		items += i >= 1 && (lua_Unsigned)i <= lua_rawlen(L, table);
		others++;
	}
	if (names == others)
		return convert_object(c);
	if (items == others && (lua_Unsigned)items == lua_rawlen(L, table) && items <= VALUES_MAX)
		return convert_list(c, (int)items);
	return refuse(c, "expected a list without gaps, or a table of names");
}

/* The value at the top. */
static json_t *convert_one(struct conversion *c)
{
	lua_State *L = c->d->L;

	switch (lua_type(L, -1)) {
	case LUA_TSTRING:
		return convert_string(c);
	case LUA_TNUMBER:
		return convert_number(c);
	case LUA_TBOOLEAN:
		return json_boolean(lua_toboolean(L, -1));
	case LUA_TTABLE:
		return convert_table(c);
	default:
		decoder_report_type(c->d, "a string, number, boolean or table", "");
		return NULL;
	}
}

static json_t *convert(struct conversion *c)
{
	json_t *value;

	if (++c->values > VALUES_MAX)
		return give_up(c, "there are too many values in it");
	if (c->levels >= LEVELS_MAX || !lua_checkstack(c->d->L, 8))
		return give_up(c, "it is nested too deep");
	c->levels++;
	value = convert_one(c);
	c->levels--;
	return value;
}

bool l_decode_json(struct decoder *d, const char **out)
{
	struct conversion c = { .d = d };
	struct text *scratch = &load_of(d->L)->scratch;
	json_t *value = convert(&c);
	char *dump;

	if (!value)
		return false;
	dump = json_dumps(value, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY |
					 JSON_REAL_PRECISION(NUMBER_DIGITS));
	json_decref(value);
	text_reset(scratch);
	text_add(scratch, dump);
	free(dump);
	/* Keeping may raise: nothing is held any more. */
	*out = l_keep_text(d->L, text_str(scratch), scratch->len);
	return true;
}
