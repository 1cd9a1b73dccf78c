/* SPDX-License-Identifier: Apache-2.0 */
/* The words that record what the file declares. Nothing is looked up or run here. */
#include "lua/words.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "lua/base.h"
#include "lua/decode.h"
#include "lua/file.h"
#include "lua/sandbox.h"
#include "lua/scalar.h"

#define INCLUDE_DEPTH_MAX 16

void l_check_table(lua_State *L, const char *what, const char *example)
{
	struct text *why = &load_of(L)->why;

	if (lua_gettop(L) >= 1 && lua_type(L, 1) == LUA_TTABLE)
		return;
	text_reset(why);
	value_describe(L, 1, why);
	luaL_error(L, "%s: expected fields such as { %s }, got %s", what, example, text_str(why));
}

/* Decodes the table at index 1. `name` lives in the arena. */
static void l_add_machine(lua_State *L, const char *name, const struct place *place)
{
	struct load *load = load_of(L);
	struct env_raw *raw = load->raw;
	struct block block = { .place = *place, .word = "machine", .name = name };
	struct machine_raw *m = l_keep(L, sizeof(*m));
	char where[128];

	snprintf(where, sizeof(where), "machine '%.63s'", name);
	m->name = name;
	if (!schema_is_name(name))
		load_problem(load, place,
			     "%s: expected a name of a-z, 0-9 and '-', at most 63 long", where);
	l_decode(L, 1, &block, where, &schema_machine, m);
	raw->machines = l_keep_grow(L, raw->machines, raw->machine_count, sizeof(*m));
	raw->machines[raw->machine_count++] = *m;
}

void l_push_pending(lua_State *L, const char *word, const char *name, lua_CFunction l_body)
{
	struct load *load = load_of(L);

	name = l_keep_text(L, name, strlen(name));
	load->pending = l_keep_grow(L, load->pending, load->pending_count, sizeof(*load->pending));
	lua_pushinteger(L, (lua_Integer)load->pending_count);
	lua_pushcclosure(L, l_body, 1);
	load->pending[load->pending_count++] =
		(struct pending){ .word = word, .name = name, .place = load_place(L) };
}

const char *pending_done(lua_State *L)
{
	struct pending *p = &load_of(L)->pending[lua_tointeger(L, lua_upvalueindex(1))];

	p->done = true;
	return p->name;
}

static int l_machine_body(lua_State *L)
{
	struct place place = load_place(L);
	const char *name = pending_done(L);

	l_check_table(L, lua_pushfstring(L, "machine '%s'", name), "box = \"…\"");
	l_add_machine(L, name, &place);
	return 0;
}

static int l_machine_named(lua_State *L)
{
	l_format_arguments(L);
	l_push_pending(L, "machine", l_check_text(L, 1, "machine"), l_machine_body);
	return 1;
}

static int l_machine(lua_State *L)
{
	struct place place = load_place(L);

	if (lua_gettop(L) == 0 || lua_type(L, 1) == LUA_TNIL)
		return luaL_error(L, "machine: expected a name or a table, got nothing");
	if (lua_type(L, 1) != LUA_TTABLE)
		return l_machine_named(L);
	l_add_machine(L, "default", &place);
	return 0;
}

static int l_defaults(lua_State *L)
{
	struct env_raw *raw = load_of(L)->raw;
	struct block block = { .place = load_place(L), .word = "defaults" };
	struct machine_raw *m;

	l_check_table(L, "defaults", "box = \"…\"");
	m = l_keep(L, sizeof(*m));
	l_decode(L, 1, &block, "defaults", &schema_machine, m);
	raw->defaults = l_keep_grow(L, raw->defaults, raw->default_count, sizeof(*m));
	raw->defaults[raw->default_count++] = *m;
	return 0;
}

static int l_project(lua_State *L)
{
	struct load *load = load_of(L);
	const char *name = l_check_text(L, 1, "project");
	struct place place = load_place(L);

	if (load->raw->project)
		load_problem(load, &place,
			     "project '%.60s': the project has a name already: '%.60s'", name,
			     load->raw->project);
	load->raw->project = l_keep_text(L, name, strlen(name));
	load->raw->project_line = place.line;
	return 0;
}

static int l_fail(lua_State *L)
{
	l_format_arguments(L);
	return luaL_error(L, "%s", l_check_text(L, 1, "fail"));
}

/* The source of that name, read when it is first asked for: one file is one text in one run. */
static struct source *l_open_source(lua_State *L, const char *name)
{
	struct load *load = load_of(L);
	struct file_root folder = load_root(load);
	struct source *source = load_find_source(load, name);

	if (source)
		return source;
	if (file_read(&folder, name, &load->scratch, &load->err) < 0) {
		if (load->err.hint)
			l_raise_hint(L, load->err.hint, "%s", load->err.text);
		luaL_error(L, "%s", load->err.text);
	}
	l_note_read(L, name, &load->scratch);
	l_count_memory(L, load->scratch.len);
	return load_add_source(load, name, &load->scratch);
}

static int l_include(lua_State *L)
{
	struct load *load = load_of(L);
	const char *name = l_check_text(L, 1, "include");
	int status;

	if (load->include_depth >= INCLUDE_DEPTH_MAX)
		return luaL_error(L, "include '%s': files include each other more than %d deep",
				  name, INCLUDE_DEPTH_MAX);
	l_sandbox_compile(L, l_open_source(L, name));
	load->include_depth++;
	status = lua_pcall(L, 0, 1, 0);
	load->include_depth--;
	if (status != LUA_OK)
		return lua_error(L);
	return 1;
}

void l_words_open(lua_State *L)
{
	static const luaL_Reg words[] = {
		{ "machine", l_machine },
		{ "defaults", l_defaults },
		{ "project", l_project },
		{ NULL, NULL },
	};

	luaL_setfuncs(L, words, 0);
}

void l_include_open(lua_State *L)
{
	static const luaL_Reg words[] = {
		{ "fail", l_fail },
		{ "include", l_include },
		{ NULL, NULL },
	};

	luaL_setfuncs(L, words, 0);
}
