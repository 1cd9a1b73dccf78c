/* SPDX-License-Identifier: Apache-2.0 */
/* The order of versions (RubyGems, Gem::Version), and constraints over it. */
#include "boxes/version.h"

#include <stdlib.h>
#include <string.h>

#include "boxes/member.h"
#include "core/text.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define BLANKS " \t\r\n"

/* A run of digits, without leading zeros ("" is 0), or of letters. Borrowed from the version's text. */
struct segment {
	const char *at;
	size_t len;
	bool number;
};

struct segments {
	struct segment *at;
	size_t count;
	size_t release; /* how many come before the first that is letters */
};

static void segments_clear(struct segments *s)
{
	free(s->at);
}
#define cleanup_segments cleanup(segments_clear)

/* Behind words of these characters with dots between them; NULL if a word is empty. */
static const char *skip_words(const char *at, const char *characters)
{
	for (;;) {
		size_t len = strspn(at, characters);

		if (!len)
			return NULL;
		at += len;
		if (*at != '.')
			return at;
		at++;
	}
}

bool version_is(const char *text)
{
	const char *at = text + strspn(text, BLANKS);

	if (!strspn(at, DIGITS))
		return false;
	at += strspn(at, DIGITS);
	if (*at == '.')
		at = skip_words(at + 1, LETTERS DIGITS);
	if (at && *at == '-')
		at = skip_words(at + 1, LETTERS DIGITS "-");
	return at && !at[strspn(at, BLANKS)];
}

static void add_segment(struct segments *s, const char *at, size_t len, bool number)
{
	for (; number && len && *at == '0'; len--)
		at++;
	s->at = xgrow(s->at, s->count, sizeof(*s->at));
	s->at[s->count++] = (struct segment){ at, len, number };
}

static bool is_zero(const struct segment *s)
{
	return s->number && !s->len;
}

static void split(const char *text, struct segments *out)
{
	struct segments s = { 0 };

	for (const char *at = text + strspn(text, BLANKS); *at;) {
		size_t digits = strspn(at, DIGITS), letters = strspn(at, LETTERS);

		if (digits || letters)
			add_segment(&s, at, digits + letters, digits > 0);
		else if (*at == '-')
			add_segment(&s, "pre", 3, false);
		at += digits + letters ? digits + letters : 1;
	}
	while (s.release < s.count && s.at[s.release].number)
		s.release++;
	*out = s;
}

/* Takes the zeros away that mean nothing: at the end, and at the end of the numbers before the first letters. */
static void canonicalize(struct segments *s)
{
	size_t kept = s->release;

	while (s->count > s->release && is_zero(&s->at[s->count - 1]))
		s->count--;
	while (kept && is_zero(&s->at[kept - 1]))
		kept--;
	for (size_t i = s->release; i < s->count; i++)
		s->at[kept + i - s->release] = s->at[i];
	s->count -= s->release - kept;
	s->release = kept;
}

static int compare_segment(const struct segment *a, const struct segment *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order;

	if (a->number != b->number)
		return a->number ? 1 : -1;
	if (a->number && a->len != b->len)
		return a->len < b->len ? -1 : 1;
	order = len ? memcmp(a->at, b->at, len) : 0;
	return order || a->len == b->len ? order : a->len < b->len ? -1 : 1;
}

static int compare(const struct segments *a, const struct segments *b)
{
	static const struct segment zero = { "", 0, true };

	for (size_t i = 0; i < a->count || i < b->count; i++) {
		int order = compare_segment(i < a->count ? &a->at[i] : &zero,
					    i < b->count ? &b->at[i] : &zero);

		if (order)
			return order;
	}
	return 0;
}

int version_compare(const char *a, const char *b)
{
	cleanup_segments struct segments left = { 0 }, right = { 0 };
	bool is_a = version_is(a), is_b = version_is(b);

	if (is_a != is_b)
		return is_a ? 1 : -1;
	if (!is_a)
		return strcmp(a, b);
	split(a, &left);
	split(b, &right);
	canonicalize(&left);
	canonicalize(&right);
	return compare(&left, &right);
}

/* --- constraints ------------------------------------------------------------------------------- */

enum operator{ EQUAL, DIFFERENT, GREATER, AT_LEAST, LESS, AT_MOST, ABOUT };

