/* SPDX-License-Identifier: Apache-2.0 */
/* What an unquoted scalar means in YAML 1.2's core schema. */
#include "lua/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_one_of(const char *s, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (strcmp(s, words[i]) == 0)
			return true;
	return false;
}

/* Bytes of s that are digits of the base. */
static size_t digits(const char *s, const char *set)
{
	return strspn(s, set);
}

/* [-+]?[0-9]+ | 0o[0-7]+ | 0x[0-9a-fA-F]+ that fit into 64 bits; others become floats or strings. */
static bool l_push_integer(lua_State *L, const char *s)
{
	const char *start = *s == '-' || *s == '+' ? s + 1 : s;
	unsigned long long value;
	char *end;

	if (strncmp(s, "0x", 2) == 0 && digits(s + 2, "0123456789abcdefABCDEF") >= 1 &&
	    strlen(s) <= 18)
		value = strtoull(s + 2, &end, 16);
	else if (strncmp(s, "0o", 2) == 0 && digits(s + 2, "01234567") >= 1 && strlen(s) <= 23)
		value = strtoull(s + 2, &end, 8);
	else if (digits(start, "0123456789") >= 1 && strlen(start) <= 19)
		value = strtoull(start, &end, 10);
	else
		return false;
	if (*end || value > INT64_MAX)
		return false;
	lua_pushinteger(L, *s == '-' ? -(lua_Integer)value : (lua_Integer)value);
	return true;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_float(const char *s)
{
	size_t before, after = 0;

	s += *s == '-' || *s == '+';
	before = digits(s, "0123456789");
	s += before;
	if (*s == '.') {
		after = digits(s + 1, "0123456789");
		s += 1 + after;
	}
	if (before + after == 0)
		return false;
	if (*s == 'e' || *s == 'E') {
		s += 1 + (s[1] == '-' || s[1] == '+');
		if (!digits(s, "0123456789"))
			return false;
		s += digits(s, "0123456789");
	}
	return *s == '\0';
}

static bool l_push_float(lua_State *L, const char *s)
{
	static const char *const infinite[] = { ".inf", ".Inf", ".INF", NULL };
	static const char *const nan[] = { ".nan", ".NaN", ".NAN", NULL };

	if (is_one_of(s + (*s == '-' || *s == '+'), infinite))
		lua_pushnumber(L, *s == '-' ? -HUGE_VAL : HUGE_VAL);
	else if (is_one_of(s, nan))
		lua_pushnumber(L, (lua_Number)NAN);
	else if (is_float(s))
		lua_pushnumber(L, strtod(s, NULL));
	else
		return false;
	return true;
}

void l_push_yaml_plain(lua_State *L, const char *s, size_t len)
{
	static const char *const null[] = { "", "~", "null", "Null", "NULL", NULL };
	static const char *const yes[] = { "true", "True", "TRUE", NULL };
	static const char *const no[] = { "false", "False", "FALSE", NULL };

	if (is_one_of(s, null))
		lua_pushnil(L);
	else if (is_one_of(s, yes) || is_one_of(s, no))
		lua_pushboolean(L, is_one_of(s, yes));
	else if (!l_push_integer(L, s) && !l_push_float(L, s))
		lua_pushlstring(L, s, len);
}
