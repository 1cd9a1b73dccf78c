/* SPDX-License-Identifier: Apache-2.0 */
/* A card is decoded with its options as a block of its own: the value may come from elsewhere in the file. */
#include "lua/cards.h"

#include <string.h>

#include "core/schema.h"
#include "lua/decode.h"
#include "lua/network.h"
#include "lua/scalar.h"

static bool was_said(const struct card_raw *card, const char *key)
{
	size_t i;

	return schema_find(&schema_card, key, &i) && (card->decl.said >> i & 1);
}

static bool report_field(struct decoder *d, const char *key, const char *text)
{
	size_t mark = decoder_enter_key(d, key);

	decoder_report(d, text);
	decoder_leave(d, mark);
	return false;
}

/* Options that make no sense for this kind of card. */
static bool check_options(struct decoder *d, const struct card_raw *card, bool by_word)
{
	bool good = true;

	if (by_word && was_said(card, "name"))
		good = report_field(d, "name",
				    card->kind == NETWORK_INTERNAL ||
						    card->kind == NETWORK_NAT_NETWORK ?
					    "the name stands before the table" :
					    "a network of this kind has no name");
	if (card->kind != NETWORK_BRIDGED && was_said(card, "dev"))
		good = report_field(d, "dev", "only bridged { dev = … } has a device of this host");
	return good;
}

/* The options of the card value at the top. */
static bool l_decode_options(struct decoder *d, const struct card_value *v, struct card_raw *out)
{
	lua_State *L = d->L;
	struct block block = { .place = v->options_place, .word = network_word(v->kind) };
	struct decoder inner = { .L = L, .block = &block };
	bool good = true;

	lua_getiuservalue(L, -1, CARD_VALUE_NAME);
	block.name = lua_tostring(L, -1);
	if (lua_getiuservalue(L, -2, CARD_VALUE_OPTIONS) != LUA_TNIL) {
		memcpy(inner.path, d->path, sizeof(inner.path));
		good = l_decode_fields(&inner, &schema_card, out);
		good = check_options(&inner, out, true) && good;
	}
	lua_pop(L, 2);
	return good;
}

static bool l_decode_value(struct decoder *d, const struct card_value *v, struct card_raw *out)
{
	lua_State *L = d->L;
	struct block block = { .place = v->place, .word = network_word(v->kind) };
	bool good = true;

	out->kind = v->kind;
	if (lua_getiuservalue(L, -1, CARD_VALUE_NAME) != LUA_TNIL) {
		block.name = lua_tostring(L, -1);
		good = l_scalar_item(L, -1, &out->name) ||
		       decoder_report(d, text_str(&load_of(L)->why));
	}
	out->decl.line = block.name ? keyline_word(&block) : v->place.line;
	out->decl.file = v->place.source ? v->place.source->shown : NULL;
	lua_pop(L, 1);
	good = l_decode_options(d, v, out) && good;
	if (v->kind == NETWORK_BRIDGED && good && !was_said(out, "dev"))
		good = decoder_report(d, "expected dev = …, a card or bridge of this host");
	return good;
}

static bool l_decode_table(struct decoder *d, struct card_raw *out)
{
	bool good = l_decode_fields(d, &schema_card, out);

	good = check_options(d, out, false) && good;
	if (!was_said(out, "name"))
		good = decoder_report(
			d, "expected name = …; a card of its own is written host_only { … }");
	return good;
}

static bool l_decode_named(struct decoder *d, struct card_raw *out)
{
	if (!l_scalar_item(d->L, -1, &out->name))
		return decoder_report(d, text_str(&load_of(d->L)->why));
	return *out->name ? true : decoder_report(d, "the name of the network is empty");
}

static bool l_decode_card(struct decoder *d, void *out)
{
	lua_State *L = d->L;
	struct cards_raw *list = out;
	const struct card_value *v = card_at(L, -1);
	struct card_raw *card = l_keep(L, sizeof(*card));
	bool good;

	*card = (struct card_raw){ .kind = NETWORK_FOREIGN };
	card->where = l_keep_text(L, d->path, strlen(d->path));
	card->decl.line = decoder_line(d);
	card->decl.file = d->block->place.source ? d->block->place.source->shown : NULL;
	if (v)
		good = l_decode_value(d, v, card);
	else if (lua_type(L, -1) == LUA_TSTRING)
		good = l_decode_named(d, card);
	else if (lua_type(L, -1) == LUA_TTABLE)
		good = l_decode_table(d, card);
	else
		return decoder_report_type(
			d, "the name of a network, or nat {}, host_only {}, …",
			lua_type(L, -1) == LUA_TBOOLEAN  ? "; end a condition with 'or nil'" :
			lua_type(L, -1) == LUA_TFUNCTION ? "; write braces behind the word" :
							   "");
	if (!good)
		return false;
	list->at = l_keep_grow(L, list->at, list->count, sizeof(*card));
	list->at[list->count++] = *card;
	return true;
}

bool l_decode_cards(struct decoder *d, struct cards_raw *out)
{
	struct cards_raw list = { 0 };
	bool good;

	if (lua_type(d->L, -1) == LUA_TTABLE)
		good = l_decode_list(d, l_decode_card, &list);
	else
		good = l_decode_card(d, &list);
	*out = list;
	return good;
}
