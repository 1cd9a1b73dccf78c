/* SPDX-License-Identifier: Apache-2.0 */
/* What machines say, without what would move somebody's cursor. */
#include "cli/plaintext.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define ESC 0x1b
#define BEL 0x07

/* How many bytes the escape sequence at `at` has (ECMA-48: CSI ends at a letter or one of @[\]^_`{|}~; OSC at BEL or ESC \). */
static size_t escape_len(const char *at, size_t left)
{
	size_t i = 2;

	if (left < 2)
		return left;
	if (at[1] == '[') {
		while (i < left &&
		       !((unsigned char)at[i] >= 0x40 && (unsigned char)at[i] <= 0x7e) &&
		       at[i] != '\n')
			i++;
	} else if (at[1] == ']') {
		while (i < left && at[i] != BEL && at[i] != ESC && at[i] != '\n')
			i++;
		if (i + 1 < left && at[i] == ESC && at[i + 1] == '\\')
			i++;
	} else {
		return 2;
	}
	return i < left && at[i] != '\n' ? i + 1 : i;
}

static bool is_utf8(const char *data, size_t len)
{
	json_t *string = json_stringn(data, len);

	json_decref(string);
	return string != NULL;
}

char *plaintext_of(const char *data, size_t len)
{
	bool ascii_only = !is_utf8(data, len);
	struct text t = { 0 };
	size_t line = 0;

	text_add(&t, "");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == ESC) {
			i += escape_len(data + i, len - i) - 1;
		} else if (c == '\n') {
			text_add(&t, "\n");
			line = t.len;
		} else if (c == '\r' && i + 1 < len && data[i + 1] != '\n' && data[i + 1] != '\r') {
			t.len = line;
			t.ptr[line] = '\0';
		} else if (c == '\t') {
			text_add(&t, " ");
		} else if (c >= 0x80 && ascii_only) {
			text_add(&t, "?");
		} else if (c >= 0x20 && c != 0x7f) {
			text_addn(&t, &data[i], 1);
		}
	}
	return text_take(&t);
}

char *plaintext_end(const char *data, size_t len, size_t lines, size_t most)
{
	cleanup_free char *clean = plaintext_of(data, len);
	size_t at = strlen(clean), seen = 0;
	struct text t = { 0 };

	while (at && clean[at - 1] == '\n')
		clean[--at] = '\0';
	while (at && !(clean[at - 1] == '\n' && ++seen == lines))
		at--;
	for (char *line = clean + at, *next; line; line = next) {
		cleanup_free char *fits = NULL;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		fits = text_shorten(line, most);
		text_addf(&t, "%s%s", t.len ? "\n" : "", fits);
	}
	return text_take(&t);
}

char *plaintext_first_line(const char *data, size_t len, size_t most)
{
	cleanup_free char *clean = plaintext_of(data, len);
	char *line = clean + strspn(clean, " \n");
	size_t line_len = strcspn(line, "\n");

	while (line_len && line[line_len - 1] == ' ')
		line_len--;
	line[line_len] = '\0';
	return text_shorten(line, most);
}

json_t *plaintext_json(const char *data, size_t len)
{
	json_t *string = json_stringn(data, len);
	cleanup_text struct text t = { 0 };

	if (string)
		return string;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c < 128)
			text_addn(&t, &data[i], 1);
		else
			text_addf(&t, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
	}
	return json_stringn(text_str(&t), t.len);
}

json_t *plaintext_json_text(const char *s)
{
	return s ? plaintext_json(s, strlen(s)) : json_null();
}
