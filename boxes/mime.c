/* SPDX-License-Identifier: Apache-2.0 */
/* Several texts for cloud-init as one. */
#include "boxes/mime.h"

#include <string.h>
#include <strings.h>

#include "core/base64.h"
#include "core/digest.h"
#include "core/text.h"

#define LINE_CHARS 76
#define BOUNDARY_CHARS 32

static bool is_mime(const char *text)
{
	return strncasecmp(text, "content-type:", 13) == 0 ||
	       strncasecmp(text, "mime-version:", 13) == 0;
}

/* The line before the fields of a message that was kept in a mailbox is none of them. */
static const char *without_envelope(const char *text)
{
	const char *next = strchr(text, '\n');

	return text_has_prefix(text, "From ") && next && is_mime(next + 1) ? next + 1 : text;
}

/* Python's parser takes what is not ASCII for something else, unless it is encoded. */
static void add_encoded(struct text *out, const char *text)
{
	cleanup_free char *encoded = base64_encode(text, strlen(text));
	size_t len = strlen(encoded);

	text_add(out, "Content-Type: text/plain; charset=\"utf-8\"\n"
		      "Content-Transfer-Encoding: base64\n\n");
	for (size_t at = 0; at < len; at += LINE_CHARS) {
		text_addn(out, encoded + at, len - at < LINE_CHARS ? len - at : LINE_CHARS);
		text_add(out, "\n");
	}
}

/* In none of the texts, since it is a digest of them. */
static void make_boundary(const char *const *texts, size_t count, char out[DIGEST_HEX_BYTES])
{
	cleanup_digest struct digest *d = digest_new();

	for (size_t i = 0; i < count; i++)
		digest_add_field(d, texts[i]);
	digest_finish(d, out);
	out[BOUNDARY_CHARS] = '\0';
}

char *mime_mixed(const char *const *texts, size_t count)
{
	char boundary[DIGEST_HEX_BYTES];
	struct text out = { 0 };

	make_boundary(texts, count, boundary);
	text_addf(&out, "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"%s\"\n\n",
		  boundary);
	for (size_t i = 0; i < count; i++) {
		const char *text = without_envelope(texts[i]);

		text_addf(&out, "--%s\n", boundary);
		if (is_mime(text))
			text_addf(&out, "%s\n", text);
		else
			add_encoded(&out, text);
	}
	text_addf(&out, "--%s--\n", boundary);
	return text_take(&out);
}
