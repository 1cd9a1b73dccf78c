/* SPDX-License-Identifier: Apache-2.0 */
/* The state, its limits, and the _ENV that files see. */
#include "lua/sandbox.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "core/stop.h"
#include "core/vagrant_words.h"
#include "lua/alarm.h"
#include "lua/base.h"

#define STEP 10000 /* instructions between two looks at the limits */
#define NAME_COUNT_MAX 128
#define CALL_DEPTH_MAX 20000

static char env_key;

static void *allocate(void *ud, void *old, size_t old_bytes, size_t new_bytes)
{
	struct load *load = ud;

	if (!old)
		old_bytes = 0; /* Lua passes the kind of object here */
	if (new_bytes == 0) {
		mem_free_pointer(&old);
		load->lua_bytes -= old_bytes;
		return NULL;
	}
	if (new_bytes > old_bytes &&
	    new_bytes - old_bytes > load->limits->memory_bytes - load->lua_bytes)
		return NULL;
	old = xrealloc(old, new_bytes);
	load->lua_bytes += new_bytes - old_bytes;
	return old;
}

void sandbox_charge(lua_State *L, size_t instructions)
{
	load_of(L)->instructions += instructions;
}

static void note_place(lua_State *L, lua_Debug *ar)
{
	struct load *load = load_of(L);

	lua_getinfo(L, "Sl", ar);
	if (ar->currentline <= 0)
		return;
	if (!load->at.source || strcmp(load->at.source->name, ar->source + 1) != 0)
		load->at.source = load_find_source(load, ar->source + 1);
	load->at.line = ar->currentline;
}

/* The line that a return leads to gets no line event of its own. */
static void note_caller(lua_State *L)
{
	lua_Debug ar;

	if (lua_getstack(L, 1, &ar))
		note_place(L, &ar);
}

static const char *passed_limit(lua_State *L)
{
	const struct load *load = load_of(L);
	lua_Debug ar;

	if (load->instructions > load->limits->instructions)
		return "the file ran more than 50 million instructions; is there an endless loop?";
	if (lua_getstack(L, CALL_DEPTH_MAX, &ar))
		return "functions call each other more than 20000 deep; is there an endless recursion?";
	if (stop_requested())
		return "interrupted";
	if (clock_ms() - load->started_ms > load->limits->total_ms)
		return "the file ran for more than 30 seconds; is there an endless loop?";
	return NULL;
}

/* From the first time on before every instruction, so that pcall in the file cannot go on after it. */
static void l_raise_overrun(lua_State *L, lua_Debug *ar)
{
	struct load *load = load_of(L);

	if (!load->overrun_text) {
		load->overrun_text = passed_limit(L);
		note_place(L, ar);
		load->overrun = load->at;
		lua_sethook(L, lua_gethook(L), LUA_MASKCOUNT, 1);
	}
	lua_pushstring(L, load->overrun_text);
	lua_error(L);
}

static void l_watch(lua_State *L, lua_Debug *ar)
{
	struct load *load = load_of(L);

	switch (ar->event) {
	case LUA_HOOKLINE:
		note_place(L, ar);
		break;
	case LUA_HOOKRET:
		note_caller(L);
		break;
	default:
		load->instructions += STEP;
		alarm_rearm(load);
		if (load->overrun_text || passed_limit(L))
			l_raise_overrun(L, ar);
	}
}

lua_State *sandbox_new(struct load *load)
{
	lua_State *L = lua_newstate(allocate, load);

	if (!L)
		return NULL;
	*(struct load **)lua_getextraspace(L) = load;
	load->started_ms = clock_ms();
	lua_sethook(L, l_watch, LUA_MASKLINE | LUA_MASKRET | LUA_MASKCOUNT, STEP);
	return L;
}

