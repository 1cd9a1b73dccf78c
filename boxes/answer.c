/* SPDX-License-Identifier: Apache-2.0 */
/* What a server says before the body. */
#include "boxes/answer.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void answer_clear(struct answer *a)
{
	free(a->final);
	free(a->etag);
	free(a->last_modified);
	free(a->date);
	*a = (struct answer){ .length_bytes = -1 };
}

static void keep(char **slot, const char *value)
{
	free(*slot);
	*slot = xstrdup(value);
}

/* RFC 9110, 8.8.3: weak ones do not tell bytes apart. Anything odd is no tag to send back. */
static bool is_strong_tag(const char *s)
{
	size_t len = strlen(s);

	if (len < 2 || s[0] != '"' || s[len - 1] != '"')
		return false;
	for (size_t i = 1; i < len - 1; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == '"' || s[i] == 0x7f)
			return false;
	return true;
}

static bool take_number(const char **at, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)**at))
		return false;
	errno = 0;
	*out = strtoull(*at, &end, 10);
	*at = end;
	return errno == 0 && *out <= INT64_MAX;
}

/* RFC 9110, 14.4: "bytes 0-99/200", where the total may be "*". */
static bool parse_range(const char *s, struct answer *a)
{
	uint64_t first, last, total = 0;

	if (strncasecmp(s, "bytes ", 6) != 0)
		return false;
	s += 6;
	if (!take_number(&s, &first) || *s++ != '-' || !take_number(&s, &last) || *s++ != '/')
		return false;
	if (strcmp(s, "*") != 0 && (!take_number(&s, &total) || *s || last >= total))
		return false;
	if (first > last)
		return false;
	a->first = first;
	a->last = last;
	a->total_bytes = total;
	return true;
}

void answer_field(struct answer *a, const char *name, const char *value)
{
	if (strcasecmp(name, "etag") == 0 && is_strong_tag(value))
		keep(&a->etag, value);
	else if (strcasecmp(name, "last-modified") == 0)
		keep(&a->last_modified, value);
	else if (strcasecmp(name, "date") == 0)
		keep(&a->date, value);
	else if (strcasecmp(name, "content-range") == 0)
		a->ranged = parse_range(value, a);
	else if (strcasecmp(name, "transfer-encoding") == 0)
		a->framed = strcasecmp(value, "chunked") == 0;
}
