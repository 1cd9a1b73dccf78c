/* SPDX-License-Identifier: Apache-2.0 */
/* A key says its type twice: as a word, and in the blob (RFC 4253 6.6), which settles what is a key. */
#include "core/public_key.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/text.h"

#define TYPE_MOST 64 /* RFC 4251 6: names of algorithms */

static int value_of(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The first bytes of what base64 stands for; returns how many. */
static size_t decode_start(const char *s, size_t len, unsigned char *out, size_t most)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t count = 0;

	for (size_t i = 0; i < len && count < most; i++) {
		int value = value_of(s[i]);

		if (value < 0)
			break;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[count++] = (unsigned char)(bits >> have);
		}
	}
	return count;
}

static bool is_base64(const char *s, size_t len)
{
	size_t digits = 0;

	while (digits < len && value_of(s[digits]) >= 0)
		digits++;
	for (size_t i = digits; i < len; i++) {
		if (s[i] != '=')
			return false;
	}
	return len % 4 == 0 && len - digits <= 2 && digits;
}

/* Whether the blob begins with that type and has more behind it. */
static bool blob_names(const char *blob, size_t len, const char *type, size_t type_len)
{
	unsigned char start[4 + TYPE_MOST + 1];
	size_t count = decode_start(blob, len, start, 4 + type_len + 1);

	return count > 4 + type_len && !start[0] && !start[1] && !start[2] &&
	       start[3] == type_len && memcmp(start + 4, type, type_len) == 0;
}

static size_t trimmed(const char **line)
{
	size_t len;

	*line += strspn(*line, " \t\r\n");
	len = strlen(*line);
	while (len && strchr(" \t\r\n", (*line)[len - 1]))
		len--;
	return len;
}

char *public_key_line(const char *line, struct arena *arena)
{
	size_t len = trimmed(&line);

	return arena_strndup(arena, line, len);
}

const char *public_key_flaw(const char *line)
{
	size_t len = trimmed(&line), type, blob;
	const char *start;

	if (strstr(line, "PRIVATE KEY"))
		return "a private key, which belongs into no file; its public half is meant";
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\n' || line[i] == '\r')
			return "more than one line; each key is an item of its own";
		if (iscntrl((unsigned char)line[i]) && line[i] != '\t')
			return "it has control characters";
	}
	type = strcspn(line, " \t");
	start = line + type + strspn(line + type, " \t");
	blob = strcspn(start, " \t\r\n");
	if (!type || type > TYPE_MOST || !is_base64(start, blob) ||
	    !blob_names(start, blob, line, type))
		return "not a public key, such as \"ssh-ed25519 AAAA… you@host\"";
	return NULL;
}
