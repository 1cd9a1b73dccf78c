/* SPDX-License-Identifier: Apache-2.0 */
/* gzip, checksum and all, through zlib. */
#include "boxes/gunzip.h"

#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#define BUFFER_BYTES ((size_t)256 << 10)
#define GZIP_ONLY (15 + 16)
#define ID1 0x1f

struct gunzip {
	z_stream stream;
	bool between; /* a member ended and no other has begun */
	unsigned char buffer[BUFFER_BYTES];
};

bool gunzip_is(const void *head, size_t len)
{
	return len >= 3 && !memcmp(head, "\x1f\x8b\x08", 3);
}

struct gunzip *gunzip_new(void)
{
	struct gunzip *g = xcalloc(1, sizeof(*g));

	if (inflateInit2(&g->stream, GZIP_ONLY) != Z_OK)
		abort();
	return g;
}

void gunzip_feed(struct gunzip *g, const void *data, size_t len)
{
	g->stream.next_in = data;
	g->stream.avail_in = (uInt)len;
}

/* Tapes pad with zeroes; a member that follows begins with its magic. */
static int skip_padding(struct gunzip *g, struct error *err)
{
	while (g->stream.avail_in && !*g->stream.next_in) {
		g->stream.next_in++;
		g->stream.avail_in--;
	}
	if (!g->stream.avail_in)
		return 0;
	if (*g->stream.next_in != ID1)
		return error_set(err, ERROR_BOX, "damaged: there is garbage after the gzip data");
	g->between = false;
	inflateReset(&g->stream);
	return 0;
}

ssize_t gunzip_take(struct gunzip *g, const void **out, struct error *err)
{
	g->stream.next_out = g->buffer;
	g->stream.avail_out = BUFFER_BYTES;
	while (g->stream.avail_out) {
		int rc;

		if (g->between && skip_padding(g, err) < 0)
			return -1;
		if (!g->stream.avail_in)
			break;
		rc = inflate(&g->stream, Z_NO_FLUSH);
		if (rc == Z_STREAM_END)
			g->between = true;
		else if (rc != Z_OK && rc != Z_BUF_ERROR)
			return error_set(err, ERROR_BOX, "damaged gzip data: %s",
					 g->stream.msg ? g->stream.msg : "not readable");
	}
	*out = g->buffer;
	return (ssize_t)(BUFFER_BYTES - g->stream.avail_out);
}

int gunzip_finish(const struct gunzip *g, struct error *err)
{
	return g->between ? 0 : error_set(err, ERROR_BOX, "damaged: the gzip data was cut off");
}

void gunzip_free(struct gunzip **slot)
{
	struct gunzip *g = *slot;

	if (!g)
		return;
	inflateEnd(&g->stream);
	free(g);
	*slot = NULL;
}
