/* SPDX-License-Identifier: Apache-2.0 */
/* Digests as people and catalogs write them. */
#include "boxes/checksum.h"

#include <string.h>
#include <strings.h>

#include "boxes/member.h"

static const struct {
	const char *word;
	enum digest_kind kind;
	size_t digits;
} algorithms[] = {
	{ "sha256", DIGEST_SHA256, 64 }, { "sha512", DIGEST_SHA512, 128 },
	{ "sha384", DIGEST_SHA384, 96 }, { "sha1", DIGEST_SHA1, 40 },
	{ "md5", DIGEST_MD5, 32 },
};

#define HEX_DIGITS "0123456789abcdefABCDEF"

/* SHA256, sha-256 and sha256 are the same. */
static bool same_algorithm(const char *type, size_t len, const char *word)
{
	size_t at = 0;

	for (size_t i = 0; i < len; i++) {
		if (type[i] == '-' && i > 0)
			continue;
		if (!word[at] || strncasecmp(&type[i], &word[at], 1) != 0)
			return false;
		at++;
	}
	return !word[at];
}

static int find_algorithm(const char *type, size_t type_len, size_t digits, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
		if (type ? same_algorithm(type, type_len, algorithms[i].word) :
			   algorithms[i].digits == digits)
			return (int)i;
	}
	if (type) {
		cleanup_free char *word = xstrndup(type, type_len);
		cleanup_free char *shown = member_shown(word);

		error_set(err, ERROR_BOX, "checksum type '%s' is not known", shown);
	} else {
		error_set(err, ERROR_BOX, "a checksum of %zu digits is of no known type", digits);
	}
	return error_hint(err, "known are sha256, sha512, sha384, sha1 and md5");
}

static int not_hex(const char *hex, struct error *err)
{
	cleanup_free char *shown = member_shown(hex);

	return error_set(err, ERROR_BOX, "checksum '%s' is not hexadecimal", shown);
}

static int parse(const char *type, size_t type_len, const char *hex, struct checksum *out,
		 struct error *err)
{
	struct checksum c = { 0 };
	size_t digits;
	int at;

	hex += strspn(hex, " \t\r\n");
	digits = strspn(hex, HEX_DIGITS);
	if (!digits || hex[digits + strspn(hex + digits, " \t\r\n")])
		return not_hex(hex, err);
	at = find_algorithm(type, type_len, digits, err);
	if (at < 0)
		return -1;
	if (digits != algorithms[at].digits)
		return error_set(err, ERROR_BOX, "a %s checksum has %zu digits, not %zu",
				 algorithms[at].word, algorithms[at].digits, digits);
	c.kind = algorithms[at].kind;
	for (size_t i = 0; i < digits; i++)
		c.hex[i] = (char)(hex[i] >= 'A' && hex[i] <= 'F' ? hex[i] | 0x20 : hex[i]);
	*out = c;
	return 0;
}

bool checksum_is_set(const struct checksum *c)
{
	return c->hex[0] != '\0';
}

int checksum_parse(const char *text, struct checksum *out, struct error *err)
{
	const char *colon = strchr(text, ':');

	text += strspn(text, " \t\r\n");
	return colon ? parse(text, (size_t)(colon - text), colon + 1, out, err) :
		       parse(NULL, 0, text, out, err);
}

int checksum_of_type(const char *type, const char *hex, struct checksum *out, struct error *err)
{
	return parse(type, type ? strlen(type) : 0, hex, out, err);
}

bool checksum_equal(const struct checksum *a, const struct checksum *b)
{
	return a->kind == b->kind && !strcmp(a->hex, b->hex);
}

char *checksum_text(const struct checksum *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (algorithms[i].kind == c->kind)
			return xasprintf("%s:%s", algorithms[i].word, c->hex);
	return xstrdup(c->hex);
}
