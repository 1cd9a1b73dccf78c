/* SPDX-License-Identifier: Apache-2.0 */
/* Files of checksums. */
#include "boxes/sums.h"

#include <string.h>

#include "boxes/member.h"
#include "core/text.h"

#define HEX_DIGITS "0123456789abcdefABCDEF"
#define BLANKS " \t\r"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "SHA256 (name) = HEX", also without the blanks, as OpenSSL writes it. */
static bool bsd_line(char *line, const char **out_file, struct checksum *out)
{
	cleanup_error struct error ignored = { 0 };
	char *open = strchr(line, '('), *close = strrchr(line, ')');
	const char *hex;

	if (!open || !close || close < open)
		return false;
	hex = close + 1 + strspn(close + 1, BLANKS);
	if (*hex != '=')
		return false;
	for (char *end = open; end > line && (end[-1] == ' ' || end[-1] == '\t'); end--)
		end[-1] = '\0';
	*open = '\0';
	*close = '\0';
	*out_file = base_name(open + 1);
	return checksum_of_type(line, hex + 1, out, &ignored) == 0;
}

/* "HEX  name", "HEX *name" or "HEX"; a leading backslash tells of escapes in the name. */
static bool gnu_line(char *line, const char **out_file, struct checksum *out)
{
	cleanup_error struct error ignored = { 0 };
	char *hex = line + (line[0] == '\\'), *rest = hex + strspn(hex, HEX_DIGITS);
	char *file = rest + strspn(rest, BLANKS);

	if (rest == hex || (*file && file == rest))
		return false;
	*rest = '\0';
	*out_file = *file ? base_name(file + (*file == '*')) : NULL;
	return checksum_parse(hex, out, &ignored) == 0;
}

static void trim_end(char *line)
{
	size_t len = strlen(line);

	while (len && strchr(BLANKS, line[len - 1]))
		line[--len] = '\0';
}

void sums_each(const char *text, size_t len, const struct sums_reader *reader)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t bytes = (size_t)((newline ? newline : end) - text);
		cleanup_free char *line = xstrndup(text, bytes);
		char *at = line + strspn(line, BLANKS);
		const char *file = NULL;
		struct checksum c;

		text += bytes + 1;
		trim_end(at);
		if (text_has_prefix(at, "-----BEGIN PGP SIGNATURE"))
			return;
		/* OpenPGP's clear text puts "- " before a line that begins with a dash. */
		if (text_has_prefix(at, "- "))
			at += 2;
		if (*at != '#' && (bsd_line(at, &file, &c) || gnu_line(at, &file, &c)))
			reader->entry(reader->ctx, file, &c);
	}
}

/* --- one file's ------------------------------------------------------------------------------- */

struct search {
	const char *file;     /* NULL: the only one there is */
	char *only;           /* which that is */
	bool several;         /* there are more */
	struct checksum best; /* of the file */
	struct checksum bare; /* of a line without a name */
	bool conflict;
};

static unsigned strength(const struct checksum *c)
{
	return checksum_is_set(c) ? (unsigned)strlen(c->hex) : 0;
}

static void consider(struct search *s, struct checksum *best, const struct checksum *c)
{
	if (strength(c) > strength(best))
		*best = *c;
	else if (strength(c) == strength(best) && !checksum_equal(c, best))
		s->conflict = true;
}

static void search_entry(void *ctx, const char *file, const struct checksum *c)
{
	struct search *s = ctx;

	if (!file) {
		consider(s, &s->bare, c);
	} else if (s->file) {
		s->several = true;
		if (!strcmp(file, s->file))
			consider(s, &s->best, c);
	} else {
		if (!s->only)
			s->only = xstrdup(file);
		if (strcmp(file, s->only) != 0)
			s->several = true;
		else
			consider(s, &s->best, c);
	}
}

static int not_found(const char *file, struct error *err)
{
	cleanup_free char *shown = file ? member_shown(file) : NULL;

	if (!file)
		return error_set(err, ERROR_NOT_FOUND, "the checksums are not those of one file");
	return error_set(err, ERROR_NOT_FOUND, "there is no checksum for '%s'", shown);
}

int sums_find(const char *text, size_t len, const char *file, struct checksum *out,
	      struct error *err)
{
	struct search s = { .file = file };
	cleanup_free char *only = NULL;

	sums_each(text, len, &(struct sums_reader){ search_entry, &s });
	only = s.only;
	/* A name in a list is worth more than a line without one; a line without one is for a list of one. */
	if (!checksum_is_set(&s.best) && !s.several)
		s.best = s.bare;
	if (!checksum_is_set(&s.best) || (!file && s.several))
		return not_found(file, err);
	if (s.conflict)
		return error_set(err, ERROR_BOX, "the checksums contradict each other");
	*out = s.best;
	return 0;
}
