/* SPDX-License-Identifier: Apache-2.0 */
/* Disk images, poured. */
#include "boxes/disk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/layout.h"
#include "boxes/qcow2.h"
#include "boxes/raw.h"
#include "core/text.h"

#define GRAIN_BYTES ((size_t)64 << 10)

/* --- the head -------------------------------------------------------------------------------- */

int disk_head_read(struct disk_head *h, struct source *s, size_t want, struct error *err)
{
	int64_t got;

	if (want <= h->len || h->whole)
		return 0;
	if (!h->bytes)
		h->bytes = xmalloc(DISK_HEAD_BYTES);
	got = source_take(s, h->bytes + h->len, want - h->len, err);
	if (got < 0)
		return -1;
	h->len += (size_t)got;
	h->whole = h->len < want;
	return 0;
}

/* Formats that QEMU knows too and we do not want: most have features that lead out of the file. */
static int refuse_foreign(const struct disk_head *h, struct error *err)
{
	static const struct {
		size_t at;
		const char *magic, *name;
	} table[] = { { 0, "KDMV", "VMDK" },
		      { 0, "COWD", "VMDK" },
		      { 0, "# Disk DescriptorFile", "VMDK" },
		      { 64, "\x7f\x10\xda\xbe", "VDI" },
		      { 0, "vhdxfile", "VHDX" },
		      { 0, "conectix", "VHD" },
		      { 0, "QED", "QED" },
		      { 0, "WithoutFreeSpace", "Parallels" },
		      { 0, "WithouFreSpacExt", "Parallels" } };

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		size_t len = strlen(table[i].magic);

		if (h->len < table[i].at + len ||
		    memcmp(h->bytes + table[i].at, table[i].magic, len) != 0)
			continue;
		error_set(err, ERROR_BOX, "a %s image, which cannot be used here", table[i].name);
		return error_hint(err, "make a qcow2 image of it with 'qemu-img convert -O qcow2'");
	}
	return 0;
}

const char *disk_format(const struct disk_head *h, struct error *err)
{
	if (qcow2_is(h->bytes, h->len))
		return "qcow2";
	if (h->len && raw_is_disk(h->bytes, h->len))
		return "raw";
	if (h->len && refuse_foreign(h, err) < 0)
		return NULL;
	layout_unknown(err);
	return NULL;
}

void disk_head_clear(struct disk_head *h)
{
	free(h->bytes);
	*h = (struct disk_head){ 0 };
}

/* --- grains, written or left out ------------------------------------------------------------- */

struct pour {
	struct image_sink sink;
	struct qcow2 *tables; /* NULL: none to watch */
	unsigned char *grain; /* one that has not come wholly */
	size_t filled;
	uint64_t at;   /* where the grain begins in the image */
	uint64_t hole; /* bytes of zeroes before it that the sink was not told of */
};

static bool is_zero(const unsigned char *data, size_t len)
{
	return !data[0] && !memcmp(data, data + 1, len - 1);
}

static int pour_hole(struct pour *p, struct error *err)
{
	static const unsigned char zeroes[GRAIN_BYTES];

	if (p->hole && p->sink.hole) {
		uint64_t len = p->hole;

		p->hole = 0;
		return p->sink.hole(p->sink.ctx, len, err);
	}
	while (p->hole) {
		size_t len = p->hole < sizeof(zeroes) ? p->hole : sizeof(zeroes);

		if (p->sink.write(p->sink.ctx, zeroes, len, err) < 0)
			return -1;
		p->hole -= len;
	}
	return 0;
}

static int write_out(struct pour *p, const unsigned char *data, size_t len, struct error *err)
{
	if (!len)
		return 0;
	if (pour_hole(p, err) < 0)
		return -1;
	return p->sink.write(p->sink.ctx, data, len, err);
}

/* Whole grains, but for the last one of the image. */
static int pour_grains(struct pour *p, const unsigned char *data, size_t len, struct error *err)
{
	size_t from = 0;

	if (p->tables && qcow2_watch(p->tables, p->at, data, len, err) < 0)
		return -1;
	for (size_t at = 0; at < len; at += GRAIN_BYTES) {
		size_t grain = len - at < GRAIN_BYTES ? len - at : GRAIN_BYTES;

		if (!is_zero(data + at, grain))
			continue;
		if (write_out(p, data + from, at - from, err) < 0)
			return -1;
		p->hole += grain;
		from = at + grain;
	}
	p->at += len;
	return write_out(p, data + from, len - from, err);
}

static int pour_rest(struct pour *p, struct error *err)
{
	size_t len = p->filled;

	p->filled = 0;
	return len ? pour_grains(p, p->grain, len, err) : 0;
}

/* Into the grain that has begun; data NULL: zeroes. Returns how many of the bytes, -1. */
static int64_t fill_grain(struct pour *p, const unsigned char *data, uint64_t len,
			  struct error *err)
{
	size_t room = GRAIN_BYTES - p->filled;
	size_t take = len < room ? len : room;

