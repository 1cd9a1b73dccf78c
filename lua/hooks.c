/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks: the words give values, and only the field says when they are due. */
#include "lua/hooks.h"

#include <lauxlib.h>
#include <string.h>

#include "core/printable.h"
#include "lua/base.h"

static char metatable_key;
static const char what[] = "hook";

static const char *hook_word(enum hook_kind kind)
{
	static const char *const words[] = {
		[HOOK_HOST] = "host", [HOOK_GUEST] = "guest", [HOOK_NOTE] = "note"
	};

	return words[kind];
}

struct hook_value *hook_at(lua_State *L, int index)
{
	struct hook_value *v = lua_touserdata(L, index);

	return v && v->value.what == what ? v : NULL;
}

/* Takes the text at the top of the stack. */
static struct hook_value *l_push_hook(lua_State *L, enum hook_kind kind)
{
	struct hook_value *v = lua_newuserdatauv(L, sizeof(*v), 1);

	*v = (struct hook_value){ .value = { what }, .kind = kind, .place = load_place(L) };
	lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
	lua_setmetatable(L, -2);
	lua_insert(L, -2);
	lua_setiuservalue(L, -2, 1);
	return v;
}

static int l_command(lua_State *L, int index, enum hook_kind kind)
{
	const char *word = hook_word(kind), *command;

	if (lua_gettop(L) > index)
		return luaL_error(L, "%s takes one string: %s \"command\"", word, word);
	command = l_check_text(L, index, word);
	if (!command[strspn(command, " \t\r\n")])
		return luaL_error(L, "%s: the command is empty", word);
	l_push_hook(L, kind);
	return 1;
}

int l_host_command(lua_State *L)
{
	return l_command(L, 2, HOOK_HOST);
}

static int l_guest(lua_State *L)
{
	return l_command(L, 1, HOOK_GUEST);
}

static int l_note(lua_State *L)
{
	struct strings *notes = &load_of(L)->raw->notes;
	const char *s;
	char *note;

	l_format_arguments(L);
	s = l_check_text(L, 1, "note");
	note = l_keep_text(L, s, strlen(s));
	printable_text(note);
	notes->at = l_keep_grow(L, notes->at, notes->count, sizeof(*notes->at));
	notes->at[notes->count++] = note;
	lua_settop(L, 1);
	l_push_hook(L, HOOK_NOTE)->note = notes->count - 1;
	return 1;
}

void hooks_drop_notes(struct env_raw *raw)
{
	size_t count = 0;

	for (size_t i = 0; i < raw->notes.count; i++) {
		if (raw->notes.at[i])
			raw->notes.at[count++] = raw->notes.at[i];
	}
	raw->notes.count = count;
}

void l_hooks_open(lua_State *L)
{
	static const luaL_Reg words[] = { { "guest", l_guest },
					  { "note", l_note },
					  { NULL, NULL } };

	luaL_setfuncs(L, words, 0);
	lua_newtable(L);
	lua_pushstring(L, what);
	lua_setfield(L, -2, "__name");
	lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}

/* What is under way while a list is decoded. */
struct hook_list {
	struct hooks_raw hooks;
	enum hook_event event;
};

static bool report_no_hook(struct decoder *d)
{
	int type = lua_type(d->L, -1);

	return decoder_report_type(
		d, "host \"command\", guest \"command\" or note \"text\"",
		type == LUA_TSTRING ?
			"; write host before a command for this host, guest before one for the machine" :
		type == LUA_TBOOLEAN ? "; end a condition with 'or nil'" :
				       "");
}

/* Why that cannot be done then, or NULL. */
static const char *why_no_guest(enum hook_event event)
{
	switch (event) {
	case HOOK_BEFORE_UP:
		return "a guest that is not up yet runs no command; after_up is when it does";
	case HOOK_AFTER_HALT:
		return "a guest that was halted runs no command; before_halt is when it does";
	case HOOK_AFTER_DESTROY:
		return "a guest that is gone runs no command; before_destroy is when it does";
	case HOOK_AFTER_UP:
	case HOOK_BEFORE_PROVISION:
	case HOOK_AFTER_PROVISION:
	case HOOK_BEFORE_RELOAD:
	case HOOK_AFTER_RELOAD:
	case HOOK_BEFORE_HALT:
	case HOOK_BEFORE_DESTROY:
	case HOOK_EVENTS:
		break;
	}
	return NULL;
}

