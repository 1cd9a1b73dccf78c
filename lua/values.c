/* SPDX-License-Identifier: Apache-2.0 */
/* The words that give values. */
#include "lua/values.h"

#include <ctype.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/fs.h"
#include "lua/data.h"
#include "lua/file.h"
#include "lua/hooks.h"

#define KEY_BYTES_MAX (16 << 10)

/* The variable named by the first argument, NULL if it is not set. */
static const char *l_variable(lua_State *L, const char *word)
{
	const char *name = l_check_text(L, 1, word);

	lua_settop(L, 2);
	if (!*name || strchr(name, '='))
		luaL_error(L, "%s: '%s' is not a name of a variable", word, name);
	return getenv(name);
}

static int l_default(lua_State *L, const char *word)
{
	const char *name = lua_tostring(L, 1);

	if (lua_isnil(L, 2))
		return l_raise_hint(
			L,
			lua_pushfstring(L, "export %s=…, or give it a default: %s(\"%s\", …)", name,
					word, name),
			"the environment variable '%s' is not set", name);
	return 1;
}

static int l_env(lua_State *L)
{
	const char *value = l_variable(L, "env");

	if (!value)
		return l_default(L, "env");
	lua_pushstring(L, value);
	return 1;
}

/* An empty variable counts as one that is not set. */
static int l_env_number(lua_State *L)
{
	const char *value = l_variable(L, "env_number");

	if (!value || !*value) {
		l_default(L, "env_number");
		return lua_type(L, 2) != LUA_TSTRING ?
			       1 :
			       luaL_error(L, "env_number: expected a number as default, got '%s'",
					  lua_tostring(L, 2));
	}
	if (!lua_stringtonumber(L, value))
		return luaL_error(L, "environment variable '%s': expected a number, got '%s'",
				  lua_tostring(L, 1), value);
	return 1;
}

static int l_env_flag(lua_State *L)
{
	static const char *const words[] = {
		"1", "true", "yes", "on", "0", "false", "no", "off", ""
	};
	const char *value = l_variable(L, "env_flag");

	if (!value) {
		lua_pushboolean(L, lua_toboolean(L, 2));
		return 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasecmp(words[i], value) == 0) {
			lua_pushboolean(L, i < 4);
			return 1;
		}
	}
	return luaL_error(L, "environment variable '%s': expected 1 or 0, got '%s'",
			  lua_tostring(L, 1), value);
}

static int l_raise_error(lua_State *L)
{
	const struct error *err = &load_of(L)->err;

	if (err->hint)
		return l_raise_hint(L, err->hint, "%s", err->text);
	return luaL_error(L, "%s", err->text);
}

/* The file named by the first argument; its contents stay in load->scratch. */
static const struct text *l_read_file(lua_State *L, const char *word)
{
	struct load *load = load_of(L);
	struct file_root folder = load_root(load);

	error_clear(&load->err);
	if (file_read(&folder, l_check_text(L, 1, word), &load->scratch, &load->err) < 0)
		l_raise_error(L);
	l_note_read(L, lua_tostring(L, 1), &load->scratch);
	return &load->scratch;
}

static int l_read(lua_State *L)
{
	const struct text *text = l_read_file(L, "read");

	lua_pushlstring(L, text_str(text), text->len);
	return 1;
}

static int l_json(lua_State *L)
{
	l_push_json(L, l_read_file(L, "json"), lua_tostring(L, 1));
	return 1;
}

static int l_yaml(lua_State *L)
{
	l_push_yaml(L, l_read_file(L, "yaml"), lua_tostring(L, 1));
	return 1;
}

static int l_exists(lua_State *L)
{
	struct load *load = load_of(L);
	struct file_root folder = load_root(load);
	bool exists;

	error_clear(&load->err);
	if (file_exists(&folder, l_check_text(L, 1, "exists"), &exists, &load->err) < 0)
		return l_raise_error(L);
	lua_pushboolean(L, exists);
	return 1;
}

static int l_glob(lua_State *L)
{
	struct load *load = load_of(L);
	struct file_root folder = load_root(load);
	struct strings found;

	error_clear(&load->err);
	arena_clear(&load->listing);
	if (file_glob(&folder, l_check_text(L, 1, "glob"), &load->listing, &found, &load->err) < 0)
		return l_raise_error(L);
	lua_createtable(L, (int)found.count, 0);
	for (size_t i = 0; i < found.count; i++) {
		lua_pushstring(L, found.at[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* Its one line, into load->scratch; false if it is not there or is no public key. */
static bool read_public_key(struct load *load, const char *home, const char *name)
{
	char path[PATH_MAX];
	cleanup_close int fd = -1;
	char buf[KEY_BYTES_MAX];
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s/.ssh/%s", home, name) >= (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));
	while (n > 0 && isspace((unsigned char)buf[n - 1]))
		n--;
	if (n <= 0 || memchr(buf, '\n', (size_t)n) || memchr(buf, '\0', (size_t)n))
		return false;
	text_reset(&load->scratch);
	text_addn(&load->scratch, buf, (size_t)n);
	return text_has_prefix(text_str(&load->scratch), "ssh-") ||
	       text_has_prefix(text_str(&load->scratch), "ecdsa-");
}

/* The key is in load->scratch then; else load->why tells where none is. */
static bool find_public_key(struct load *load)
{
	static const char *const names[] = { "id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub" };
	cleanup_free char *home = fs_user_home();

	for (size_t i = 0; home && i < ARRAY_SIZE(names); i++)
		if (read_public_key(load, home, names[i]))
			return true;
	text_reset(&load->why);
	text_addf(&load->why, "%s/.ssh", home ? home : "~");
	return false;
}

static int l_ssh_public_key(lua_State *L)
{
	struct load *load = load_of(L);

	if (!find_public_key(load))
		return l_raise_hint(L, "ssh-keygen -t ed25519",
				    "no id_ed25519.pub, id_ecdsa.pub or id_rsa.pub in '%s'",
				    text_str(&load->why));
	lua_pushstring(L, text_str(&load->scratch));
	return 1;
}

/* __index of host. */
static int l_unknown_fact(lua_State *L)
{
	return luaL_error(L, "unknown name 'host.%s'; there are arch, cpus, memory and os",
			  lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?");
}

static void l_push_host(lua_State *L)
{
	long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
	struct utsname name;

	uname(&name);
	lua_newtable(L);
	lua_pushliteral(L, "linux");
	lua_setfield(L, -2, "os");
	lua_pushstring(L, name.machine);
	lua_setfield(L, -2, "arch");
	lua_pushinteger(L, sysconf(_SC_NPROCESSORS_ONLN));
	lua_setfield(L, -2, "cpus");
	lua_pushinteger(L, (lua_Integer)pages * page_bytes / (1024 * 1024));
	lua_setfield(L, -2, "memory");
	lua_newtable(L);
	lua_pushcfunction(L, l_unknown_fact);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, l_host_command);
	lua_setfield(L, -2, "__call");
	lua_setmetatable(L, -2);
}

void l_values_open(lua_State *L)
{
	static const luaL_Reg words[] = {
		{ "env", l_env },
		{ "env_number", l_env_number },
		{ "env_flag", l_env_flag },
		{ "read", l_read },
		{ "exists", l_exists },
		{ "glob", l_glob },
		{ "json", l_json },
		{ "yaml", l_yaml },
		{ "ssh_public_key", l_ssh_public_key },
		{ NULL, NULL },
	};

	luaL_setfuncs(L, words, 0);
	l_push_host(L);
	lua_setfield(L, -2, "host");
}
