/* SPDX-License-Identifier: Apache-2.0 */
/*
 * box_pour(): the disk into a sink. Runs of zeroes become holes, and the L2 tables of a qcow2 image
 * are checked as they go by, so that an archive is decompressed once.
 */
#include "boxes/box.h"

#include <inttypes.h>
#include <string.h>

#include "boxes/facts.h"
#include "boxes/qcow2.h"
#include "boxes/source.h"
#include "core/text.h"

#define BUFFER_BYTES ((size_t)1 << 20)
#define GRAIN_BYTES ((size_t)64 << 10)

struct pour {
	const struct image_sink *sink;
	struct qcow2 *tables; /* NULL for a raw image */
	unsigned char *buffer;
	size_t filled;
	uint64_t at;   /* where the buffer's first byte belongs in the image */
	uint64_t hole; /* bytes of zeroes before it that the sink was not told of */
};

static bool is_zero(const unsigned char *data, size_t len)
{
	return !data[0] && !memcmp(data, data + 1, len - 1);
}

static int pour_hole(struct pour *p, struct error *err)
{
	static const unsigned char zeroes[GRAIN_BYTES];

	if (p->hole && p->sink->hole) {
		uint64_t len = p->hole;

		p->hole = 0;
		return p->sink->hole(p->sink->ctx, len, err);
	}
	while (p->hole) {
		size_t len = p->hole < sizeof(zeroes) ? p->hole : sizeof(zeroes);

		if (p->sink->write(p->sink->ctx, zeroes, len, err) < 0)
			return -1;
		p->hole -= len;
	}
	return 0;
}

static int pour_data(struct pour *p, const unsigned char *data, size_t len, struct error *err)
{
	if (!len)
		return 0;
	if (pour_hole(p, err) < 0)
		return -1;
	return p->sink->write(p->sink->ctx, data, len, err);
}

/* Bytes of the image from p->at on, which is a multiple of GRAIN_BYTES. */
static int pour_grains(struct pour *p, const unsigned char *data, size_t len, struct error *err)
{
	size_t from = 0;

	if (p->tables && qcow2_watch(p->tables, p->at, data, len, err) < 0)
		return -1;
	for (size_t at = 0; at < len; at += GRAIN_BYTES) {
		size_t grain = len - at < GRAIN_BYTES ? len - at : GRAIN_BYTES;

		if (!is_zero(data + at, grain))
			continue;
		if (pour_data(p, data + from, at - from, err) < 0)
			return -1;
		p->hole += grain;
		from = at + grain;
	}
	p->at += len;
	return pour_data(p, data + from, len - from, err);
}

static int pour_flush(struct pour *p, struct error *err)
{
	size_t len = p->filled;

	p->filled = 0;
	return len ? pour_grains(p, p->buffer, len, err) : 0;
}

static int pour_bytes(struct pour *p, const unsigned char *data, uint64_t len, struct error *err)
{
	while (len) {
		size_t room = BUFFER_BYTES - p->filled;
		size_t take = len < room ? len : room;

		if (data) {
			memcpy(p->buffer + p->filled, data, take);
			data += take;
		} else if (!p->filled && len >= GRAIN_BYTES) {
			/* Whole grains of a hole need no looking at; a table in a hole is empty. */
			uint64_t whole = len & ~(uint64_t)(GRAIN_BYTES - 1);

			p->at += whole;
			p->hole += whole;
			len -= whole;
			continue;
		} else {
			/* Up to the next grain, or the hole would go through the buffer wholly. */
			size_t edge = GRAIN_BYTES - p->filled % GRAIN_BYTES;

			take = take < edge ? take : edge;
			memset(p->buffer + p->filled, 0, take);
		}
		p->filled += take;
		len -= take;
		if ((p->filled == BUFFER_BYTES || (!data && p->filled % GRAIN_BYTES == 0)) &&
		    pour_flush(p, err) < 0)
			return -1;
	}
	return 0;
}

/* The header and the L1 table, read ahead of the pass that pours. */
static int look_ahead(const struct box *b, struct qcow2 *out, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	struct qcow2_input in = { source_read_at, &s };

	if (source_open(b->source, b->member, "", NULL, &s, err) < 0)
		return -1;
	return qcow2_open(&in, b->image.file_bytes, out, err);
}

static int pour_source(const struct box *b, struct source *s, struct pour *p, struct error *err)
{
	struct source_part part;
	int rc;

	if (facts_unchanged(&b->stamp, source_fd(s), err) < 0)
		return -1;
	while ((rc = source_next(s, &part, err)) > 0)
		if (pour_bytes(p, part.data, part.len, err) < 0)
			return -1;
	if (rc < 0 || pour_flush(p, err) < 0 || pour_hole(p, err) < 0)
		return -1;
	if (p->at != b->image.file_bytes)
		return error_set(err, ERROR_BOX,
				 "damaged: the image has %" PRIu64 " bytes of %" PRIu64, p->at,
				 b->image.file_bytes);
	if (source_finish(s, err) < 0)
		return -1;
	return facts_unchanged(&b->stamp, source_fd(s), err);
}

int box_pour(const struct box *b, const struct image_sink *sink, const struct watcher *watch,
	     struct error *err)
{
	cleanup_qcow2 struct qcow2 tables = { 0 };
	cleanup_source struct source s = { .fd = -1 };
	cleanup_free unsigned char *buffer = xmalloc(BUFFER_BYTES);
	cleanup_free char *doing = xasprintf("unpacking %s", b->name);
	bool is_qcow2 = text_equal(b->image.format, "qcow2");
	struct pour p = { .sink = sink, .buffer = buffer, .tables = is_qcow2 ? &tables : NULL };

	if ((is_qcow2 && look_ahead(b, &tables, err) < 0) ||
	    source_open(b->source, b->member, doing, watch, &s, err) < 0 ||
	    pour_source(b, &s, &p, err) < 0)
		return error_wrap(err, "cannot unpack box '%s'", b->name);
	return 0;
}
