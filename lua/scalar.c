/* SPDX-License-Identifier: Apache-2.0 */
/* Type, range and form of plain values. */
#include "lua/scalar.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/vagrant_words.h"

/* All return false, so that `return wrong(…)` reads well. */
static bool wrong(lua_State *L, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool wrong(lua_State *L, const char *fmt, ...)
{
	struct text *why = &load_of(L)->why;
	va_list args;

	text_reset(why);
	va_start(args, fmt);
	text_addv(why, fmt, args);
	va_end(args);
	return false;
}

static bool expected(lua_State *L, int index, const char *what)
{
	wrong(L, "expected %s, got ", what);
	value_describe(L, index, &load_of(L)->why);
	return false;
}

/* Descriptions of machines are XML and JSON: neither can hold anything else. */
static bool check_text(lua_State *L, const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	if (strlen(s) != len)
		return wrong(L, "the string holds a zero byte");
	while (*p) {
		size_t n = utf8_length((const char *)p);

		if (!n)
			return wrong(L, "the string is not UTF-8");
		if ((*p < ' ' && *p != '\n' && *p != '\t') || *p == 0x7f)
			return wrong(L, "the string holds a control character");
		p += n;
	}
	return true;
}

static bool l_store_string(lua_State *L, int index, bool may_be_empty, const char **out)
{
	const char *s;
	size_t len;

	if (lua_type(L, index) != LUA_TSTRING)
		return expected(L, index, "a string");
	s = lua_tolstring(L, index, &len);
	if (len == 0 && !may_be_empty)
		return wrong(L, "the string is empty");
	if (!check_text(L, s, len))
		return false;
	*out = l_keep_text(L, s, len);
	return true;
}

static bool l_store_name(lua_State *L, int index, const char **out)
{
	const char *s;
	size_t len;

	if (lua_type(L, index) != LUA_TSTRING)
		return expected(L, index, "a name");
	s = lua_tolstring(L, index, &len);
	if (strlen(s) == len && strchr(s, '.') && schema_is_host_name(s))
		return wrong(L,
			     "expected a name without dots, got \"%s\"; that one can be among "
			     "its names: hosts = { aliases = { \"%s\" } }",
			     s, s);
	if (strlen(s) != len || !schema_is_name(s))
		return expected(L, index, "a name of a-z, 0-9 and '-', at most 63 long");
	*out = l_keep_text(L, s, len);
	return true;
}

/* Floats that are whole count as integers; those beyond all limits become the largest. */
static bool whole_number(lua_State *L, int index, long long *out)
{
	lua_Number n = lua_tonumber(L, index);

	if (lua_isinteger(L, index)) {
		*out = lua_tointeger(L, index);
		return true;
	}
	if (!isfinite(n) || n != floor(n))
		return false;
	*out = n >= 9e18 ? INT64_MAX : n <= -9e18 ? INT64_MIN : (long long)n;
	return true;
}

/* NULL if it is no string, or one with a zero byte. */
static const char *string_at(lua_State *L, int index)
{
	const char *s;
	size_t len;

	if (lua_type(L, index) != LUA_TSTRING)
		return NULL;
	s = lua_tolstring(L, index, &len);
	return strlen(s) == len ? s : NULL;
}

static bool in_range(const struct schema_row *row, long long n)
{
	return n >= row->min && n <= row->max;
}

/* Digits alone; more than fit are the largest. */
static bool parse_digits(const char *s, long long *out)
{
	if (!*s || s[strspn(s, "0123456789")])
		return false;
	*out = strtoll(s, NULL, 10);
	return true;
}

/* In quotes too, as sizes, times and ports: what env() gives is text. */
static bool store_int(lua_State *L, int index, const struct schema_row *row, unsigned *out)
{
	const char *s = string_at(L, index);
	long long n;

	if (!(s && parse_digits(s, &n)) &&
	    (lua_type(L, index) != LUA_TNUMBER || !whole_number(L, index, &n)))
		return expected(L, index, "a whole number");
	if (!in_range(row, n)) {
		wrong(L, "expected %lld to %lld, got ", row->min, row->max);
		value_describe(L, index, &load_of(L)->why);
		return false;
	}
	*out = (unsigned)n;
	return true;
}

static bool store_size(lua_State *L, int index, const struct schema_row *row, uint64_t *out)
{
	const char *s = string_at(L, index);
	long long n = 0;
	uint64_t mib;

	if (s && text_parse_size_mib(s, &mib))
		n = mib > INT64_MAX ? INT64_MAX : (long long)mib;
	else if (lua_type(L, index) != LUA_TNUMBER || !whole_number(L, index, &n))
		return expected(L, index, "a size such as 512 or \"2G\"");
	if (!in_range(row, n)) {
		cleanup_free char *min = text_format_mib((uint64_t)row->min);
		cleanup_free char *max = text_format_mib((uint64_t)row->max);

		wrong(L, "expected %s to %s, got ", min, max);
		value_describe(L, index, &load_of(L)->why);
		return false;
	}
	*out = (uint64_t)n;
	return true;
}

static bool store_seconds(lua_State *L, int index, const struct schema_row *row, unsigned *out)
{
	const char *s = string_at(L, index);
	long long n = 0;
	unsigned seconds = 0;

	if (s && text_parse_seconds(s, &seconds))
		n = seconds;
	else if (lua_type(L, index) != LUA_TNUMBER || !whole_number(L, index, &n))
		return expected(L, index, "a time such as 90 or \"5m\"");
	if (!in_range(row, n)) {
		wrong(L, "expected %lld to %lld seconds, got ", row->min, row->max);
		value_describe(L, index, &load_of(L)->why);
		return false;
	}
	*out = (unsigned)n;
	return true;
}

static bool store_bool(lua_State *L, int index, bool *out)
{
	if (lua_type(L, index) != LUA_TBOOLEAN)
		return expected(L, index, "true or false");
	*out = lua_toboolean(L, index);
	return true;
}

static bool store_choice(lua_State *L, int index, const struct schema_row *row, int *out)
{
	const char *s = string_at(L, index), *vagrant;

	for (int i = 0; s && row->choices[i]; i++) {
		if (strcmp(row->choices[i], s) == 0) {
			*out = i;
			return true;
		}
	}
	wrong(L, "expected one of ");
	for (int i = 0; row->choices[i]; i++)
		text_addf(&load_of(L)->why, "%s\"%s\"", i ? ", " : "", row->choices[i]);
	text_add(&load_of(L)->why, ", got ");
	value_describe(L, index, &load_of(L)->why);
	vagrant = s ? vagrant_hint(row->key, s) : NULL;
	if (vagrant)
		text_addf(&load_of(L)->why, "; %s", vagrant);
	return false;
}

static bool store_range(lua_State *L, int index, struct port_range *out)
{
	const char *s = string_at(L, index);
	char digits[32];
	long long n;

	if (lua_type(L, index) == LUA_TNUMBER && whole_number(L, index, &n)) {
		snprintf(digits, sizeof(digits), "%lld", n);
		s = digits;
	}
	if (s && schema_parse_range(s, out))
		return true;
	return expected(L, index, "a port of 1 to 65535, or a range such as \"9000-9010\"");
}

bool l_scalar_store(lua_State *L, int index, const struct schema_row *row, void *out)
{
	switch (row->type) {
	case SCHEMA_STRING:
		return l_store_string(L, index, row->may_be_empty, out);
	case SCHEMA_NAME:
		return l_store_name(L, index, out);
	case SCHEMA_INT:
		return store_int(L, index, row, out);
	case SCHEMA_SIZE:
		return store_size(L, index, row, out);
	case SCHEMA_SECONDS:
		return store_seconds(L, index, row, out);
	case SCHEMA_BOOL:
		return store_bool(L, index, out);
	case SCHEMA_ENUM:
		return store_choice(L, index, row, out);
	case SCHEMA_RANGE:
		return store_range(L, index, out);
	case SCHEMA_CARDS:
	case SCHEMA_PORTS:
	case SCHEMA_DHCP:
	case SCHEMA_FOLDERS:
	case SCHEMA_HOOKS:
	case SCHEMA_JSON:
	case SCHEMA_STRINGS:
	case SCHEMA_VARS:
	case SCHEMA_BLOCK:
	case SCHEMA_PROVISION:
		break;
	}
	return wrong(L, "not a plain value");
}

bool l_scalar_item(lua_State *L, int index, const char **out)
{
	char digits[32];
	const char *s;
	size_t len;

	if (lua_isinteger(L, index)) {
		int n = snprintf(digits, sizeof(digits), "%lld",
				 (long long)lua_tointeger(L, index));

		*out = l_keep_text(L, digits, (size_t)n);
		return true;
	}
	if (lua_type(L, index) != LUA_TSTRING)
		return expected(L, index, "a string");
	s = lua_tolstring(L, index, &len);
	if (!check_text(L, s, len))
		return false;
	*out = l_keep_text(L, s, len);
	return true;
}
