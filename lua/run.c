/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one file inside one protected call, and turns what came of it into problems. */
#include "lua/run.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/stop.h"
#include "lua/alarm.h"
#include "lua/file.h"
#include "lua/sandbox.h"

#define SHOWN_PROBLEMS_MAX 50

const struct limits run_limits = {
	.memory_bytes = (size_t)64 << 20,
	.instructions = 50 * 1000 * 1000,
	.call_ms = 10 * 1000,
	.total_ms = 30 * 1000,
};

/* Argument: where the words come from. */
static int l_main(lua_State *L)
{
	const l_words_fn *words = lua_touserdata(L, 1);
	struct load *load = load_of(L);

	lua_settop(L, 0);
	l_sandbox_open(L);
	(*words)(L);
	l_sandbox_close(L);
	l_sandbox_compile(L, load->sources[0]);
	lua_call(L, 0, 0);
	return 0;
}

/*
 * Splits "NAME:LINE: text", as Lua begins its messages; a long name is cut there. Returns the text.
 */
static const char *split_place(const struct load *load, const char *message, struct place *out)
{
	for (size_t i = 0; i < load->source_count; i++) {
		size_t len = strnlen(load->sources[i]->name, LUA_IDSIZE - 1);
		long line;
		char *end;

		if (strncmp(message, load->sources[i]->name, len) != 0 || message[len] != ':')
			continue;
		line = strtol(message + len + 1, &end, 10);
		if (end == message + len + 1 || strncmp(end, ": ", 2) != 0)
			continue;
		*out = (struct place){ load->sources[i], (int)line };
		return end + 2;
	}
	return message;
}

static void report_message(struct load *load, const char *message)
{
	struct place place = load->at;
	const char *text = split_place(load, message, &place);
	bool has_hint = load->hint && strcmp(message, load->hint_of) == 0;

	if (load->overrun_text)
		load_problem(load, &load->overrun, "%s", load->overrun_text);
	else if (strcmp(text, "not enough memory") == 0)
		load_problem(load, &place, "the file needs more than 64 MiB of memory");
	else
		load_problem(load, &place, "%s", text);
	if (has_hint)
		problems_hint(load->problems, "%s", load->hint);
}

static void report_failure(struct load *load, lua_State *L)
{
	if (lua_type(L, -1) == LUA_TSTRING) {
		report_message(load, lua_tostring(L, -1));
		return;
	}
	text_reset(&load->why);
	value_describe(L, -1, &load->why);
	load_problem(load, &load->at, "the file stopped with %s as its error",
		     text_str(&load->why));
}

/* `machine "web"` without a table declares nothing, and no one would notice. */
static void report_pending(struct load *load)
{
	for (size_t i = 0; i < load->pending_count; i++)
		if (!load->pending[i].done)
			load_problem(load, &load->pending[i].place,
				     "%s '%.63s': expected fields after it: %s \"%.63s\" { … }",
				     load->pending[i].word, load->pending[i].name,
				     load->pending[i].word, load->pending[i].name);
}

/* Which ones are kept must not depend on the order they were found in, so that comes after sorting. */
static void trim_problems(struct load *load, size_t before)
{
	struct problems *p = load->problems;
	size_t most = before + SHOWN_PROBLEMS_MAX;
	struct problem last;

	problems_sort(p);
	if (p->count <= most)
		return;
	last = p->at[most - 1];
	load->dropped += p->count - most;
	p->count = most;
	problems_add(p, last.file, last.line, "… and %zu more mistakes", load->dropped);
}

static int run(struct load *load, l_words_fn words, struct error *err)
{
	size_t before = load->problems->count;
	lua_State *L = sandbox_new(load);
	struct alarm *alarm;

	if (!L)
		return error_set(err, ERROR_SYSTEM, "cannot start Lua: out of memory");
	alarm = alarm_start(load);
	lua_pushcfunction(L, l_main);
	lua_pushlightuserdata(L, &words);
	load->raw->finished = lua_pcall(L, 1, 0, 0) == LUA_OK;
	if (load->raw->finished)
		report_pending(load);
	else
		report_failure(load, L);
	lua_close(L);
	alarm_stop(alarm);
	if (stop_requested())
		return stop_check(0, load->path, err);
	trim_problems(load, before);
	return 0;
}

static int open_directory(struct load *load, struct error *err)
{
	const char *slash = strrchr(load->path, '/');
	cleanup_free char *beside = !slash ? xstrdup(".") :
				    slash == load->path ?
					     xstrdup("/") :
					     xstrndup(load->path, (size_t)(slash - load->path));

	if (fs_real_path(beside, &load->directory, err) < 0)
		return -1;
	load->directory_fd = open(load->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (load->directory_fd < 0)
		return error_errno(err, errno, "cannot open '%s'", load->directory);
	return 0;
}

static int open_main(struct load *load, struct error *err)
{
	const char *slash = strrchr(load->path, '/');
	cleanup_text struct text text = { 0 };
	struct stat st;

	/* Reading a pipe could last for ever. */
	if (stat(load->path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_SYSTEM, "cannot read '%s': not a regular file",
				 load->path);
	if (fs_read(load->path, FILE_BYTES_MAX, &text, err) < 0)
		return -1;
	load_note_read(load, slash ? slash + 1 : load->path, &text);
	load_add_source(load, slash ? slash + 1 : load->path, &text);
	return open_directory(load, err);
}

int run_file(struct load *load, const char *path, l_words_fn words, struct error *err)
{
	load->raw->finished = false;
	load->raw->file = load->path = arena_strdup(&load->raw->arena, path);
	return open_main(load, err) < 0 ? -1 : run(load, words, err);
}