/* Adds the string keys of the table at index; the table keeps them alive. */
static size_t l_add_names(lua_State *L, int index, const char **names, size_t count)
{
	for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
		if (lua_type(L, -2) == LUA_TSTRING && count < NAME_COUNT_MAX)
			names[count++] = lua_tostring(L, -2);
	return count;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* What a newcomer may mean, if it is one of the names here. */
static const char *likely_name(const char *name, const char *const *names, size_t count)
{
	static const char *const known[][2] = {
		{ "print", "note" },       { "require", "include" }, { "dofile", "include" },
		{ "loadfile", "include" }, { "io", "read" },         { "getenv", "env" },
		{ "vm", "machine" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(known[i][0], name) == 0 && is_among(known[i][1], names, count))
			return known[i][1];
	return NULL;
}

/* __index of the table of words. Upvalue: the file's own globals. */
static int l_unknown_name(lua_State *L)
{
	const char *names[NAME_COUNT_MAX], *name, *nearest;
	size_t count;

	if (lua_type(L, 2) != LUA_TSTRING)
		return luaL_error(L, "unknown name: a %s", luaL_typename(L, 2));
	name = lua_tostring(L, 2);
	count = l_add_names(L, 1, names, 0);
	lua_settop(L, 2);
	lua_pushvalue(L, lua_upvalueindex(1));
	count = l_add_names(L, 3, names, count);
	/* Lua's order differs from run to run; which of two equally near names is told must not. */
	qsort(names, count, sizeof(names[0]), compare_names);
	nearest = is_among("machine", names, count) ? vagrant_hint(VAGRANT_NAME, name) : NULL;
	if (nearest)
		return luaL_error(L, "unknown name '%s'; %s", name, nearest);
	nearest = likely_name(name, names, count);
	if (!nearest)
		nearest = text_nearest(name, names, count);
	if (nearest)
		return luaL_error(L, "unknown name '%s'; did you mean '%s'?", name, nearest);
	return luaL_error(L, "unknown name '%s'", name);
}

/* __newindex of _ENV. Upvalue: the table of words. */
static int l_assign(lua_State *L)
{
	lua_pushvalue(L, 2);
	if (lua_type(L, 2) == LUA_TSTRING && lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
		return luaL_error(L, "'%s' is a word of this file and cannot be assigned",
				  lua_tostring(L, 2));
	lua_settop(L, 3);
	lua_rawset(L, 1);
	return 0;
}

void l_sandbox_open(lua_State *L)
{
	lua_newtable(L);
	l_base_open(L);
}

void l_sandbox_close(lua_State *L)
{
	lua_newtable(L);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &env_key); /* words, env */
	lua_newtable(L);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushvalue(L, -3);
	lua_pushcclosure(L, l_assign, 1);
	lua_setfield(L, -2, "__newindex");
	lua_setmetatable(L, -2);
	lua_newtable(L); /* words, env, metatable of words */
	lua_pushvalue(L, -2);
	lua_pushcclosure(L, l_unknown_name, 1);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, -3);
	lua_pop(L, 2);
}

/* Past a byte order mark, and past a "#!" line but not its end, which keeps the lines' numbers. */
static size_t text_start(const char *s, size_t len)
{
	size_t start = len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	if (start < len && s[start] == '#')
		while (start < len && s[start] != '\n')
			start++;
	return start;
}

void l_sandbox_compile(lua_State *L, struct source *source)
{
	const char *s = text_str(&source->text);
	size_t start = text_start(s, source->text.len), len = source->text.len - start;

	lua_pushfstring(L, "=%s", source->name);
	if (len && s[start] == LUA_SIGNATURE[0]) {
		lua_pushfstring(L, "%s:1: this is compiled Lua; only text is read", source->name);
		lua_error(L);
	}
	if (luaL_loadbufferx(L, s + start, len, lua_tostring(L, -1), "t") != LUA_OK) {
		/* What Lua says about Ruby helps nobody. */
		if (strstr(s, "Vagrant.configure"))
			l_hint(L, vagrant_hint(VAGRANT_NAME, "Vagrant"));
		lua_error(L);
	}
	lua_remove(L, -2);
	lua_rawgetp(L, LUA_REGISTRYINDEX, &env_key);
	lua_setupvalue(L, -2, 1);
}
