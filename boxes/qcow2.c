/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of a qcow2 image: header, header extensions, L1 and L2 tables. */
#include "boxes/qcow2.h"

#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/member.h"

#define V2_HEADER_BYTES 72
#define V3_HEADER_BYTES 104
#define MAX_L1_BYTES ((uint64_t)32 << 20)
#define MAX_REFCOUNT_TABLE_BYTES ((uint64_t)8 << 20)
#define MAX_SNAPSHOTS 65536
#define TABLE_OFFSET_MASK UINT64_C(0x00fffffffffffe00)
#define COMPRESSED_FLAG (UINT64_C(1) << 62)
#define ZERO_FLAG UINT64_C(1)
#define EXTENSION_END 0
#define EXTENSION_DATA_FILE 0x44415441u
#define EXTENSION_BACKING_FORMAT 0xe2792acau

/* Incompatible feature bits. */
#define FEATURE_DIRTY (UINT64_C(1) << 0)
#define FEATURE_CORRUPT (UINT64_C(1) << 1)
#define FEATURE_DATA_FILE (UINT64_C(1) << 2)
#define FEATURE_COMPRESSION (UINT64_C(1) << 3)
#define FEATURE_WIDE_ENTRIES (UINT64_C(1) << 4)
#define FEATURES_KNOWN                                                               \
	(FEATURE_DIRTY | FEATURE_CORRUPT | FEATURE_DATA_FILE | FEATURE_COMPRESSION | \
	 FEATURE_WIDE_ENTRIES)

/* The header as it was read: the first cluster, or what there is of it. */
struct header {
	const unsigned char *data;
	size_t len;
	bool cut; /* there is more of the first cluster */
};

static uint32_t get32(const struct header *h, size_t at)
{
	uint32_t v;

	memcpy(&v, h->data + at, sizeof(v));
	return be32toh(v);
}

static uint64_t get64(const struct header *h, size_t at)
{
	uint64_t v;

	memcpy(&v, h->data + at, sizeof(v));
	return be64toh(v);
}

bool qcow2_is(const void *head, size_t len)
{
	return len >= 4 && !memcmp(head, QCOW2_MAGIC, 4);
}

static int damaged(struct error *err, const char *what)
{
	return error_set(err, ERROR_BOX, "damaged qcow2 image: %s", what);
}

static const char too_short[] = "it is shorter than its header";

static bool is_inside(struct qcow2 *q, uint64_t offset, uint64_t len)
{
	if (offset > q->file_bytes || len > q->file_bytes - offset)
		return false;
	if (offset + len > q->needed_bytes)
		q->needed_bytes = offset + len;
	return true;
}

static bool is_aligned(const struct qcow2 *q, uint64_t offset)
{
	return (offset & (q->cluster_bytes - 1)) == 0;
}

static int check_backing(const struct header *h, struct error *err)
{
	uint64_t offset = get64(h, 8);
	uint32_t len = get32(h, 16);
	cleanup_free char *name = NULL, *shown = NULL;

	if (!offset && !len)
		return 0;
	if (len > 1023 || offset > h->len || len > h->len - offset)
		return error_set(err, ERROR_BOX, "the qcow2 image has a backing file");
	name = xstrndup((const char *)h->data + offset, len);
	shown = member_shown(name);
	return error_set(err, ERROR_BOX, "the qcow2 image has a backing file, '%s'", shown);
}

static int check_features(struct qcow2 *q, const struct header *h, struct error *err)
{
	uint64_t features = get64(h, 72);

	if (features & FEATURE_DATA_FILE)
		return error_set(err, ERROR_BOX, "the qcow2 image keeps its data in another file");
	if (features & FEATURE_DIRTY)
		return damaged(err, "it was not closed properly (dirty bit)");
	if (features & FEATURE_CORRUPT)
		return damaged(err, "it is marked as corrupt");
	if (features & ~FEATURES_KNOWN)
		return error_set(err, ERROR_BOX,
				 "the qcow2 image needs unknown features (0x%" PRIx64 ")",
				 features & ~FEATURES_KNOWN);
	if ((features & FEATURE_COMPRESSION) &&
	    (get32(h, 100) <= V3_HEADER_BYTES || h->data[V3_HEADER_BYTES] > 1))
		return error_set(err, ERROR_BOX, "the qcow2 image has an unknown compression");
	q->wide_entries = features & FEATURE_WIDE_ENTRIES;
	if (q->wide_entries && q->cluster_bits < 14)
		return damaged(err, "extended L2 entries need clusters of 16 KiB");
	return 0;
}

