/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: box files, and metadata.json, qcow2 and raw images alone, which are parsed by hand. The first byte
 * chooses. Root filesystems are unpacked into a scratch store if root runs it.
 * tests/unit/box_corpus.c replays the corpus without libFuzzer.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "boxes/import.h"
#include "boxes/metadata.h"
#include "boxes/qcow2.h"
#include "boxes/raw.h"
#include "core/fs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct bytes {
	const uint8_t *data;
	size_t len;
};

static int read_at(void *ctx, uint64_t offset, void *buf, size_t len, struct error *err)
{
	const struct bytes *image = ctx;

	if (offset > image->len || len > image->len - offset)
		return error_set(err, ERROR_BOX, "short");
	memcpy(buf, image->data + offset, len);
	return 0;
}

static void try_qcow2(const uint8_t *data, size_t len)
{
	struct bytes image = { data, len };
	const struct qcow2_input in = { read_at, &image };
	cleanup_qcow2 struct qcow2 q = { 0 }, head = { 0 };
	cleanup_error struct error err = { 0 };

	qcow2_open_head(data, len / 2, len, &head, &err);
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
	cleanup_metadata struct metadata m = { 0 };

	metadata_parse(data, len, &m, &err);
}

/* --- box files -------------------------------------------------------------------------------- */

static int drop(void *ctx, const void *data, size_t len, struct error *err)
{
	(void)ctx;
	(void)data;
	(void)len;
	(void)err;
	return 0;
}

static int drop_hole(void *ctx, uint64_t len, struct error *err)
{
	(void)ctx;
	(void)len;
	(void)err;
	return 0;
}

static int drop_disk(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
		     struct error *err)
{
	(void)format;
	(void)file_bytes;
	(void)err;
	*out = (struct image_sink){ drop, drop_hole, ctx };
	return 0;
}

/* On a tmpfs where there is one: what is stored is written out, and a disk would take its time. */
static void unpack(struct import *i, struct content *c, struct error *err)
{
	char home[] = "/dev/shm/bothy-fuzz.XXXXXX", other[] = "/tmp/bothy-fuzz.XXXXXX";
	char *path = mkdtemp(home);
	cleanup_error struct error ignored = { 0 };

	if (!path)
		path = mkdtemp(other);
	if (!path)
		abort();
	import_rootfs(i, path, c, err);
	fs_remove(path, &ignored);
}

static void try_box(const uint8_t *data, size_t len)
{
	const struct rootfs_limits limits = { .bytes = 1 << 20, .members = 100 };
	int fd = memfd_create("box", MFD_CLOEXEC);
	cleanup_growing struct growing *file = growing_new(fd, len, len, true);
	cleanup_import struct import *i = NULL;
	cleanup_error struct error err = { 0 };
	struct image_target target = { drop_disk, NULL };
	struct import_spec spec = { .file = file, .name = "fuzz", .limits = &limits };
	struct content c = { 0 };

	if (fd < 0 || fs_write_all(fd, data, len) < 0)
		abort();
	if (import_open(&spec, &i, &err) < 0)
		return;
	if (import_kind(i) == IMAGE_DISK)
		import_disks(i, &target, &c, &err);
	else
		unpack(i, &c, &err);
	content_clear(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!len)
		return 0;
	switch (data[0]) {
	case 'b':
		try_box(data + 1, len - 1);
		break;
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
