/* SPDX-License-Identifier: Apache-2.0 */
/* However large an image is, taking it in needs a few MiB. */
#include "tests/unit/import_samples.h"

#include <sys/resource.h>

static int count_only(void *ctx, const void *data, size_t len, struct error *err)
{
	(void)data;
	(void)err;
	*(uint64_t *)ctx += len;
	return 0;
}

static int count_disk(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
		      struct error *err)
{
	(void)format;
	(void)file_bytes;
	(void)err;
	*out = (struct image_sink){ count_only, NULL, ctx };
	return 0;
}

static long peak_kib(void)
{
	struct rusage use;

	assert_int_equal(getrusage(RUSAGE_SELF, &use), 0);
	return use.ru_maxrss;
}

static void write_large(const char *name, int filter, size_t mib)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	static unsigned char block[1 << 20];

	archive_write_add_filter(a, filter);
	archive_write_set_format_raw(a);
	archive_write_open_filename(a, sample_path(name));
	archive_entry_set_filetype(e, AE_IFREG);
	archive_write_header(a, e);
	memset(block, 'x', sizeof(block));
	memcpy(block + 510, "\x55\xaa", 2);
	memset(block + 446, 0, 64);
	for (size_t i = 0; i < mib; i++)
		assert_int_equal(archive_write_data(a, block, sizeof(block)), sizeof(block));
	archive_entry_free(e);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

static void stays_small(void **state)
{
	static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP,
				       ARCHIVE_FILTER_ZSTD };
	const size_t mib = 300;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	/* It keeps what was freed. */
	skip();
#endif
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_growing struct growing *file = NULL;
		cleanup_import struct import *import = NULL;
		struct import_spec spec = { .name = "large" };
		struct content c = { 0 };
		uint64_t got = 0;
		struct image_target target = { count_disk, &got };
		long before;

		write_large("large", filters[i], mib);
		before = peak_kib();
		assert_int_equal(growing_open(sample_path("large"), &file, &err), 0);
		spec.file = file;
		assert_int_equal(import_open(&spec, &import, &err), 0);
		assert_int_equal(import_disks(import, &target, &c, &err), 0);
		assert_int_equal(got, mib << 20);
		assert_true(peak_kib() - before < 16 << 10);
		content_clear(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(stays_small, samples_setup, samples_teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
