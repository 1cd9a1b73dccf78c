/* SPDX-License-Identifier: Apache-2.0 */
/* What config.lua may say, and the run of one. */
#include "lua/configfile.h"

#include <fcntl.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/schema.h"
#include "lua/decode.h"
#include "lua/run.h"
#include "lua/values.h"
#include "lua/words.h"

static void l_append(lua_State *L, struct strings *list, const char *s)
{
	list->at = l_keep_grow(L, list->at, list->count, sizeof(*list->at));
	list->at[list->count++] = s;
}

/* The list in the first argument; false after a problem. */
static bool l_take_list(lua_State *L, struct block *block, struct strings *out)
{
	size_t before = load_of(L)->problem_count + load_of(L)->dropped;

	lua_settop(L, 1);
	block->place = load_place(L);
	l_decode_list_of_strings(L, 1, block, out);
	return load_of(L)->problem_count + load_of(L)->dropped == before;
}

static struct place item_place(const struct block *block, size_t index)
{
	struct keystep step = { .index = (int)index + 1 };

	return (struct place){ block->place.source, keyline_find(block, &step, 1) };
}

static int l_box_servers(lua_State *L)
{
	struct block block = { .word = "box_servers" };
	struct load *load = load_of(L);
	struct strings list = { 0 };

	if (!l_take_list(L, &block, &list))
		return 0;
	for (size_t i = 0; i < list.count; i++) {
		struct place place = item_place(&block, i);

		if (config_is_server(list.at[i]))
			l_append(L, &load->config->servers, list.at[i]);
		else
			load_problem(load, &place,
				     "box_servers[%zu]: expected a URL such as "
				     "\"https://boxes.example.org\", got \"%.60s\"",
				     i + 1, list.at[i]);
	}
	return 0;
}

/* From the file's directory or the user's home. */
static const char *l_path(lua_State *L, const char *path)
{
	const struct load *load = load_of(L);
	const char *joined;

	if (path[0] == '/')
		return path;
	if (strncmp(path, "~/", 2) == 0 && load->home)
		joined = lua_pushfstring(L, "%s/%s", load->home, path + 2);
	else
		joined = lua_pushfstring(L, "%s/%s", load->directory, path);
	joined = l_keep_text(L, joined, strlen(joined));
	lua_pop(L, 1);
	return joined;
}

static int l_box_catalogs(lua_State *L)
{
	struct block block = { .word = "box_catalogs" };
	struct load *load = load_of(L);
	struct strings list = { 0 };

	if (!l_take_list(L, &block, &list))
		return 0;
	for (size_t i = 0; i < list.count; i++) {
		struct place place = item_place(&block, i);

		if (*list.at[i])
			l_append(L, &load->config->catalogs, l_path(L, list.at[i]));
		else
			load_problem(load, &place, "box_catalogs[%zu]: the string is empty", i + 1);
	}
	return 0;
}

/* A problem with one field of the host. */
static void field_problem(struct load *load, const struct config_host *h, const struct block *block,
			  const char *key, const char *text)
{
	struct place place = block->place;
	size_t i;

	if (schema_find(&schema_host, key, &i) && h->decl.lines[i])
		place.line = h->decl.lines[i];
	if (h->name)
		load_problem(load, &place, "host '%.60s'.%s: %s", h->name, key, text);
	else
		load_problem(load, &place, "host.%s: %s", key, text);
}

static void check_name(struct load *load, const struct config_host *h, const struct block *block,
		       const char *where)
{
	const struct config_host *first = config_host(load->config, h->name);

	if (h->name && !config_is_host(h->name))
		load_problem(load, &block->place,
			     "%s: expected the name of a host, such as \"boxes.example.org\" or "
			     "\"10.0.0.1:8443\"",
			     where);
	else if (first)
		load_problem(load, &block->place, "%s: it was described already, in %s:%d", where,
			     first->decl.file, first->decl.line);
}

static void l_take_secrets(lua_State *L, struct config_host *h, const struct block *block)
{
	struct load *load = load_of(L);
	bool good = true;

	if (h->token)
		h->token = config_token(&load->raw->arena, h->token, &good);
	if (!good)
		field_problem(load, h, block, "token", "there is a blank in it");
	if (h->token && !h->name)
		field_problem(load, h, block, "token",
			      "a token is for one host: host \"NAME\" { … }");
	if (h->client_key && !h->client_cert)
		field_problem(load, h, block, "client_key", "there is no client_cert");
}

