/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of boxes/import.h share: a target that keeps what it gets, and an import in one call. */
#ifndef TESTS_UNIT_IMPORT_SAMPLES_H
#define TESTS_UNIT_IMPORT_SAMPLES_H

#include "boxes/import.h"

#include "tests/unit/box_samples.h"
#include "tests/unit/qcow2_sample.h"

#define KEPT_DISKS 16

#define V1_METADATA "{\"provider\":\"libvirt\",\"format\":\"qcow2\",\"virtual_size\":1}"

/* Every disk that was begun. */
struct kept {
	struct text disks[KEPT_DISKS];
	const char *formats[KEPT_DISKS];
	uint64_t announced[KEPT_DISKS];
	size_t count;
	uint64_t holes;
	bool fail;
};

static int keep(void *ctx, const void *data, size_t len, struct error *err)
{
	struct kept *k = ctx;

	if (k->fail)
		return error_set(err, ERROR_SYSTEM, "disk full");
	text_addn(&k->disks[k->count - 1], data, len);
	return 0;
}

static int keep_hole(void *ctx, uint64_t len, struct error *err)
{
	static const char zeroes[4096];
	struct kept *k = ctx;

	k->holes += len;
	for (uint64_t part; len; len -= part) {
		part = len < sizeof(zeroes) ? len : sizeof(zeroes);
		if (keep(ctx, zeroes, part, err) < 0)
			return -1;
	}
	return 0;
}

static int keep_disk(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
		     struct error *err)
{
	struct kept *k = ctx;

	(void)err;
	assert_true(k->count < KEPT_DISKS);
	k->formats[k->count] = format;
	k->announced[k->count++] = file_bytes;
	*out = (struct image_sink){ keep, keep_hole, k };
	return 0;
}

static inline void kept_clear(struct kept *k)
{
	for (size_t i = 0; i < k->count; i++)
		text_clear(&k->disks[i]);
	*k = (struct kept){ 0 };
}

static inline int take_disks(const struct import_spec *spec, struct kept *k, struct content *out,
			     struct error *err)
{
	cleanup_import struct import *i = NULL;
	struct image_target target = { keep_disk, k };

	if (import_open(spec, &i, err) < 0)
		return -1;
	assert_int_equal(import_kind(i), IMAGE_DISK);
	return import_disks(i, &target, out, err);
}

/* A file of the sample folder, as a box of that name. */
static inline int take_file(const char *name, struct kept *k, struct content *out,
			    struct error *err)
{
	cleanup_growing struct growing *file = NULL;
	struct import_spec spec = { .name = name };

	if (growing_open(sample_path(name), &file, err) < 0)
		return -1;
	spec.file = file;
	return take_disks(&spec, k, out, err);
}

/* As whatever it is, into the store at "home". */
static inline int take_any(const struct import_spec *spec, struct kept *k, struct content *out,
			   struct error *err)
{
	cleanup_import struct import *i = NULL;
	struct image_target target = { keep_disk, k };

	if (import_open(spec, &i, err) < 0)
		return -1;
	return import_kind(i) == IMAGE_DISK ? import_disks(i, &target, out, err) :
					      import_rootfs(i, sample_path("home"), out, err);
}

/* The file is refused by a message that names it and has `why` in it. */
static inline void refuse_file(const char *name, const char *why)
{
	cleanup_error struct error err = { 0 };
	struct kept k = { 0 };
	struct content c = { 0 };

	if (take_file(name, &k, &c, &err) == 0)
		fail_msg("%s: taken, but should be refused: %s", name, why);
	if (err.kind != ERROR_BOX || !strstr(err.text, why) || !strstr(err.text, name))
		fail_msg("%s: wanted '%s', got %d '%s'", name, why, err.kind, err.text);
	assert_null(c.user);
	kept_clear(&k);
}

static inline void write_compressed(const char *name, int filter, const void *data, size_t len)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();

	archive_write_add_filter(a, filter);
	archive_write_set_format_raw(a);
	archive_write_open_filename(a, sample_path(name));
	archive_entry_set_filetype(e, AE_IFREG);
	archive_write_header(a, e);
	assert_int_equal(archive_write_data(a, data, len), len);
	archive_entry_free(e);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

static inline struct sample_member text_member(const char *name, const char *content)
{
	return (struct sample_member){ .name = name, .data = content, .len = strlen(content) };
}

static const int sample_filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ,
				      ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_BZIP2 };

#endif
