/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML through libyaml's events. An alias is the same table as its anchor, so text that multiplies
 * itself costs nothing here; what it stands for is counted all the same, and limited.
 */
#include "lua/data.h"

#include <lauxlib.h>
#include <string.h>
#include <yaml.h>

#define VALUE_COUNT_MAX 1000000

/* Lives in a userdata, which frees it also when Lua raises. */
struct reader {
	yaml_parser_t parser;
	yaml_event_t event;
	bool has_parser, has_event;
	const char *path;
	size_t values; /* with those that aliases stand for */
	int anchors;   /* stack index of name → { value, count } */
};

static void drop_event(struct reader *r)
{
	if (r->has_event)
		yaml_event_delete(&r->event);
	r->has_event = false;
}

static void reader_clear(struct reader *r)
{
	drop_event(r);
	if (r->has_parser)
		yaml_parser_delete(&r->parser);
	r->has_parser = false;
}

static int l_collect(lua_State *L)
{
	reader_clear(lua_touserdata(L, 1));
	return 0;
}

static struct reader *l_push_reader(lua_State *L)
{
	struct reader *r = lua_newuserdatauv(L, sizeof(*r), 0);

	memset(r, 0, sizeof(*r));
	if (luaL_newmetatable(L, "bothy yaml")) {
		lua_pushcfunction(L, l_collect);
		lua_setfield(L, -2, "__gc");
	}
	lua_setmetatable(L, -2);
	return r;
}

static void l_raise_at(lua_State *L, const struct reader *r, const char *text)
{
	luaL_error(L, "yaml '%s': line %d: %s", r->path, (int)r->event.start_mark.line + 1, text);
}

static void l_next_event(lua_State *L, struct reader *r)
{
	drop_event(r);
	if (!yaml_parser_parse(&r->parser, &r->event))
		luaL_error(L, "yaml '%s': line %d: %s", r->path,
			   (int)r->parser.problem_mark.line + 1,
			   r->parser.problem ? r->parser.problem : "out of memory");
	r->has_event = true;
}

static void l_count_values(lua_State *L, struct reader *r, size_t count)
{
	r->values += count;
	if (r->values > VALUE_COUNT_MAX)
		l_raise_at(L, r, "its aliases stand for more than a million values");
}

static bool has_tag(const yaml_char_t *tag, const char *type)
{
	const char *prefix = "tag:yaml.org,2002:";

	return tag && strncmp((const char *)tag, prefix, strlen(prefix)) == 0 &&
	       strcmp((const char *)tag + strlen(prefix), type) == 0;
}

