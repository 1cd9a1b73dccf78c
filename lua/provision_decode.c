/* SPDX-License-Identifier: Apache-2.0 */
/* A provisioner is decoded with its options as a block of its own: the value may come from elsewhere in the file. */
#include "lua/provision_decode.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "core/provisioners.h"
#include "core/schema.h"
#include "lua/decode.h"
#include "lua/provision.h"
#include "lua/scalar.h"
#include "lua/words.h"

/* Where the line's text begins; its end if there is none. */
static const char *line_text(const char *line)
{
	return line + strspn(line, " \t");
}

static bool is_blank(const char *line)
{
	return strchr("\r\n", *line_text(line)) != NULL;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

/* How many bytes of blanks all lines with a text begin with alike. */
static size_t common_indent(const char *script)
{
	const char *first = NULL;
	size_t common = 0;

	for (const char *line = script; *line; line = next_line(line)) {
		size_t i = 0;

		if (is_blank(line))
			continue;
		if (!first) {
			first = line;
			common = (size_t)(line_text(line) - line);
		}
		while (i < common && line[i] == first[i])
			i++;
		common = i;
	}
	return common;
}

/* In place: a script is indented as the file is, but "#!" has to be its first two bytes, and "EOF" a line of its own. */
static void strip_indent(char *script)
{
	size_t indent = common_indent(script), len;
	char *to = script;

	for (const char *line = script, *next; indent && *line; line = next) {
		next = next_line(line);
		for (size_t i = 0; i < indent && (*line == ' ' || *line == '\t'); i++)
			line++;
		len = (size_t)(next - line);
		memmove(to, line, len);
		to += len;
	}
	if (indent)
		*to = '\0';
}

static bool l_decode_script(lua_State *L, struct provisioner *out)
{
	size_t len;
	const char *script = lua_tolstring(L, -1, &len);
	char *kept = l_keep_text(L, script, len);

	strip_indent(kept);
	out->content = kept;
	lua_pop(L, 1);
	return true;
}

/* The text given to the provisioner at the top, and where an upload goes. */
static bool l_decode_texts(struct decoder *d, const struct provision *p, struct provisioner *out)
{
	lua_State *L = d->L;

	if (lua_getiuservalue(L, -1, PROVISION_VALUE_TEXT) == LUA_TNIL) {
		lua_pop(L, 1);
		return true;
	}
	if (p->kind == PROVISION_SHELL)
		return l_decode_script(L, out);
	if (!l_scalar_item(L, -1, &out->from))
		return decoder_report(d, text_str(&load_of(L)->why));
	lua_pop(L, 1);
	if (p->kind != PROVISION_UPLOAD)
		return true;
	if (lua_getiuservalue(L, -1, PROVISION_VALUE_TO) == LUA_TNIL)
		return decoder_report(d, "expected where to, as in upload \"from\" \"to\"");
	if (!l_scalar_item(L, -1, &out->to))
		return decoder_report(d, text_str(&load_of(L)->why));
	lua_pop(L, 1);
	return true;
}

static bool l_decode_options(struct decoder *d, const struct provision *p, struct provisioner *out)
{
	lua_State *L = d->L;
	struct block block = { .place = p->options_place, .word = provisioner_kind_name(p->kind) };
	struct decoder inner = { .L = L, .block = &block };
	bool good = true;

	if (lua_getiuservalue(L, -1, PROVISION_VALUE_OPTIONS) != LUA_TNIL) {
		lua_getiuservalue(L, -2, PROVISION_VALUE_TEXT);
		block.name = lua_tostring(L, -1);
		lua_insert(L, -2); /* provision, text, options */
		memcpy(inner.path, d->path, sizeof(inner.path));
		good = l_decode_fields(&inner, &schema_provisioner, out);
		lua_remove(L, -2);
	}
	lua_pop(L, 1);
	return good;
}

/* Of the provisioner at the top. */
static int line_of_word(lua_State *L, const struct provision *p)
{
	struct block block = { .place = p->place, .word = provisioner_kind_name(p->kind) };
	int line = p->place.line;

	lua_getiuservalue(L, -1, PROVISION_VALUE_TEXT);
	block.name = lua_tostring(L, -1);
	if (block.name)
		line = keyline_word(&block);
	lua_pop(L, 1);
	return line;
}

static bool l_decode_provisioner(struct decoder *d, void *out)
{
	lua_State *L = d->L;
	struct provisioners *list = out;
	const struct provision *p = provision_at(L, -1);
	struct provisioner *item;

	if (!p)
		return decoder_report_type(
			d, provision_expected,
			lua_type(L, -1) == LUA_TSTRING ? "; write shell [[…]] or script \"…\"" :
			lua_type(L, -1) == LUA_TBOOLEAN  ? "; end a condition with 'or nil'" :
			lua_type(L, -1) == LUA_TFUNCTION ? "; write reboot()" :
							   "");
	item = l_keep(L, sizeof(*item));
	item->kind = p->kind;
	item->decl.line = line_of_word(L, p);
	item->decl.file = p->place.source ? p->place.source->shown : NULL;
	if (!l_decode_texts(d, p, item) || !l_decode_options(d, p, item))
		return false;
	/* Lines of options are of this file, so it has to be the one that is shown. */
	if (p->options_place.source && p->options_place.source != p->place.source) {
		item->decl.line = p->options_place.line;
		item->decl.file = p->options_place.source->shown;
	}
	list->at = l_keep_grow(L, list->at, list->count, sizeof(*item));
	list->at[list->count++] = *item;
	return true;
}

bool l_decode_provision(struct decoder *d, struct provisioners *out)
{
	struct provisioners list = { 0 };
	bool good;

	if (lua_type(d->L, -1) == LUA_TTABLE)
		good = l_decode_list(d, l_decode_provisioner, &list);
	else
		good = l_decode_provisioner(d, &list);
	if (good)
		*out = list;
	return good;
}

/* once_all_up { ansible "site.yml" }; several are joined, in the order of the file. */
static int l_once_all_up(lua_State *L)
{
	struct provisioners *once = &load_of(L)->raw->once;
	struct block block = { .place = load_place(L), .word = "once_all_up" };
	struct decoder d = { .L = L, .block = &block };
	struct provisioners said = { 0 };

	l_check_table(L, "once_all_up", "ansible \"site.yml\"");
	lua_settop(L, 1);
	snprintf(d.path, sizeof(d.path), "once_all_up");
	if (!l_decode_provision(&d, &said))
		return 0;
	for (size_t i = 0; i < said.count; i++) {
		once->at = l_keep_grow(L, once->at, once->count, sizeof(*once->at));
		once->at[once->count++] = said.at[i];
	}
	return 0;
}

void l_once_open(lua_State *L)
{
	lua_pushcfunction(L, l_once_all_up);
	lua_setfield(L, -2, "once_all_up");
}
