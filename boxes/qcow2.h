/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a qcow2 image may be before QEMU is let near it: whole, self-contained and of a sane size.
 * The format is docs/interop/qcow2.txt of QEMU. Nothing here opens or maps a file.
 */
#ifndef BOXES_QCOW2_H
#define BOXES_QCOW2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define QCOW2_MAGIC "QFI\xfb"
#define QCOW2_MAX_DISK_BYTES ((uint64_t)64 << 40)
/* The file is little larger than its disk. Stands for a length that is not known. */
#define QCOW2_MAX_FILE_BYTES (QCOW2_MAX_DISK_BYTES + ((uint64_t)1 << 40))

/*
 * Where the image's bytes come from. read_at() fills buf wholly or fails. qcow2_open() asks for
 * ascending offsets only, so a stream can serve it.
 */
struct qcow2_input {
	int (*read_at)(void *ctx, uint64_t offset, void *buf, size_t len, struct error *err);
	void *ctx;
};

struct qcow2 {
	uint64_t file_bytes;
	uint64_t needed_bytes; /* where what was seen to be in use ends */
	uint64_t disk_bytes;
	uint64_t cluster_bytes;
	uint64_t *tables; /* offsets of the L2 tables, ascending, each once */
	size_t table_count;
	size_t watched; /* tables before this one have gone by in qcow2_watch() */
	unsigned version, cluster_bits;
	bool wide_entries; /* extended L2 entries of 16 bytes */
	/* The guest's last cluster may be cut where the disk ends: its table, its entry, what it needs. */
	uint64_t last_table, last_bytes;
	size_t last_entry;
};

bool qcow2_is(const void *head, size_t len);
/*
 * Reads and checks the header and the L1 table of an image of file_bytes. ERROR_BOX says what is
 * wrong: damage, a backing or data file, encryption, a size beyond QCOW2_MAX_DISK_BYTES, an
 * unknown feature. At most 34 MiB are held. Clear *out with qcow2_clear().
 */
int qcow2_open(const struct qcow2_input *in, uint64_t file_bytes, struct qcow2 *out,
	       struct error *err);
/*
 * The same from the first bytes of an image alone: 1; or 0 if the L1 table lies beyond them: then *out
 * has no tables, and qcow2_open() and qcow2_check() are still to come.
 */
int qcow2_open_head(const void *head, size_t len, uint64_t file_bytes, struct qcow2 *out,
		    struct error *err);
/* Checks what of the L2 tables lies in these bytes of the image. Offsets ascend and are multiples of 8. */
int qcow2_watch(struct qcow2 *q, uint64_t offset, const void *data, size_t len, struct error *err);
/* Reads and checks every L2 table. */
int qcow2_check(struct qcow2 *q, const struct qcow2_input *in, struct error *err);
/* For an image whose length was not known before: ERROR_BOX if what was seen to be in use goes beyond it. */
int qcow2_check_length(const struct qcow2 *q, uint64_t file_bytes, struct error *err);
void qcow2_clear(struct qcow2 *q);
#define cleanup_qcow2 cleanup(qcow2_clear)

#endif
