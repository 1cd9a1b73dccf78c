/* SPDX-License-Identifier: Apache-2.0 */
/* Names and patterns. */
#include "core/wildcard.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "core/mem.h"

/* A set while it is gone through for one byte. */
struct set {
	const char *at, *end;
	unsigned char byte;
	unsigned char before; /* a member that a range may begin with; 0: none */
	bool has_byte;
};

typedef int (*class_fn)(int);

static class_fn class_of(const char *name, size_t len)
{
	static const struct {
		const char *name;
		class_fn has;
	} rows[] = {
		{ "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank },
		{ "cntrl", iscntrl }, { "digit", isdigit }, { "graph", isgraph },
		{ "lower", islower }, { "print", isprint }, { "punct", ispunct },
		{ "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strlen(rows[i].name) == len && strncmp(rows[i].name, name, len) == 0)
			return rows[i].has;
	}
	return NULL;
}

/* "[:" that no ":]" ends is a "[" like any other. NULL: a class that does not exist, or no end of anything. */
static const char *behind_class(struct set *s, bool *out_is_class)
{
	const char *name = s->at + 2;
	const char *close = memchr(name, ']', (size_t)(s->end - name));
	class_fn has;

	*out_is_class = close && close > name && close[-1] == ':';
	if (!*out_is_class)
		return close;
	has = class_of(name, (size_t)(close - 1 - name));
	if (has && isascii(s->byte) && has(s->byte))
		s->has_byte = true;
	return has ? close + 1 : NULL;
}

/* Takes a byte that stands for itself, maybe behind a backslash; false at the end. */
static bool take_byte(struct set *s, unsigned char *out)
{
	s->at += s->at < s->end && *s->at == '\\';
	if (s->at == s->end)
		return false;
	*out = (unsigned char)*s->at++;
	return true;
}

static bool take_member(struct set *s)
{
	size_t left = (size_t)(s->end - s->at);
	unsigned char byte;

	if (left > 1 && s->at[0] == '[' && s->at[1] == ':') {
		bool is_class;
		const char *behind = behind_class(s, &is_class);

		if (!behind)
			return false;
		if (is_class) {
			s->at = behind;
			s->before = 0;
			return true;
		}
	}
	if (left > 1 && s->at[0] == '-' && s->before && s->at[1] != ']') {
		s->at++;
		if (!take_byte(s, &byte))
			return false;
		s->has_byte = s->has_byte || (s->byte >= s->before && s->byte <= byte);
		s->before = 0;
		return true;
	}
	if (!take_byte(s, &byte))
		return false;
	s->has_byte = s->has_byte || s->byte == byte;
	s->before = byte;
	return true;
}

static const char *behind_set(const char *at, const char *end, char byte, bool *out_matches)
{
	struct set s = { .at = at + 1, .end = end, .byte = (unsigned char)byte };
	bool negated = s.at < end && (*s.at == '!' || *s.at == '^');

	s.at += negated;
	do {
		if (s.at == end || !take_member(&s))
			return NULL;
	} while (s.at == end || *s.at != ']');
	*out_matches = s.has_byte != negated;
	return s.at + 1;
}

const char *wildcard_behind_set(const char *at, const char *end)
{
	bool ignored;

	return behind_set(at, end, '\0', &ignored);
}

/* Behind what of the pattern matches that byte; NULL: it does not. */
static const char *match_one(const char *pattern, const char *end, char byte)
{
	bool matches;

	if (pattern == end)
		return NULL;
	if (*pattern == '?')
		return pattern + 1;
	if (*pattern == '[') {
		pattern = behind_set(pattern, end, byte, &matches);
		return pattern && matches ? pattern : NULL;
	}
	pattern += *pattern == '\\';
	return pattern < end && *pattern == byte ? pattern + 1 : NULL;
}

bool wildcard_matches(const char *pattern, const char *name)
{
	const char *end = pattern + strlen(pattern), *star = NULL, *from = NULL;

	while (*name || (pattern < end && *pattern == '*')) {
		const char *next;

		if (pattern < end && *pattern == '*') {
			star = ++pattern;
			from = name;
			continue;
		}
		next = match_one(pattern, end, *name);
		if (!next && !star)
			return false;
		/* The last star takes one more; what an earlier one could take instead makes no difference. */
		pattern = next ? next : star;
		name = next ? name + 1 : ++from;
	}
	return pattern == end;
}