/* Header extensions: type, length, data padded to 8 bytes. */
static int check_extensions(const struct header *h, size_t at, struct error *err)
{
	static const char leaves[] = "a header extension leaves the header";

	while (at + 8 <= h->len) {
		uint32_t type = get32(h, at);
		uint32_t len = get32(h, at + 4);

		if (type == EXTENSION_END)
			return 0;
		if (type == EXTENSION_DATA_FILE)
			return error_set(err, ERROR_BOX,
					 "the qcow2 image keeps its data in another file");
		/* There is no backing file, or it was refused before. */
		if (type == EXTENSION_BACKING_FORMAT)
			return error_set(err, ERROR_BOX,
					 "the qcow2 image names the format of a backing file");
		at += 8;
		if (len > h->len - at)
			return damaged(err, leaves);
		at += ((size_t)len + 7) & ~(size_t)7;
	}
	return h->cut ? damaged(err, leaves) : 0;
}

static int check_version3(struct qcow2 *q, const struct header *h, struct error *err)
{
	uint32_t length = get32(h, 100);

	if (get32(h, 96) > 6)
		return damaged(err, "the refcount width is out of range");
	if (length < V3_HEADER_BYTES || length > h->len || length % 8)
		return damaged(err, "the header's length is out of range");
	if (check_features(q, h, err) < 0)
		return -1;
	return check_extensions(h, length, err);
}

static int check_refcounts(struct qcow2 *q, const struct header *h, struct error *err)
{
	uint64_t offset = get64(h, 48);
	uint64_t len = (uint64_t)get32(h, 56) << q->cluster_bits;

	if (!len || len > MAX_REFCOUNT_TABLE_BYTES || !is_aligned(q, offset))
		return damaged(err, "the refcount table is out of range");
	if (!is_inside(q, offset, len))
		return damaged(err, "the refcount table lies beyond the end of the file");
	return 0;
}

static int check_snapshots(struct qcow2 *q, const struct header *h, struct error *err)
{
	uint32_t count = get32(h, 60);

	if (!count)
		return 0;
	/* An entry of the snapshot table has at least 40 bytes. */
	if (count > MAX_SNAPSHOTS || !is_aligned(q, get64(h, 64)) ||
	    !is_inside(q, get64(h, 64), (uint64_t)count * 40))
		return damaged(err, "the snapshot table is out of range");
	return 0;
}

static int check_header(struct qcow2 *q, const struct header *h, struct error *err)
{
	q->disk_bytes = get64(h, 24);
	if (check_backing(h, err) < 0)
		return -1;
	if (get32(h, 32))
		return error_set(err, ERROR_BOX, "the qcow2 image is encrypted");
	if (q->version == 3 && check_version3(q, h, err) < 0)
		return -1;
	if (q->version == 2 && check_extensions(h, V2_HEADER_BYTES, err) < 0)
		return -1;
	if (!q->disk_bytes)
		return damaged(err, "its disk has no size");
	if (q->disk_bytes > QCOW2_MAX_DISK_BYTES)
		return error_set(err, ERROR_BOX,
				 "the qcow2 image claims a disk of %" PRIu64
				 " bytes, the limit is 64 TiB",
				 q->disk_bytes);
	if (check_refcounts(q, h, err) < 0)
		return -1;
	return check_snapshots(q, h, err);
}

static unsigned entry_bytes(const struct qcow2 *q)
{
	return q->wide_entries ? 16 : 8;
}

static int compare_offsets(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Turns the L1 entries into the sorted offsets of L2 tables. */
static int take_l1(struct qcow2 *q, uint64_t *entries, size_t count, struct error *err)
{
	uint64_t entries_per_table = q->cluster_bytes / entry_bytes(q);
	uint64_t last_cluster = (q->disk_bytes - 1) >> q->cluster_bits;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t offset = be64toh(entries[i]) & TABLE_OFFSET_MASK;

		if (!offset)
			continue;
		if (!is_aligned(q, offset))
			return damaged(err, "an L2 table is not on a cluster's boundary");
		if (!is_inside(q, offset, q->cluster_bytes))
			return damaged(err, "an L2 table lies beyond the end of the file");
		if (i == last_cluster / entries_per_table)
			q->last_table = offset;
		entries[used++] = offset;
	}
	q->last_entry = last_cluster % entries_per_table;
	q->last_bytes = q->disk_bytes - (last_cluster << q->cluster_bits);
	qsort(entries, used, sizeof(*entries), compare_offsets);
	for (size_t i = 0; i < used; i++)
		if (!i || entries[i] != entries[i - 1])
			entries[q->table_count++] = entries[i];
	return 0;
}

