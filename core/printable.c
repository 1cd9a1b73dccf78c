/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing that a file says may hide what it does. */
#include "core/printable.h"

#include <string.h>

#include "core/text.h"

struct range {
	unsigned first, last;
};

/* RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF. 0 if it is none. */
static size_t decode(const char *text, unsigned *out)
{
	static const struct range of_length[] = {
		{ 0, 0 }, { 0, 0x7f }, { 0x80, 0x7ff }, { 0x800, 0xffff }, { 0x10000, 0x10ffff }
	};
	const unsigned char *s = (const unsigned char *)text;
	size_t len = *s < 0x80           ? 1 :
		     (*s & 0xe0) == 0xc0 ? 2 :
		     (*s & 0xf0) == 0xe0 ? 3 :
		     (*s & 0xf8) == 0xf0 ? 4 :
					   0;
	unsigned code = len == 1 ? *s : *s & (0xffU >> (len + 1));

	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < of_length[len].first || code > of_length[len].last ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*out = code;
	return len;
}

/* Unicode's control characters, and the format characters that change the order or leave nothing to see. */
static bool is_unfit(unsigned code)
{
	static const struct range unfit[] = { { 0, 0x1f },        { 0x7f, 0x9f },
					      { 0xad, 0xad },     { 0x61c, 0x61c },
					      { 0x200b, 0x200f }, { 0x2028, 0x202e },
					      { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
					      { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f } };

	for (size_t i = 0; i < ARRAY_SIZE(unfit); i++) {
		if (code >= unfit[i].first && code <= unfit[i].last)
			return true;
	}
	return false;
}

char *printable_line(const char *s)
{
	struct text t = { 0 };

	s += strspn(s, " \t\r\n");
	while (*s) {
		size_t blanks = strspn(s, " \t\r\n"), len;
		unsigned code;

		if (blanks) {
			bool newline = memchr(s, '\n', blanks);

			s += blanks;
			text_add(&t, !*s ? "" : newline ? " ⏎ " : " ");
			continue;
		}
		len = decode(s, &code);
		if (!len || is_unfit(code))
			text_add(&t, "?");
		else
			text_addn(&t, s, len);
		s += len ? len : 1;
	}
	text_add(&t, "");
	return text_take(&t);
}

void printable_text(char *s)
{
	char *to = s;

	while (*s) {
		bool is_blank = *s == '\n' || *s == '\t';
		unsigned code = 0;
		size_t len = decode(s, &code);

		if (len && (is_blank || !is_unfit(code))) {
			memmove(to, s, len);
			to += len;
		} else {
			*to++ = '?';
		}
		s += len ? len : 1;
	}
	*to = '\0';
}
