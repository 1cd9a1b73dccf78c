/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text. */
#include "core/base64.h"

#include <stdint.h>

#include "core/mem.h"

char *base64_encode(const void *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = data;
	char *out = xmalloc((len + 2) / 3 * 4 + 1), *at = out;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t bits = (uint32_t)in[i] << 16;

		bits |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
		bits |= left > 2 ? in[i + 2] : 0;
		*at++ = digits[bits >> 18];
		*at++ = digits[(bits >> 12) & 63];
		*at++ = left > 1 ? digits[(bits >> 6) & 63] : '=';
		*at++ = left > 2 ? digits[bits & 63] : '=';
	}
	*at = '\0';
	return out;
}