/* The line of its word: the value may come from elsewhere in the file. */
static int line_of_word(lua_State *L, const struct hook_value *v)
{
	struct block block = { .place = v->place, .word = hook_word(v->kind) };
	int line;

	lua_getiuservalue(L, -1, 1);
	block.name = lua_tostring(L, -1);
	line = keyline_word(&block);
	lua_pop(L, 1);
	return line;
}

static bool l_decode_hook(struct decoder *d, void *out)
{
	lua_State *L = d->L;
	struct hook_list *list = out;
	const struct hook_value *v = hook_at(L, -1);
	struct env_raw *raw = load_of(L)->raw;
	struct hook hook = { .event = list->event };
	const char *text;
	char *kept;
	size_t len;

	if (!v)
		return report_no_hook(d);
	hook.kind = v->kind;
	if (v->kind == HOOK_GUEST && why_no_guest(list->event))
		return decoder_report(d, why_no_guest(list->event));
	hook.line = line_of_word(L, v);
	hook.file = v->place.source ? v->place.source->shown : NULL;
	lua_getiuservalue(L, -1, 1);
	text = lua_tolstring(L, -1, &len);
	hook.text = kept = l_keep_text(L, text, len);
	lua_pop(L, 1);
	if (v->kind == HOOK_NOTE) {
		raw->notes.at[v->note] = NULL;
		printable_text(kept);
	}
	list->hooks.at = l_keep_grow(L, list->hooks.at, list->hooks.count, sizeof(hook));
	list->hooks.at[list->hooks.count++] = hook;
	return true;
}

/* What stands behind one event: a hook, or a list of them. */
static bool l_decode_event(struct decoder *d, struct hook_list *list)
{
	return lua_type(d->L, -1) == LUA_TTABLE ? l_decode_list(d, l_decode_hook, list) :
						  l_decode_hook(d, list);
}

static bool is_event(const char *key)
{
	for (enum hook_event e = 0; e < HOOK_EVENTS; e++) {
		if (strcmp(hook_event_name(e), key) == 0)
			return true;
	}
	return false;
}

static bool report_event(struct decoder *d, const char *key)
{
	struct text *why = &load_of(d->L)->why;
	const char *names[HOOK_EVENTS], *nearest;
	size_t mark = decoder_enter_key(d, key);

	for (enum hook_event e = 0; e < HOOK_EVENTS; e++)
		names[e] = hook_event_name(e);
	nearest = text_nearest(key, names, HOOK_EVENTS);
	text_reset(why);
	text_add(why, "unknown event; ");
	if (nearest)
		text_addf(why, "did you mean '%s'?", nearest);
	else
		text_add(why,
			 "there are before_ and after_ of up, provision, reload, halt and destroy");
	decoder_report(d, text_str(why));
	decoder_leave(d, mark);
	return false;
}

static bool check_events(struct decoder *d, int table)
{
	lua_State *L = d->L;
	bool good = true;

	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
		const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;

		if (!key)
			good = decoder_report(
				d, "a hook needs an event, as in before_up = host \"make\"");
		else if (!is_event(key))
			good = report_event(d, key);
	}
	return good;
}

bool l_decode_hooks(struct decoder *d, struct hooks_raw *out)
{
	lua_State *L = d->L;
	struct hook_list list = { 0 };
	int table = lua_gettop(L);
	bool good;

	if (lua_type(L, table) != LUA_TTABLE)
		return decoder_report_type(d, "hooks such as { before_up = host \"make\" }", "");
	luaL_checkstack(L, 20, "nested too deep");
	good = check_events(d, table);
	for (; list.event < HOOK_EVENTS; list.event++) {
		lua_pushstring(L, hook_event_name(list.event));
		if (lua_rawget(L, table) != LUA_TNIL) {
			size_t mark = decoder_enter_key(d, hook_event_name(list.event));

			good = l_decode_event(d, &list) && good;
			decoder_leave(d, mark);
		}
		lua_settop(L, table);
	}
	*out = list.hooks;
	return good;
}