static int check_l1(struct qcow2 *q, const struct header *h, uint64_t *out_offset,
		    uint64_t *out_count, struct error *err)
{
	uint64_t offset = get64(h, 40);
	uint64_t count = get32(h, 36);
	uint64_t covered = (q->cluster_bytes / entry_bytes(q)) << q->cluster_bits;

	if (count * 8 > MAX_L1_BYTES || !is_aligned(q, offset))
		return damaged(err, "the L1 table is out of range");
	if (count < (q->disk_bytes - 1) / covered + 1)
		return damaged(err, "the L1 table is too short for the disk");
	if (!is_inside(q, offset, count * 8))
		return damaged(err, "the L1 table lies beyond the end of the file");
	if (offset < q->cluster_bytes)
		return damaged(err, "the L1 table overlaps the header");
	*out_offset = offset;
	*out_count = count;
	return 0;
}

static int read_l1(struct qcow2 *q, const struct qcow2_input *in, const struct header *h,
		   struct error *err)
{
	uint64_t offset, count;
	cleanup_free uint64_t *entries = NULL;

	if (check_l1(q, h, &offset, &count, err) < 0)
		return -1;
	entries = xmalloc(count * 8);
	if (in->read_at(in->ctx, offset, entries, count * 8, err) < 0)
		return -1;
	if (take_l1(q, entries, count, err) < 0)
		return -1;
	q->tables = take_ptr(entries);
	return 0;
}

static int not_qcow2(struct error *err)
{
	return error_set(err, ERROR_BOX, "not a qcow2 image");
}

/* What the first fields tell: version and cluster size. `data` is at least V2_HEADER_BYTES long. */
static int read_start(struct qcow2 *q, const unsigned char *data, struct error *err)
{
	const struct header h = { data, V2_HEADER_BYTES, false };

	if (!qcow2_is(data, V2_HEADER_BYTES))
		return not_qcow2(err);
	q->version = get32(&h, 4);
	q->cluster_bits = get32(&h, 20);
	if (q->version != 2 && q->version != 3)
		return error_set(err, ERROR_BOX, "qcow2 version %u is not supported", q->version);
	if (q->cluster_bits < 9 || q->cluster_bits > 21)
		return damaged(err, "the cluster size is out of range");
	q->cluster_bytes = UINT64_C(1) << q->cluster_bits;
	if (q->version == 3 && q->file_bytes < V3_HEADER_BYTES)
		return damaged(err, too_short);
	return 0;
}

int qcow2_open(const struct qcow2_input *in, uint64_t file_bytes, struct qcow2 *out,
	       struct error *err)
{
	struct qcow2 q = { .file_bytes = file_bytes };
	unsigned char start[V2_HEADER_BYTES];
	cleanup_free unsigned char *cluster = NULL;
	struct header h;
	uint64_t len;

	if (file_bytes < sizeof(start))
		return damaged(err, too_short);
	if (in->read_at(in->ctx, 0, start, sizeof(start), err) < 0 ||
	    read_start(&q, start, err) < 0)
		return -1;
	len = file_bytes < q.cluster_bytes ? file_bytes : q.cluster_bytes;
	cluster = xmalloc(len);
	memcpy(cluster, start, sizeof(start));
	if (in->read_at(in->ctx, sizeof(start), cluster + sizeof(start), len - sizeof(start), err) <
	    0)
		return -1;
	h = (struct header){ cluster, len, false };
	if (check_header(&q, &h, err) < 0 || read_l1(&q, in, &h, err) < 0)
		return -1;
	*out = q;
	return 0;
}

static int read_head(void *ctx, uint64_t offset, void *buf, size_t len, struct error *err)
{
	const struct header *head = ctx;

	if (offset > head->len || len > head->len - offset)
		return damaged(err, too_short);
	memcpy(buf, head->data + offset, len);
	return 0;
}

int qcow2_open_head(const void *head, size_t len, uint64_t file_bytes, struct qcow2 *out,
		    struct error *err)
{
	struct qcow2 q = { .file_bytes = file_bytes };
	struct header all = { head, len, false }, h = all;
	struct qcow2_input in = { read_head, &all };
	uint64_t offset, count;
	bool has_tables;

