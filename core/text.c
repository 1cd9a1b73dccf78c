/* SPDX-License-Identifier: Apache-2.0 */
/* A growing string, and the few things we ask of strings. */
#include "core/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void text_reserve(struct text *t, size_t more)
{
	size_t need = t->len + more + 1, capacity = t->capacity ? t->capacity : 64;

	if (need <= t->capacity)
		return;
	while (capacity < need)
		capacity *= 2;
	t->ptr = xrealloc(t->ptr, capacity);
	t->capacity = capacity;
}

void text_addn(struct text *t, const void *data, size_t len)
{
	text_reserve(t, len);
	if (len)
		memcpy(t->ptr + t->len, data, len);
	t->len += len;
	t->ptr[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_addv(struct text *t, const char *fmt, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		return;
	text_reserve(t, (size_t)len);
	vsnprintf(t->ptr + t->len, (size_t)len + 1, fmt, args);
	t->len += (size_t)len;
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text_addv(t, fmt, args);
	va_end(args);
}

const char *text_str(const struct text *t)
{
	return t->ptr ? t->ptr : "";
}

char *text_take(struct text *t)
{
	char *s = t->ptr ? t->ptr : xstrdup("");

	*t = (struct text){ 0 };
	return s;
}

void text_add_end(struct text *t, const void *data, size_t len, size_t most)
{
	text_addn(t, data, len);
	if (t->len <= 2 * most)
		return;
	memmove(t->ptr, t->ptr + t->len - most, most + 1);
	t->len = most;
}

void text_reset(struct text *t)
{
	t->len = 0;
	if (t->ptr)
		t->ptr[0] = '\0';
}

static void cut(struct text *t, size_t len)
{
	t->len = len;
	if (t->ptr)
		t->ptr[len] = '\0';
}

static void drop_blanks(struct text *t)
{
	size_t len = t->len;

	while (len && strchr("\r\n\t ", t->ptr[len - 1]))
		len--;
	cut(t, len);
}

char *text_pop_line(struct text *t)
{
	const char *newline;
	size_t start;
	char *line;

	drop_blanks(t);
	newline = t->len ? memrchr(t->ptr, '\n', t->len) : NULL;
	start = newline ? (size_t)(newline - t->ptr) + 1 : 0;
	line = xstrdup(text_str(t) + start);
	cut(t, start);
	drop_blanks(t);
	return line;
}

void text_clear(struct text *t)
{
	free(t->ptr);
	*t = (struct text){ 0 };
}

bool text_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

void text_lower(char *s)
{
	for (; *s; s++)
		*s = (char)(*s >= 'A' && *s <= 'Z' ? *s - 'A' + 'a' : *s);
}

bool text_equal(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

static size_t min2(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t text_distance(const char *a, const char *b)
{
	enum { LIMIT = 64 };
	size_t n = strlen(a), m = strlen(b);
	size_t d[3][LIMIT + 1];

	if (n > LIMIT || m > LIMIT)
		return LIMIT;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *row = d[i % 3], *up = d[(i - 1) % 3], *up2 = d[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			row[j] = min2(min2(up[j], row[j - 1]) + 1,
				      up[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min2(row[j], up2[j - 2] + 1);
		}
	}
	return d[n % 3][m];
}

const char *text_nearest(const char *s, const char *const *names, size_t n)
{
	const char *best = NULL;
	size_t limit = strlen(s) / 2 < 2 ? strlen(s) / 2 : 2, nearest = limit + 1;

	for (size_t i = 0; i < n; i++) {
		size_t distance = text_distance(s, names[i]);

		if (distance < nearest) {
			nearest = distance;
			best = names[i];
		}
	}
	return best;
}

/* The power of 1024, relative to MiB, that a unit stands for. */
static bool unit_factor(const char *unit, double *out)
{
	static const struct {
		char letter;
		double factor;
	} units[] = { { 'k', 1.0 / 1024 }, { 'm', 1 }, { 'g', 1024 }, { 't', 1024.0 * 1024 } };
	size_t len = strlen(unit);

	if (len == 0) {
		*out = 1;
		return true;
	}
	if (len > 3 || (len == 2 && tolower((unsigned char)unit[1]) != 'b' && unit[1] != 'i') ||
	    (len == 3 && (unit[1] != 'i' || tolower((unsigned char)unit[2]) != 'b')))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (tolower((unsigned char)unit[0]) == units[i].letter) {
			*out = units[i].factor;
			return true;
		}
	}
	return false;
}

bool text_parse_size_mib(const char *s, uint64_t *out_mib)
{
	double value, factor;
	char *end;

	if (!isdigit((unsigned char)s[0]) || (s[0] == '0' && tolower((unsigned char)s[1]) == 'x'))
		return false;
	value = strtod(s, &end);
	while (*end == ' ')
		end++;
	if (!unit_factor(end, &factor))
		return false;
	value *= factor;
	if (!isfinite(value) || value > 1e12)
		return false;
	*out_mib = (uint64_t)ceil(value);
	return true;
}

char *text_format_mib(uint64_t mib)
{
	if (mib >= 1024 && mib % 1024 == 0)
		return xasprintf("%llu GiB", (unsigned long long)(mib / 1024));
	if (mib >= 1024)
		return xasprintf("%.1f GiB", (double)mib / 1024);
	return xasprintf("%llu MiB", (unsigned long long)mib);
}

char *text_format_bytes(uint64_t bytes)
{
	const uint64_t mib = (uint64_t)1 << 20;

	return text_format_mib(bytes / mib + (bytes % mib != 0));
}

bool text_parse_seconds(const char *s, unsigned *out_s)
{
	unsigned long value, factor = 1;
	char *end;

	if (!isdigit((unsigned char)s[0]))
		return false;
	value = strtoul(s, &end, 10);
	if (strcmp(end, "m") == 0)
		factor = 60;
	else if (strcmp(end, "h") == 0)
		factor = 3600;
	else if (*end && strcmp(end, "s") != 0)
		return false;
	if (value > 1000000 / factor)
		return false;
	*out_s = (unsigned)(value * factor);
	return true;
}

void text_add_shell_quoted(struct text *t, const char *s)
{
	if (*s && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "_-./:=@%+,") == strlen(s)) {
		text_add(t, s);
		return;
	}
	text_add(t, "'");
	for (; *s; s++) {
		if (*s == '\'')
			text_add(t, "'\\''");
		else
			text_addn(t, s, 1);
	}
	text_add(t, "'");
}

void text_add_shell_words(struct text *t, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text_add(t, i ? " " : "");
		text_add_shell_quoted(t, words[i]);
	}
}

static bool within_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

char *text_shorten(const char *s, size_t most)
{
	static const char gap[] = "...";
	size_t len = strlen(s), head = (most - strlen(gap)) / 2, tail;

	if (len <= most)
		return xstrdup(s);
	tail = len - (most - strlen(gap) - head);
	while (head && within_character(s[head]))
		head--;
	while (within_character(s[tail]))
		tail++;
	return xasprintf("%.*s%s%s", (int)head, s, gap, s + tail);
}
