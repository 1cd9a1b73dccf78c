/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: metadata.json and qcow2 images, the two things of a box that are parsed by hand.
 * The first byte chooses. tests/unit/box_corpus.c replays the corpus without libFuzzer.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "boxes/metadata.h"
#include "boxes/qcow2.h"
#include "boxes/raw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct image {
	const uint8_t *data;
	size_t len;
};

static int read_at(void *ctx, uint64_t offset, void *buf, size_t len, struct error *err)
{
	const struct image *image = ctx;

	if (offset > image->len || len > image->len - offset)
		return error_set(err, ERROR_BOX, "short");
	memcpy(buf, image->data + offset, len);
	return 0;
}

static void try_qcow2(const uint8_t *data, size_t len)
{
	struct image image = { data, len };
	const struct qcow2_input in = { read_at, &image };
	cleanup_qcow2 struct qcow2 q = { 0 };
	cleanup_error struct error err = { 0 };

	if (qcow2_open(&in, len, &q, &err) < 0)
		return;
	qcow2_check(&q, &in, &err);
	for (size_t at = 0, part; at < len; at += part) {
		part = len - at < 4096 ? len - at : 4096;
		if (qcow2_watch(&q, at, data + at, part, &err) < 0)
			return;
	}
}

static void try_raw(const uint8_t *data, size_t len)
{
	cleanup_error struct error err = { 0 };

	if (raw_is_disk(data, len))
		raw_check(data, len, len, &err);
}

static void try_metadata(const uint8_t *data, size_t len)
{
	cleanup_error struct error err = { 0 };
	struct metadata m;

	metadata_parse(data, len, &m, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!len)
		return 0;
	switch (data[0]) {
	case 'q':
		try_qcow2(data + 1, len - 1);
		break;
	case 'r':
		try_raw(data + 1, len - 1);
		break;
	default:
		try_metadata(data + 1, len - 1);
	}
	return 0;
}
