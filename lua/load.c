/* SPDX-License-Identifier: Apache-2.0 */
/* What one run of a file shares: sources, places, problems, and memory that is counted. */
#include "lua/load.h"

#include <lauxlib.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/printable.h"

#define PROBLEM_COUNT_MAX 2000
#define PROBLEM_BYTES_MAX 2000
#define SHOWN_BYTES 60

struct load *load_of(lua_State *L)
{
	return *(struct load **)lua_getextraspace(L);
}

static void source_free(struct source *source)
{
	mem_free_pointer(&source->name);
	text_clear(&source->text);
	tokens_clear(&source->tokens);
	mem_free_pointer(&source);
}

void load_clear(struct load *load)
{
	for (size_t i = 0; i < load->source_count; i++)
		source_free(load->sources[i]);
	mem_free_pointer(&load->sources);
	mem_free_pointer(&load->directory);
	mem_close_fd(&load->directory_fd);
	text_clear(&load->scratch);
	arena_clear(&load->listing);
	text_clear(&load->why);
	error_clear(&load->err);
}

/* Beside the main file, in the way that one was given. */
static const char *shown_name(struct load *load, const char *name)
{
	struct arena *arena = &load->raw->arena;
	const char *slash = strrchr(load->path, '/');

	if (load->source_count == 0)
		return load->path;
	if (!slash)
		return arena_strdup(arena, name);
	return arena_printf(arena, "%.*s/%s", (int)(slash - load->path), load->path, name);
}

struct source *load_add_source(struct load *load, const char *name, struct text *text)
{
	struct source *source = xcalloc(1, sizeof(*source));

	source->name = xstrdup(name);
	source->shown = shown_name(load, name);
	source->text = *text;
	*text = (struct text){ 0 };
	load->sources = xgrow(load->sources, load->source_count, sizeof(*load->sources));
	load->sources[load->source_count++] = source;
	return source;
}

struct source *load_find_source(const struct load *load, const char *name)
{
	for (size_t i = 0; i < load->source_count; i++)
		if (strcmp(load->sources[i]->name, name) == 0)
			return load->sources[i];
	return NULL;
}

/* "./a", ".//a" and "a" are one file. */
static const char *plain_name(const char *name)
{
	while (name[0] == '.' && name[1] == '/')
		name += 1 + strspn(name + 1, "/");
	return name;
}

bool load_note_read(struct load *load, const char *name, const struct text *text)
{
	struct env_raw *raw = load->raw;
	struct env_source source = { .name = plain_name(name) };

	digest_of(text_str(text), text->len, source.digest);
	for (size_t i = 0; i < raw->source_count; i++) {
		if (strcmp(raw->sources[i].name, source.name) == 0)
			return strcmp(raw->sources[i].digest, source.digest) == 0;
	}
	source.name = arena_strdup(&raw->arena, source.name);
	raw->sources = arena_grow(&raw->arena, raw->sources, raw->source_count, sizeof(source));
	raw->sources[raw->source_count++] = source;
	return true;
}

struct file_root load_root(const struct load *load)
{
	return (struct file_root){ load->directory_fd, load->directory_called };
}

struct place load_place(lua_State *L)
{
	struct place place = { 0 };
	lua_Debug ar;

	for (int level = 1; lua_getstack(L, level, &ar); level++) {
		lua_getinfo(L, "Sl", &ar);
		if (ar.currentline > 0) {
			place.source = load_find_source(load_of(L), ar.source + 1);
			place.line = ar.currentline;
			break;
		}
	}
	return place;
}