/* Longer ones first, so that ">=" is not taken for ">". */
static const struct {
	const char *sign;
	enum operator means;
} operators[] = {
	{ "~>", ABOUT },  { ">=", AT_LEAST }, { "<=", AT_MOST }, { "!=", DIFFERENT },
	{ ">", GREATER }, { "<", LESS },      { "=", EQUAL },
};

struct term {
	enum operator means;
	char *version;
};

struct constraint {
	struct term *at;
	size_t count;
};

/*
 * Image servers number their images with dates such as "20261120_05:24", which are no versions but
 * can be asked for by name.
 */
static bool is_serial(const char *text)
{
	return strspn(text, DIGITS) > 0 && strpbrk(text, "_:+~") &&
	       !text[strspn(text, LETTERS DIGITS "._:+~-")];
}

static int bad_term(const char *text, size_t len, struct error *err)
{
	cleanup_free char *term = xstrndup(text, len);
	cleanup_free char *shown = member_shown(term);

	error_set(err, ERROR_BOX, "'%s' is no constraint of a version", shown);
	return error_hint(err, "write for example \"1.2\", \">= 1.2, < 2\" or \"~> 1.2\"");
}

static int parse_term(const char *text, size_t len, struct term *out, struct error *err)
{
	cleanup_free char *version = NULL;
	struct term t = { EQUAL, NULL };
	const char *at = text + strspn(text, BLANKS), *end = text + len;

	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		if (text_has_prefix(at, operators[i].sign)) {
			t.means = operators[i].means;
			at += strlen(operators[i].sign);
			break;
		}
	}
	at += strspn(at, BLANKS);
	while (end > at && strchr(BLANKS, end[-1]))
		end--;
	if (at > end)
		return bad_term(text, len, err);
	version = xstrndup(at, (size_t)(end - at));
	if (!version_is(version) &&
	    !((t.means == EQUAL || t.means == DIFFERENT) && is_serial(version)))
		return bad_term(text, len, err);
	t.version = take_ptr(version);
	*out = t;
	return 0;
}

int constraint_parse(const char *text, struct constraint **out, struct error *err)
{
	cleanup_constraint struct constraint *c = xcalloc(1, sizeof(*c));
	const char *at = text ? text : "";

	for (bool more = at[strspn(at, BLANKS)] != '\0'; more;) {
		size_t len = strcspn(at, ",");

		c->at = xgrow(c->at, c->count, sizeof(*c->at));
		if (parse_term(at, len, &c->at[c->count], err) < 0)
			return -1;
		c->count++;
		more = at[len] == ',';
		at += len + more;
	}
	*out = take_ptr(c);
	return 0;
}

/* The version is at least the term's, and its numbers are equal up to the last but one of the term's. */
static bool is_about(const char *version, const char *wanted)
{
	cleanup_segments struct segments have = { 0 }, want = { 0 };
	size_t fixed;

	if (version_compare(version, wanted) < 0)
		return false;
	split(version, &have);
	split(wanted, &want);
	fixed = want.release > 1 ? want.release - 1 : 1;
	have.count = have.release < fixed ? have.release : fixed;
	want.count = want.release < fixed ? want.release : fixed;
	return compare(&have, &want) == 0;
}

/* ">= 0" says nothing: it holds also for what has no version, or one that is none. */
static bool says_nothing(const struct term *t)
{
	return t->means == AT_LEAST && !version_compare(t->version, "0");
}

static bool term_holds(const struct term *t, const char *version)
{
	int order = version_compare(version, t->version);

	/* What is no version is neither older nor newer than one. */
	if (t->means != EQUAL && t->means != DIFFERENT && !version_is(version))
		return false;
	switch (t->means) {
	case DIFFERENT:
		return order != 0;
	case GREATER:
		return order > 0;
	case AT_LEAST:
		return order >= 0;
	case LESS:
		return order < 0;
	case AT_MOST:
		return order <= 0;
	case ABOUT:
		return is_about(version, t->version);
	case EQUAL:
		break;
	}
	return order == 0;
}

bool constraint_holds(const struct constraint *c, const char *version)
{
	for (size_t i = 0; i < c->count; i++)
		if (!says_nothing(&c->at[i]) && (!version || !term_holds(&c->at[i], version)))
			return false;
	return true;
}

void constraint_free(struct constraint **c)
{
	for (size_t i = 0; *c && i < (*c)->count; i++)
		free((*c)->at[i].version);
	if (*c)
		free((*c)->at);
	free(*c);
	*c = NULL;
}
