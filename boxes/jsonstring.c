/* SPDX-License-Identifier: Apache-2.0 */
/* Strings of bytes in JSON. */
#include "boxes/jsonstring.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

json_t *jsonstring_new(const char *s)
{
	cleanup_text struct text hex = { 0 };
	json_t *plain = s ? json_string(s) : json_null();

	if (plain)
		return plain;
	for (; *s; s++)
		text_addf(&hex, "%02x", (unsigned)(unsigned char)*s);
	return json_pack("{s:s}", "hex", text_str(&hex));
}

static char *bytes_of(const char *hex)
{
	size_t len = hex ? strlen(hex) : 1;
	cleanup_free char *bytes = NULL;

	if (len % 2 || strspn(hex, "0123456789abcdef") != len)
		return NULL;
	bytes = xcalloc(len / 2 + 1, 1);
	for (size_t i = 0; i < len / 2; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		bytes[i] = (char)strtoul(pair, NULL, 16);
	}
	/* A zero byte would cut the string short. */
	return strlen(bytes) == len / 2 ? take_ptr(bytes) : NULL;
}

char *jsonstring_read(const json_t *value)
{
	if (json_is_string(value))
		return xstrdup(json_string_value(value));
	if (json_object_size(value) != 1)
		return NULL;
	return bytes_of(json_string_value(json_object_get(value, "hex")));
}