	if (data)
		memcpy(p->grain + p->filled, data, take);
	else
		memset(p->grain + p->filled, 0, take);
	p->filled += take;
	if (p->filled == GRAIN_BYTES && pour_rest(p, err) < 0)
		return -1;
	return (int64_t)take;
}

static int pour_bytes(struct pour *p, const unsigned char *data, uint64_t len, struct error *err)
{
	while (len) {
		uint64_t whole = p->filled ? 0 : len & ~(uint64_t)(GRAIN_BYTES - 1);
		int64_t took = (int64_t)whole;

		if (!whole) {
			took = fill_grain(p, data, len, err);
			if (took < 0)
				return -1;
		} else if (data) {
			if (pour_grains(p, data, whole, err) < 0)
				return -1;
		} else {
			/* Nothing to look at: a table in a hole is empty. */
			p->at += whole;
			p->hole += whole;
		}
		data = data ? data + took : NULL;
		len -= (uint64_t)took;
	}
	return 0;
}

/* --- an image -------------------------------------------------------------------------------- */

static int pour_all(struct source *s, const struct disk_head *h, struct pour *p, struct error *err)
{
	struct source_part part;
	int rc = pour_bytes(p, h->bytes, h->len, err);

	while (rc >= 0 && (rc = source_next(s, &part, err)) > 0)
		rc = pour_bytes(p, part.data, part.len, err);
	if (rc < 0 || pour_rest(p, err) < 0)
		return -1;
	return pour_hole(p, err);
}

static int check_length(uint64_t got, uint64_t announced, struct error *err)
{
	if (!announced || got == announced)
		return 0;
	return error_set(err, ERROR_BOX, "damaged: the image has %" PRIu64 " bytes of %" PRIu64,
			 got, announced);
}

static int check_end(const struct disk_head *h, const struct qcow2 *q, uint64_t file_bytes,
		     struct error *err)
{
	if (q)
		return qcow2_check_length(q, file_bytes, err);
	return raw_check(h->bytes, h->len < RAW_HEAD_BYTES ? h->len : RAW_HEAD_BYTES, file_bytes,
			 err);
}

/* The length is known before the pour, if only since all of the image is in its head. */
static int check_head(const struct disk_head *h, uint64_t file_bytes, struct qcow2 *q,
		      struct error *err)
{
	if (h->whole && check_length(h->len, file_bytes, err) < 0)
		return -1;
	return qcow2_open_head(h->bytes, h->len, file_bytes ? file_bytes : QCOW2_MAX_FILE_BYTES, q,
			       err);
}

int disk_pour(struct source *s, struct disk_head *h, const char *format,
	      const struct image_target *target, struct image_disk *out, struct error *err)
{
	cleanup_qcow2 struct qcow2 q = { 0 };
	cleanup_free unsigned char *grain = xmalloc(GRAIN_BYTES);
	bool is_qcow2 = text_equal(format, "qcow2");
	struct pour p = { .grain = grain };
	uint64_t file_bytes;
	int known = 1;

	if (disk_head_read(h, s, DISK_HEAD_BYTES, err) < 0)
		return -1;
	file_bytes = h->whole && !s->bytes ? h->len : s->bytes;
	if (is_qcow2) {
		known = check_head(h, file_bytes, &q, err);
		p.tables = known > 0 ? &q : NULL;
	}
	if (known < 0 || target->begin(target->ctx, format, file_bytes, &p.sink, err) < 0 ||
	    pour_all(s, h, &p, err) < 0 || check_length(p.at, file_bytes, err) < 0 ||
	    check_end(h, is_qcow2 ? &q : NULL, p.at, err) < 0)
		return -1;
	*out = (struct image_disk){ .format = is_qcow2 ? "qcow2" : "raw",
				    .file_bytes = p.at,
				    .disk_bytes = is_qcow2 ? q.disk_bytes : p.at };
	return !known;
}

/* A stream gives the L1 table only when the L2 tables before it are gone. */
static int check_again(struct growing *file, const char *member, struct qcow2 *q, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	cleanup_free unsigned char *buffer = xmalloc(GRAIN_BYTES);
	uint64_t at = 0;
	int64_t got;

	if (source_open_growing(file, member, "", NULL, &s, err) < 0)
		return -1;
	for (; (got = source_take(&s, buffer, GRAIN_BYTES, err)) > 0; at += (uint64_t)got)
		if (qcow2_watch(q, at, buffer, (size_t)got, err) < 0)
			return -1;
	return (int)got;
}

int disk_check(struct growing *file, const char *member, uint64_t file_bytes, struct error *err)
{
	cleanup_source struct source s = { .fd = -1 };
	cleanup_qcow2 struct qcow2 q = { 0 };
	struct qcow2_input in = { source_read_at, &s };

	if (source_open_growing(file, member, "", NULL, &s, err) < 0 ||
	    qcow2_open(&in, file_bytes, &q, err) < 0)
		return -1;
	return source_is_plain(&s) ? qcow2_check(&q, &in, err) : check_again(file, member, &q, err);
}