/* What is empty was not given, as env("NAME", "") makes it. */
static void l_take_paths(lua_State *L, struct config_host *h)
{
	const char **const paths[] = { &h->ca_file, &h->ca_path, &h->client_cert, &h->client_key };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (*paths[i])
			*paths[i] = **paths[i] ? l_path(L, *paths[i]) : NULL;
}

/* Names of hosts have no case (RFC 4343). */
static const char *l_lower(lua_State *L, const char *name)
{
	char *lower = l_keep_text(L, name, strlen(name));

	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	return lower;
}

/* Decodes the table at index 1. `name` lives in the arena; NULL: every host. */
static void l_add_host(lua_State *L, const char *name)
{
	struct load *load = load_of(L);
	struct config *c = load->config;
	struct block block = { .place = load_place(L), .word = "host", .name = name };
	struct config_host *h = l_keep(L, sizeof(*h));
	char where[128] = "host";

	if (name)
		snprintf(where, sizeof(where), "host '%.60s'", name);
	h->name = name ? l_lower(L, name) : NULL;
	check_name(load, h, &block, where);
	l_decode(L, 1, &block, where, &schema_host, h);
	l_take_paths(L, h);
	l_take_secrets(L, h, &block);
	c->hosts = l_keep_grow(L, c->hosts, c->host_count, sizeof(*h));
	c->hosts[c->host_count++] = *h;
}

static int l_host_body(lua_State *L)
{
	const char *name = pending_done(L);

	l_check_table(L, lua_pushfstring(L, "host '%s'", name), "token = \"…\"");
	l_add_host(L, name);
	return 0;
}

/* __call of host, which is a table as well: of facts about this one. */
static int l_host(lua_State *L)
{
	lua_remove(L, 1);
	if (lua_type(L, 1) == LUA_TSTRING) {
		l_push_pending(L, "host", l_check_text(L, 1, "host"), l_host_body);
		return 1;
	}
	l_check_table(L, "host", "ca_file = \"…\"");
	l_add_host(L, NULL);
	return 0;
}

static void l_open_words(lua_State *L)
{
	static const luaL_Reg words[] = {
		{ "box_servers", l_box_servers },
		{ "box_catalogs", l_box_catalogs },
		{ NULL, NULL },
	};

	luaL_setfuncs(L, words, 0);
	l_include_open(L);
	l_values_open(L);
	lua_getfield(L, -1, "host");
	lua_getmetatable(L, -1);
	lua_pushcfunction(L, l_host);
	lua_setfield(L, -2, "__call");
	lua_pop(L, 2);
}

/* Whether others than its owner may read the file. */
static bool is_open_to_others(const struct load *load, const struct source *source)
{
	struct stat st;
	int rc = source == load->sources[0] ? stat(load->path, &st) :
					      fstatat(load->directory_fd, source->name, &st, 0);

	return rc == 0 && (st.st_mode & 077);
}

/* A token that comes from elsewhere, such as env(), is no secret of the file. */
static void check_modes(struct load *load)
{
	for (size_t i = 0; i < load->source_count; i++) {
		const struct source *source = load->sources[i];

		for (size_t k = 0; k < load->config->host_count; k++) {
			const struct config_host *h = &load->config->hosts[k];

			if (!h->token || !memmem(text_str(&source->text), source->text.len,
						 h->token, strlen(h->token)))
				continue;
			if (!is_open_to_others(load, source))
				continue;
			problems_add(load->problems, source->shown, 0,
				     "others can read this file, which has a token in it");
			problems_hint(load->problems, "chmod 600 %s", source->shown);
			break;
		}
	}
	problems_sort(load->problems);
}

int configfile_load(const char *path, struct config *out, struct problems *problems,
		    struct error *err)
{
	cleanup_error struct error cause = { 0 };
	cleanup_free char *home = fs_user_home();
	struct env_raw raw = { 0 };
	cleanup(load_clear) struct load load = {
		.limits = &run_limits,
		.raw = &raw,
		.config = out,
		.problems = problems,
		.directory_fd = -1,
		.directory_called = "the directory of the configuration",
	};
	int rc;

	*out = (struct config){ 0 };
	load.home = arena_strdup(&raw.arena, home);
	rc = run_file(&load, path, l_open_words, &cause);
	if (rc == 0)
		check_modes(&load);
	/* All that was kept is the configuration's. */
	out->arena = raw.arena;
	if (rc == 0 || cause.kind == ERROR_NOT_FOUND)
		return 0;
	return error_move(err, &cause);
}
