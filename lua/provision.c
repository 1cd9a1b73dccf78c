/* SPDX-License-Identifier: Apache-2.0 */
/* The provisioner words. */
#include "lua/provision.h"

#include <lauxlib.h>
#include <string.h>

#include "core/provisioners.h"

static char metatable_key;
static const char what[] = "provisioner";

const char provision_expected[] = "shell, script, upload, ansible, compose, reboot or cloud_init";

struct provision *provision_at(lua_State *L, int index)
{
	struct provision *p = lua_touserdata(L, index);

	return p && p->value.what == what ? p : NULL;
}

static struct provision *l_push_provision(lua_State *L, enum provisioner_kind kind)
{
	struct provision *p = lua_newuserdatauv(L, sizeof(*p), 3);

	*p = (struct provision){ .value = { what }, .kind = kind, .place = load_place(L) };
	lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
	lua_setmetatable(L, -2);
	return p;
}

static bool has_value(lua_State *L, int index, int value)
{
	bool has = lua_getiuservalue(L, index, value) != LUA_TNIL;

	lua_pop(L, 1);
	return has;
}

static void l_check_one_argument(lua_State *L, const char *word)
{
	if (lua_gettop(L) > 1)
		luaL_error(L, "%s takes one string; options follow it: %s \"…\" { args = … }", word,
			   word);
	if (lua_type(L, 1) == LUA_TTABLE)
		luaL_error(
			L,
			"%s: expected a string, got a table; options follow it: %s \"…\" { args = … }",
			word, word);
}

static int l_shell(lua_State *L)
{
	l_check_one_argument(L, "shell");
	l_check_text(L, 1, "shell");
	l_push_provision(L, PROVISION_SHELL);
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, 2, PROVISION_VALUE_TEXT);
	return 1;
}

/* A word whose string is a path. */
static int l_path_word(lua_State *L, enum provisioner_kind kind)
{
	const char *word = provisioner_kind_name(kind);

	l_check_one_argument(L, word);
	if (!*l_check_text(L, 1, word))
		return luaL_error(L, "%s: the path is empty", word);
	l_push_provision(L, kind);
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, 2, PROVISION_VALUE_TEXT);
	return 1;
}

static int l_script(lua_State *L)
{
	return l_path_word(L, PROVISION_SCRIPT);
}

static int l_ansible(lua_State *L)
{
	return l_path_word(L, PROVISION_ANSIBLE);
}

static int l_compose(lua_State *L)
{
	return l_path_word(L, PROVISION_COMPOSE);
}

/* Pushes one that has only options, which are at index 1. */
static void l_push_with_options(lua_State *L, enum provisioner_kind kind)
{
	struct provision *p = l_push_provision(L, kind);

	p->options_place = p->place;
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, -2, PROVISION_VALUE_OPTIONS);
}

/* reboot(), reboot { … }, or reboot() { … } */
static int l_reboot(lua_State *L)
{
	lua_settop(L, 1);
	if (lua_isnil(L, 1)) {
		l_push_provision(L, PROVISION_REBOOT);
		return 1;
	}
	if (lua_type(L, 1) != LUA_TTABLE)
		return luaL_error(L,
				  "reboot: expected options such as { timeout = \"5m\" }, got %s",
				  luaL_typename(L, 1));
	l_push_with_options(L, PROVISION_REBOOT);
	return 1;
}

static int l_cloud_init(lua_State *L)
{
	lua_settop(L, 1);
	if (lua_type(L, 1) != LUA_TTABLE)
		return luaL_error(L, "cloud_init: expected { user_data = \"…\" }, got %s",
				  lua_isnil(L, 1) ? "nothing" : luaL_typename(L, 1));
	l_push_with_options(L, PROVISION_CLOUD_INIT);
	return 1;
}

/* upload "from" "to", or upload("from", "to"). */
static int l_upload(lua_State *L)
{
	if (lua_type(L, 1) == LUA_TTABLE)
		return luaL_error(
			L, "upload: expected a path, got a table; write upload \"from\" \"to\"");
	if (!*l_check_text(L, 1, "upload"))
		return luaL_error(L, "upload: the path is empty");
	lua_settop(L, 2);
	l_push_provision(L, PROVISION_UPLOAD);
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, 3, PROVISION_VALUE_TEXT);
	if (!lua_isnil(L, 2)) {
		if (!*l_check_text(L, 2, "upload"))
			return luaL_error(L, "upload: the path in the guest is empty");
		lua_pushvalue(L, 2);
		lua_setiuservalue(L, 3, PROVISION_VALUE_TO);
	}
	return 1;
}

/* A copy of the one at index 1, so that a value kept in a variable can be given different options. */
static struct provision *l_copy(lua_State *L)
{
	const struct provision *old = provision_at(L, 1);
	struct provision *p = l_push_provision(L, old->kind);

	p->place = old->place;
	for (int i = PROVISION_VALUE_TEXT; i <= PROVISION_VALUE_OPTIONS; i++) {
		lua_getiuservalue(L, 1, i);
		lua_setiuservalue(L, -2, i);
	}
	return p;
}

static int l_upload_to(lua_State *L)
{
	if (lua_type(L, 2) != LUA_TSTRING)
		return luaL_error(L, "upload: expected where to, as in upload \"from\" \"to\"");
	if (!*l_check_text(L, 2, "upload"))
		return luaL_error(L, "upload: the path in the guest is empty");
	l_copy(L);
	lua_pushvalue(L, 2);
	lua_setiuservalue(L, 3, PROVISION_VALUE_TO);
	return 1;
}

/* A provisioner followed by its options, or an upload followed by where to. */
static int l_call(lua_State *L)
{
	const struct provision *p = provision_at(L, 1);
	const char *word = provisioner_kind_name(p->kind);

	lua_settop(L, 2);
	if (p->kind == PROVISION_UPLOAD && !has_value(L, 1, PROVISION_VALUE_TO))
		return l_upload_to(L);
	if (lua_type(L, 2) != LUA_TTABLE)
		return luaL_error(L, "%s: expected options such as { user = \"dev\" }, got %s",
				  word, luaL_typename(L, 2));
	if (has_value(L, 1, PROVISION_VALUE_OPTIONS))
		return luaL_error(L, "%s: it has options already", word);
	l_copy(L)->options_place = load_place(L);
	lua_pushvalue(L, 2);
	lua_setiuservalue(L, 3, PROVISION_VALUE_OPTIONS);
	return 1;
}

void l_provision_open(lua_State *L)
{
	static const luaL_Reg words[] = {
		{ "shell", l_shell },           { "script", l_script },   { "upload", l_upload },
		{ "ansible", l_ansible },       { "compose", l_compose }, { "reboot", l_reboot },
		{ "cloud_init", l_cloud_init }, { NULL, NULL },
	};

	luaL_setfuncs(L, words, 0);
	lua_newtable(L);
	lua_pushcfunction(L, l_call);
	lua_setfield(L, -2, "__call");
	lua_pushstring(L, what);
	lua_setfield(L, -2, "__name");
	lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}