/* Only tags that change nothing are known, and !!str. */
static void l_check_tag(lua_State *L, const struct reader *r, const yaml_char_t *tag)
{
	static const char *const known[] = { "str", "int", "float", "bool", "null", "map", "seq" };

	if (!tag || strcmp((const char *)tag, "!") == 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (has_tag(tag, known[i]))
			return;
	l_raise_at(L, r, lua_pushfstring(L, "the tag '%s' is not known", (const char *)tag));
}

static void l_push_scalar(lua_State *L, struct reader *r)
{
	const char *s = (const char *)r->event.data.scalar.value;
	size_t len = r->event.data.scalar.length;
	const yaml_char_t *tag = r->event.data.scalar.tag;
	bool plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	l_check_tag(L, r, tag);
	if ((plain && !tag) || (tag && tag[1] && !has_tag(tag, "str")))
		l_push_yaml_plain(L, s, len);
	else
		lua_pushlstring(L, s, len);
}

static void l_push_alias(lua_State *L, struct reader *r)
{
	const char *name = (const char *)r->event.data.alias.anchor;

	/* An anchor is known after its value: no value can hold itself. */
	if (lua_getfield(L, r->anchors, name) == LUA_TNIL)
		l_raise_at(L, r,
			   lua_pushfstring(L, "the alias '*%s' has no anchor before it", name));
	lua_rawgeti(L, -1, 2); /* entry, count */
	l_count_values(L, r, (size_t)lua_tointeger(L, -1));
	lua_pop(L, 1);
	lua_rawgeti(L, -1, 1);
	lua_remove(L, -2); /* value */
}

static void l_push_node(lua_State *L, struct reader *r, int depth);

/* At the start of a sequence; the event left is its end. */
static void l_push_sequence(lua_State *L, struct reader *r, int depth)
{
	lua_newtable(L);
	l_next_event(L, r);
	for (lua_Integer i = 1; r->event.type != YAML_SEQUENCE_END_EVENT; i++) {
		l_push_node(L, r, depth + 1);
		lua_rawseti(L, -2, i);
		l_next_event(L, r);
	}
}

/* What "<<: *anchor" stands for: keys of the table at the top, for the one below it, if it lacks them. */
static void l_merge(lua_State *L, struct reader *r)
{
	if (lua_type(L, -1) != LUA_TTABLE)
		l_raise_at(L, r, "'<<' wants a map");
	for (lua_pushnil(L); lua_next(L, -2);) { /* map, merged, key, value */
		lua_pushvalue(L, -2);
		lua_insert(L, -2); /* map, merged, key, key, value */
		lua_pushvalue(L, -2);
		if (lua_rawget(L, -6) == LUA_TNIL) {
			lua_pop(L, 1);
			lua_rawset(L, -5);
		} else {
			lua_pop(L, 3);
		}
	}
}

/* "<<" with one map or a list of them, at the top above its map; earlier ones win. */
static void l_merge_all(lua_State *L, struct reader *r)
{
	lua_Integer count = lua_type(L, -1) == LUA_TTABLE ? (lua_Integer)lua_rawlen(L, -1) : 0;

	if (count == 0)
		l_merge(L, r);
	for (lua_Integer i = 1; i <= count; i++) { /* map, list */
		lua_rawgeti(L, -1, i);
		lua_pushvalue(L, -3);
		lua_insert(L, -2); /* map, list, map, merged */
		l_merge(L, r);
		lua_pop(L, 2);
	}
}

/* Map, key at the top: refuses what cannot be a key, and a key that is there. */
static void l_check_key(lua_State *L, struct reader *r)
{
	if (lua_isnil(L, -1) || lua_istable(L, -1) || lua_tonumber(L, -1) != lua_tonumber(L, -1))
		l_raise_at(L, r, "a key is not a string, number or boolean");
	lua_pushvalue(L, -1);
	if (lua_rawget(L, -3) != LUA_TNIL)
		l_raise_at(L, r, "a key is there twice");
	lua_pop(L, 1);
}

static bool is_merge_key(const struct reader *r)
{
	return r->event.type == YAML_SCALAR_EVENT &&
	       r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       strcmp((const char *)r->event.data.scalar.value, "<<") == 0;
}

static void l_push_mapping(lua_State *L, struct reader *r, int depth)
{
	bool has_merge = false;

	lua_newtable(L);
	lua_pushnil(L); /* map, what is merged into it at its end */
	for (l_next_event(L, r); r->event.type != YAML_MAPPING_END_EVENT; l_next_event(L, r)) {
		bool merge = is_merge_key(r);

		lua_pushvalue(L, -2);
		l_push_node(L, r, depth + 1); /* map, merge, map, key */
		l_check_key(L, r);
		l_next_event(L, r);
		l_push_node(L, r, depth + 1);
		if (merge) {
			has_merge = true;
			lua_replace(L, -4);
			lua_pop(L, 2);
		} else {
			lua_rawset(L, -3);
			lua_pop(L, 1);
		}
	}
	if (has_merge)
		l_merge_all(L, r);
	lua_pop(L, 1);
}

/* The value at the top gets a name. */
static void l_set_anchor(lua_State *L, const struct reader *r, const char *name, size_t count)
{
	lua_createtable(L, 2, 0);
	lua_pushvalue(L, -2);
	lua_rawseti(L, -2, 1);
	lua_pushinteger(L, (lua_Integer)count);
	lua_rawseti(L, -2, 2);
	lua_setfield(L, r->anchors, name);
}

/* Pushes the name, which has to outlive its event; nil if there is none. */
static void l_push_anchor(lua_State *L, const struct reader *r)
{
	const yaml_event_t *e = &r->event;
	const yaml_char_t *name =
		e->type == YAML_SCALAR_EVENT         ? e->data.scalar.anchor :
		e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.anchor :
		e->type == YAML_MAPPING_START_EVENT  ? e->data.mapping_start.anchor :
						       NULL;

	lua_pushstring(L, (const char *)name);
}

/* The event is the node's first; its last is left. Pushes one value. */
static void l_push_node(lua_State *L, struct reader *r, int depth)
{
	size_t before = r->values;

	if (depth > DATA_DEPTH_MAX)
		l_raise_at(L, r, lua_pushfstring(L, "nested more than %d deep", DATA_DEPTH_MAX));
	luaL_checkstack(L, 12, "nested too deep");
	l_count_values(L, r, 1);
	l_push_anchor(L, r);
	if (r->event.type == YAML_ALIAS_EVENT) {
		l_push_alias(L, r);
	} else if (r->event.type == YAML_SCALAR_EVENT) {
		l_push_scalar(L, r);
	} else if (r->event.type == YAML_SEQUENCE_START_EVENT) {
		l_check_tag(L, r, r->event.data.sequence_start.tag);
		l_push_sequence(L, r, depth);
	} else {
		l_check_tag(L, r, r->event.data.mapping_start.tag);
		l_push_mapping(L, r, depth);
	}
	if (!lua_isnil(L, -2))
		l_set_anchor(L, r, lua_tostring(L, -2), r->values - before);
	lua_remove(L, -2);
}

void l_push_yaml(lua_State *L, const struct text *text, const char *path)
{
	struct reader *r = l_push_reader(L);

	r->path = path;
	lua_newtable(L);
	r->anchors = lua_gettop(L);
	r->has_parser = yaml_parser_initialize(&r->parser);
	if (!r->has_parser)
		luaL_error(L, "yaml '%s': out of memory", path);
	yaml_parser_set_input_string(&r->parser, (const unsigned char *)text_str(text), text->len);
	l_next_event(L, r); /* start of the stream */
	l_next_event(L, r);
	if (r->event.type == YAML_STREAM_END_EVENT) {
		lua_pushnil(L);
	} else {
		l_next_event(L, r);
		l_push_node(L, r, 1);
		l_next_event(L, r); /* end of the document */
		l_next_event(L, r);
		if (r->event.type != YAML_STREAM_END_EVENT)
			l_raise_at(L, r, "only one document is read from a file");
	}
	reader_clear(r);
	lua_insert(L, r->anchors - 1);
	lua_settop(L, r->anchors - 1);
}
