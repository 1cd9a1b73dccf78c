/* SPDX-License-Identifier: Apache-2.0 */
/* Paths, places and lists. */
#include "lua/decoder.h"

#include <stdio.h>
#include <string.h>

#define GAP_MAX 1000

int decoder_line(const struct decoder *d)
{
	return keyline_find(d->block, d->steps, d->depth);
}

/* Both return what decoder_leave() wants. */
size_t decoder_enter_key(struct decoder *d, const char *key)
{
	size_t mark = strlen(d->path);

	snprintf(d->path + mark, sizeof(d->path) - mark, ".%.60s", key);
	for (char *p = d->path + mark; *p; p++)
		*p = (unsigned char)*p < ' ' ? '?' : *p;
	d->steps[d->depth++] = (struct keystep){ .key = key };
	return mark;
}

size_t decoder_enter_item(struct decoder *d, int i)
{
	size_t mark = strlen(d->path);

	snprintf(d->path + mark, sizeof(d->path) - mark, "[%d]", i);
	d->steps[d->depth++] = (struct keystep){ .index = i };
	return mark;
}

void decoder_leave(struct decoder *d, size_t mark)
{
	d->path[mark] = '\0';
	d->depth--;
}

bool decoder_report(struct decoder *d, const char *text)
{
	struct place place = { d->block->place.source, decoder_line(d) };

	load_problem(load_of(d->L), &place, "%s: %s", d->path, text);
	return false;
}

bool decoder_report_type(struct decoder *d, const char *expected, const char *advice)
{
	struct text *why = &load_of(d->L)->why;

	text_reset(why);
	text_addf(why, "expected %s, got ", expected);
	value_describe(d->L, -1, why);
	text_add(why, advice);
	return decoder_report(d, text_str(why));
}

/* Bounds of the list at the top: its largest index, -1 after a problem. */
static int list_end(struct decoder *d)
{
	lua_State *L = d->L;
	lua_Integer end = 0, count = 0;
	int list = lua_gettop(L);
	bool good = true;

	for (lua_pushnil(L); lua_next(L, list); lua_pop(L, 1), count++) {
		lua_Integer i = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;

		end = i > end ? i : end;
		if (i < 1)
			good = false;
	}
	if (!good)
		decoder_report(d, "expected a list, got a table with keys");
	else if (end > count + GAP_MAX)
		good = decoder_report(d, "the items of the list are too far apart");
	return good ? (int)end : -1;
}

bool l_decode_list(struct decoder *d, l_decode_fn l_decode_item, void *out)
{
	lua_State *L = d->L;
	int list = lua_gettop(L), end = list_end(d);
	bool good = end >= 0;

	for (int i = 1; i <= end; i++) {
		if (lua_rawgeti(L, list, i) != LUA_TNIL) {
			size_t mark = decoder_enter_item(d, i);

			good = l_decode_item(d, out) && good;
			decoder_leave(d, mark);
		}
		lua_settop(L, list);
	}
	return good;
}