/* See RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
size_t utf8_length(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = *s < 0x80               ? 1 :
		     *s >= 0xc2 && *s < 0xe0 ? 2 :
		     *s >= 0xe0 && *s < 0xf0 ? 3 :
		     *s >= 0xf0 && *s < 0xf5 ? 4 :
					       0;

	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

void load_problem(struct load *load, const struct place *place, const char *fmt, ...)
{
	struct text text = { 0 };
	cleanup_free char *shown = NULL;
	va_list args;

	if (load->problem_count >= PROBLEM_COUNT_MAX) {
		load->dropped++;
		return;
	}
	va_start(args, fmt);
	text_addv(&text, fmt, args);
	va_end(args);
	if (text.len > PROBLEM_BYTES_MAX) {
		text.len = PROBLEM_BYTES_MAX;
		text_add(&text, "…");
	}
	shown = text_take(&text);
	printable_text(shown);
	load->problem_count++;
	problems_add(load->problems, place->source ? place->source->shown : load->path, place->line,
		     "%s", shown);
}

void l_note_read(lua_State *L, const char *name, const struct text *text)
{
	l_count_memory(L, 2 * sizeof(struct env_source) + strlen(name));
	if (!load_note_read(load_of(L), name, text))
		luaL_error(L, "'%s' changed while the file was read", name);
}

void l_count_memory(lua_State *L, size_t size_bytes)
{
	struct load *load = load_of(L);
	size_t room = load->limits->memory_bytes - load->kept_bytes;

	/* The text of Lua's own memory error: what reports it knows this one. */
	if (size_bytes > room) {
		lua_pushliteral(L, "not enough memory");
		lua_error(L);
	}
	load->kept_bytes += size_bytes;
}

void *l_keep(lua_State *L, size_t size_bytes)
{
	l_count_memory(L, size_bytes);
	return arena_alloc(&load_of(L)->raw->arena, size_bytes);
}

char *l_keep_text(lua_State *L, const char *s, size_t len)
{
	l_count_memory(L, len + 1);
	return arena_strndup(&load_of(L)->raw->arena, s, len);
}

void *l_keep_grow(lua_State *L, void *array, size_t count, size_t element_bytes)
{
	l_count_memory(L, 2 * element_bytes);
	return arena_grow(&load_of(L)->raw->arena, array, count, element_bytes);
}

void l_hint(lua_State *L, const char *hint)
{
	struct load *load = load_of(L);
	size_t len;
	const char *text = lua_tolstring(L, -1, &len);

	load->hint = l_keep_text(L, hint, strlen(hint));
	load->hint_of = l_keep_text(L, text, len);
}

int l_raise_hint(lua_State *L, const char *hint, const char *fmt, ...)
{
	va_list args;

	luaL_where(L, 1);
	va_start(args, fmt);
	lua_pushvfstring(L, fmt, args);
	va_end(args);
	lua_concat(L, 2);
	l_hint(L, hint);
	return lua_error(L);
}

const char *l_check_text(lua_State *L, int index, const char *what)
{
	struct load *load = load_of(L);
	const char *s;
	size_t len;

	if (lua_type(L, index) != LUA_TSTRING) {
		text_reset(&load->why);
		value_describe(L, index, &load->why);
		luaL_error(L, "%s: expected a string, got %s", what, text_str(&load->why));
	}
	s = lua_tolstring(L, index, &len);
	if (strlen(s) != len)
		luaL_error(L, "%s: the string holds a zero byte", what);
	return s;
}

static void describe_string(const char *s, size_t len, struct text *t)
{
	bool cut = len > SHOWN_BYTES;

	if (cut)
		for (len = SHOWN_BYTES; len && ((unsigned char)s[len] & 0xc0) == 0x80; len--)
			;
	text_add(t, "\"");
	for (size_t i = 0; i < len; i++)
		text_addn(t, (unsigned char)s[i] < ' ' ? "?" : &s[i], 1);
	text_add(t, cut ? "…\"" : "\"");
}

/* The sign of what is not a number differs between processors. */
static void describe_float(lua_Number n, struct text *t)
{
	if (isnan(n))
		text_add(t, "nan");
	else
		text_addf(t, "%.14g", n);
}

void value_describe(lua_State *L, int index, struct text *t)
{
	size_t len;

	switch (lua_type(L, index)) {
	case LUA_TNUMBER:
		if (lua_isinteger(L, index))
			text_addf(t, "%lld", (long long)lua_tointeger(L, index));
		else
			describe_float(lua_tonumber(L, index), t);
		break;
	case LUA_TSTRING: {
		const char *s = lua_tolstring(L, index, &len);

		describe_string(s, len, t);
		break;
	}
	case LUA_TNONE:
	case LUA_TNIL:
		text_add(t, "nothing");
		break;
	case LUA_TUSERDATA:
		text_addf(t, "a %s", ((const struct value *)lua_touserdata(L, index))->what);
		break;
	default:
		text_addf(t, "a %s", lua_typename(L, lua_type(L, index)));
	}
}
