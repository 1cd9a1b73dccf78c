/* SPDX-License-Identifier: Apache-2.0 */
/* The words for cards and networks. */
#include "lua/network.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "lua/base.h"
#include "lua/decode.h"
#include "lua/words.h"

static char metatable_key;
static const char what[] = "network";

const char *network_word(enum network_kind kind)
{
	return network_kind_name(kind);
}

struct card_value *card_at(lua_State *L, int index)
{
	struct card_value *v = lua_touserdata(L, index);

	return v && v->value.what == what ? v : NULL;
}

static struct card_value *l_push_card(lua_State *L, enum network_kind kind)
{
	struct card_value *v = lua_newuserdatauv(L, sizeof(*v), 2);

	*v = (struct card_value){ .value = { what }, .kind = kind, .place = load_place(L) };
	v->options_place = v->place;
	lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
	lua_setmetatable(L, -2);
	return v;
}

/* The value at that index must be options for the word. */
static void l_check_options(lua_State *L, int index, const char *word)
{
	struct text *why = &load_of(L)->why;

	if (lua_type(L, index) == LUA_TTABLE)
		return;
	text_reset(why);
	value_describe(L, index, why);
	luaL_error(L, "%s: expected options such as { ip = \"192.168.56.10\" }, got %s", word,
		   text_str(why));
}

/* A word whose network has no name: its table follows at once. */
static int l_plain(lua_State *L, enum network_kind kind)
{
	l_check_options(L, 1, network_word(kind));
	l_push_card(L, kind);
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, -2, CARD_VALUE_OPTIONS);
	return 1;
}

static int l_named(lua_State *L, enum network_kind kind)
{
	const char *word = network_word(kind);

	if (lua_gettop(L) > 1)
		return luaL_error(L, "%s takes one string; options follow it: %s \"…\" { ip = … }",
				  word, word);
	if (!*l_check_text(L, 1, word))
		return luaL_error(L, "%s: the name is empty", word);
	l_push_card(L, kind);
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, -2, CARD_VALUE_NAME);
	return 1;
}

static int l_nat(lua_State *L)
{
	return l_plain(L, NETWORK_NAT);
}

static int l_host_only(lua_State *L)
{
	return l_plain(L, NETWORK_HOST_ONLY);
}

static int l_bridged(lua_State *L)
{
	return l_plain(L, NETWORK_BRIDGED);
}

static int l_internal(lua_State *L)
{
	return l_named(L, NETWORK_INTERNAL);
}

static int l_nat_network(lua_State *L)
{
	return l_named(L, NETWORK_NAT_NETWORK);
}

/* A card followed by its options: a copy, so that a value kept in a variable can be given different ones. */
static int l_call(lua_State *L)
{
	const struct card_value *old = card_at(L, 1);
	const char *word = network_word(old->kind);
	struct card_value *v;

	lua_settop(L, 2);
	l_check_options(L, 2, word);
	if (lua_getiuservalue(L, 1, CARD_VALUE_OPTIONS) != LUA_TNIL)
		return luaL_error(L, "%s: it has options already", word);
	v = l_push_card(L, old->kind);
	v->place = old->place;
	lua_getiuservalue(L, 1, CARD_VALUE_NAME);
	lua_setiuservalue(L, -2, CARD_VALUE_NAME);
	lua_pushvalue(L, 2);
	lua_setiuservalue(L, -2, CARD_VALUE_OPTIONS);
	return 1;
}

static int l_network_body(lua_State *L)
{
	struct place place = load_place(L);
	struct env_raw *raw = load_of(L)->raw;
	const char *name = pending_done(L);
	struct block block = { .place = place, .word = "network", .name = name };
	struct network_raw *n;
	char where[128];

	snprintf(where, sizeof(where), "network '%.63s'", name);
	l_check_table(L, lua_pushfstring(L, "network '%s'", name), "kind = \"nat\"");
	n = l_keep(L, sizeof(*n));
	n->name = name;
	l_decode(L, 1, &block, where, &schema_network, n);
	raw->networks = l_keep_grow(L, raw->networks, raw->network_count, sizeof(*n));
	raw->networks[raw->network_count++] = *n;
	return 0;
}

static int l_network(lua_State *L)
{
	l_format_arguments(L);
	l_push_pending(L, "network", l_check_text(L, 1, "network"), l_network_body);
	return 1;
}

void l_network_open(lua_State *L)
{
	static const luaL_Reg words[] = {
		{ "network", l_network },
		{ "nat", l_nat },
		{ "host_only", l_host_only },
		{ "internal", l_internal },
		{ "bridged", l_bridged },
		{ "nat_network", l_nat_network },
		{ NULL, NULL },
	};

	luaL_setfuncs(L, words, 0);
	lua_newtable(L);
	lua_pushcfunction(L, l_call);
	lua_setfield(L, -2, "__call");
	lua_pushstring(L, what);
	lua_setfield(L, -2, "__name");
	lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}
