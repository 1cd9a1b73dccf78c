/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of a bothy.lua or config.lua: what the functions of this room share while it lasts. It outlives the
 * lua_State, so whatever hangs on it is freed also when Lua raised an error.
 *
 * Functions named l_* may raise, that is, never return: they own nothing but stack values and arena
 * memory. All others call nothing of Lua that raises.
 */
#ifndef LUA_LOAD_H
#define LUA_LOAD_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"
#include "core/env_raw.h"
#include "core/error.h"
#include "core/text.h"
#include "lua/file.h"
#include "lua/token.h"

struct limits {
	size_t memory_bytes;   /* of the Lua state, and once more of what is decoded from it */
	uint64_t instructions; /* of the virtual machine */
	int call_ms;           /* one operation inside C */
	int total_ms;
};

/* A file of Lua text. */
struct source {
	char *name;        /* relative to the project's directory; as Lua's own messages call it */
	const char *shown; /* as ours call it; lives as long as env_raw */
	struct text text;
	struct tokens tokens; /* made when a line is first looked for */
};

struct place {
	struct source *source; /* NULL: unknown */
	int line;
};

/* A `machine "name"` that waits for its table. */
struct pending {
	const char *word, *name;
	struct place place;
	bool done;
};

/* What the userdata of every word begins with: there is no other kind a file could get hold of. */
struct value {
	const char *what; /* "provisioner", "network": static, and the address tells them apart */
};

struct load {
	const struct limits *limits;
	struct env_raw *raw;
	struct config *config; /* what the words of config.lua fill; NULL in a bothy.lua */
	struct problems *problems;
	size_t problem_count, dropped; /* ours among them; those beyond the limit */
	const char *path;              /* of the main file, as given */
	const char *home; /* of the user, for "~/" in config.lua; arena; NULL if there is none */
	char *directory;  /* the project's: absolute, without symlinks */
	const char *directory_called; /* "the project's directory"; static */
	int directory_fd;
	struct source **sources;
	size_t source_count;
	int include_depth;
	struct pending *pending; /* arena */
	size_t pending_count;
	size_t lua_bytes, kept_bytes;
	uint64_t instructions;
	int64_t started_ms;
	struct place at;      /* what runs now */
	struct place overrun; /* where a limit was first passed */
	const char *overrun_text;
	struct text scratch;  /* contents of the file being read */
	struct arena listing; /* of the last glob */
	struct text why;      /* what is wrong with a value */
	struct error err;
	const char *hint, *hint_of; /* arena: a hint, and the error text it belongs to */
};

/* The run a state belongs to. */
struct load *load_of(lua_State *L);
/* Frees everything but raw and problems. */
void load_clear(struct load *load);

/* Takes over the text. The result is borrowed and keeps its address. */
struct source *load_add_source(struct load *load, const char *name, struct text *text);
struct source *load_find_source(const struct load *load, const char *name);

/*
 * Notes in env_raw that the file of that name in the project decided what the environment is. False if it was read
 * before and had other contents then.
 */
bool load_note_read(struct load *load, const char *name, const struct text *text);

/* The innermost running line of the file, seen from a C function that it called. */
struct place load_place(lua_State *L);

/* The file's directory, which it may look at. */
struct file_root load_root(const struct load *load);

/* Adds a mistake; the most there can be is bounded. */
void load_problem(struct load *load, const struct place *place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Length of the UTF-8 character at s, 0 if it is none. */
size_t utf8_length(const char *s);

/* The same for what the file asks for; raises what is wrong. */
void l_note_read(lua_State *L, const char *name, const struct text *text);

/* Counts memory outside of Lua against the limit; raises Lua's "not enough memory" beyond it. */
void l_count_memory(lua_State *L, size_t size_bytes);
/* Zeroed memory and copies in the arena of env_raw, counted. */
void *l_keep(lua_State *L, size_t size_bytes);
char *l_keep_text(lua_State *L, const char *s, size_t len);
/* arena_grow(), counted. */
void *l_keep_grow(lua_State *L, void *array, size_t count, size_t element_bytes);

/* The error at the top, which is a string, is to be told with this hint. */
void l_hint(lua_State *L, const char *hint);
/* Raises with a hint for the user. `fmt` as in lua_pushfstring. */
int l_raise_hint(lua_State *L, const char *hint, const char *fmt, ...);
/* The argument as a string without zero bytes; raises "what: expected a string, …" otherwise. Borrowed. */
const char *l_check_text(lua_State *L, int index, const char *what);

/* "a boolean", "a table", "\"text\"", "12": what a value is, in an error. Added to t. */
void value_describe(lua_State *L, int index, struct text *t);

#endif