	if (!qcow2_is(head, len))
		return not_qcow2(err);
	if (len < V2_HEADER_BYTES)
		return damaged(err, too_short);
	if (read_start(&q, head, err) < 0)
		return -1;
	if (q.version == 3 && len < V3_HEADER_BYTES)
		return damaged(err, too_short);
	if (h.len > q.cluster_bytes)
		h.len = q.cluster_bytes;
	h.cut = h.len < q.cluster_bytes && h.len < file_bytes;
	if (check_header(&q, &h, err) < 0 || check_l1(&q, &h, &offset, &count, err) < 0)
		return -1;
	has_tables = offset + count * 8 <= len;
	if (has_tables && read_l1(&q, &in, &h, err) < 0)
		return -1;
	*out = q;
	return has_tables;
}

/*
 * The descriptor of a compressed cluster: offset in the low bits, above it how many sectors of 512
 * bytes follow the one it starts in. The last of them need not be a whole one.
 */
static int check_compressed(struct qcow2 *q, uint64_t entry, struct error *err)
{
	unsigned bits = 62 - (q->cluster_bits - 8);
	uint64_t offset = entry & ((UINT64_C(1) << bits) - 1);
	uint64_t sectors = (entry & (COMPRESSED_FLAG - 1)) >> bits;
	uint64_t last_sector = (offset & ~UINT64_C(511)) + sectors * 512;

	if (!is_inside(q, offset, 1) || !is_inside(q, last_sector, 1))
		return damaged(err, "compressed data lies beyond the end of the file");
	return 0;
}

static int check_entry(struct qcow2 *q, uint64_t table, size_t index, uint64_t entry,
		       struct error *err)
{
	uint64_t offset = entry & TABLE_OFFSET_MASK;
	uint64_t need = q->cluster_bytes;

	if (entry & COMPRESSED_FLAG)
		return check_compressed(q, entry, err);
	if (!offset)
		return 0;
	if (!is_aligned(q, offset))
		return damaged(err, "data is not on a cluster's boundary");
	/* Such a cluster reads as zeroes, its place in the file is only reserved. */
	if (!q->wide_entries && (entry & ZERO_FLAG))
		return 0;
	if (table == q->last_table && index == q->last_entry)
		need = q->last_bytes;
	if (!is_inside(q, offset, need))
		return damaged(err, "data lies beyond the end of the file");
	return 0;
}

/* The words of a table from byte `from` to byte `to`; data points at the first. */
static int check_words(struct qcow2 *q, uint64_t table, const unsigned char *data, uint64_t from,
		       uint64_t to, struct error *err)
{
	unsigned step = entry_bytes(q);

	for (uint64_t at = from; at + 8 <= to; at += 8) {
		uint64_t entry;

		memcpy(&entry, data + (at - from), 8);
		/* The second half of a wide entry is a bitmap. */
		if (entry && at % step == 0 &&
		    check_entry(q, table, at / step, be64toh(entry), err) < 0)
			return -1;
	}
	return 0;
}

int qcow2_watch(struct qcow2 *q, uint64_t offset, const void *data, size_t len, struct error *err)
{
	uint64_t end = offset + len;
	const unsigned char *bytes = data;

	while (q->watched < q->table_count) {
		uint64_t table = q->tables[q->watched];
		uint64_t table_end = table + q->cluster_bytes;
		uint64_t from = table > offset ? table : offset;
		uint64_t to = table_end < end ? table_end : end;

		if (table >= end)
			return 0;
		if (from < to && check_words(q, table, bytes + (from - offset), from - table,
					     to - table, err) < 0)
			return -1;
		if (table_end > end)
			return 0;
		q->watched++;
	}
	return 0;
}

int qcow2_check(struct qcow2 *q, const struct qcow2_input *in, struct error *err)
{
	cleanup_free unsigned char *table = xmalloc(q->cluster_bytes);

	for (size_t i = 0; i < q->table_count; i++) {
		if (in->read_at(in->ctx, q->tables[i], table, q->cluster_bytes, err) < 0)
			return -1;
		if (check_words(q, q->tables[i], table, 0, q->cluster_bytes, err) < 0)
			return -1;
	}
	return 0;
}

int qcow2_check_length(const struct qcow2 *q, uint64_t file_bytes, struct error *err)
{
	if (q->needed_bytes <= file_bytes)
		return 0;
	return damaged(err, "tables or data lie beyond the end of the file");
}

void qcow2_clear(struct qcow2 *q)
{
	free(q->tables);
	*q = (struct qcow2){ 0 };
}
