/* SPDX-License-Identifier: Apache-2.0 */
/* Disk boxes: what they are, that they come out as they went in, and what is refused. */
#include "boxes/box.h"

#include <fcntl.h>

#include "core/proc.h"
#include "core/stop.h"
#include "tests/unit/box_samples.h"
#include "tests/unit/qcow2_sample.h"

static const char good_metadata[] =
	"{\"provider\":\"libvirt\",\"format\":\"qcow2\",\"virtual_size\":1}";

/* --- a sink that keeps what it gets ------------------------------------------------------------ */

struct kept {
	struct text bytes;
	uint64_t holes;
	bool fail;
};

static int keep(void *ctx, const void *data, size_t len, struct error *err)
{
	struct kept *k = ctx;

	if (k->fail)
		return error_set(err, ERROR_SYSTEM, "disk full");
	text_addn(&k->bytes, data, len);
	return 0;
}

static int keep_hole(void *ctx, uint64_t len, struct error *err)
{
	static const char zeroes[4096];
	struct kept *k = ctx;

	(void)err;
	k->holes += len;
	for (; len; len -= len < sizeof(zeroes) ? len : sizeof(zeroes))
		text_addn(&k->bytes, zeroes, len < sizeof(zeroes) ? len : sizeof(zeroes));
	return 0;
}

static int open_box(const char *name, struct box *b, struct error *err)
{
	return box_open(sample_path("home"), sample_path(name), name, NULL, NULL, b, err);
}

static int pour(const char *name, struct kept *k, struct error *err)
{
	cleanup_box struct box b = { 0 };
	struct image_sink sink = { keep, keep_hole, k };

	return open_box(name, &b, err) < 0 ? -1 : box_pour(&b, &sink, NULL, err);
}

static void pours_as(const char *name, const void *want, size_t len)
{
	cleanup_error struct error err = { 0 };
	struct kept k = { 0 };

	if (pour(name, &k, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	assert_int_equal(k.bytes.len, len);
	assert_memory_equal(k.bytes.ptr, want, len);
	text_clear(&k.bytes);
}

/* The box is refused, at the latest when it is poured, with a text that has `why` in it. */
static void refused(const char *name, const char *why)
{
	cleanup_error struct error err = { 0 };
	struct kept k = { 0 };

	if (pour(name, &k, &err) == 0)
		fail_msg("%s: taken, but should be refused: %s", name, why);
	if (err.kind != ERROR_BOX || !strstr(err.text, why) || !strstr(err.text, name))
		fail_msg("%s: wanted '%s', got %d '%s'", name, why, err.kind, err.text);
	text_clear(&k.bytes);
}

static const struct sample_member *vagrant_members(const char *metadata, const void *disk,
						   size_t len)
{
	static struct sample_member m[4];

	m[0] = (struct sample_member){ "./metadata.json", metadata, strlen(metadata) };
	m[1] = (struct sample_member){ "./Vagrantfile", "# none\n", 7 };
	m[2] = (struct sample_member){ "./box.img", disk, len };
	return m;
}

static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ,
			       ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_BZIP2 };

static void write_compressed(const char *name, int filter, const void *data, size_t len)
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

/* --- what is understood ---------------------------------------------------------------------- */

static void takes_qcow2(void **state)
{
	unsigned char image[SAMPLE_BYTES];
	cleanup_error struct error err = { 0 };
	cleanup_box struct box b = { 0 };

	(void)state;
	sample_qcow2(image);
	sample_write("a.img", image, sizeof(image));
	assert_int_equal(open_box("a.img", &b, &err), 0);
	assert_int_equal(b.image.kind, IMAGE_DISK);
	assert_string_equal(b.image.format, "qcow2");
	assert_string_equal(b.image.user, "root");
	assert_string_equal(b.image.name, "a.img");
	assert_false(b.image.known_key);
	assert_null(b.member);
	assert_int_equal(b.image.disk_bytes, SAMPLE_DISK);
	assert_int_equal(b.image.file_bytes, SAMPLE_BYTES);
	pours_as("a.img", image, sizeof(image));
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		write_compressed("a.compressed", filters[i], image, sizeof(image));
		pours_as("a.compressed", image, sizeof(image));
	}
}

/* The sample is what QEMU calls a valid image; else the refusals below would prove nothing. */
static void sample_is_valid(void **state)
{
	unsigned char image[SAMPLE_BYTES];
	cleanup_error struct error err = { 0 };
	const char *argv[] = { "qemu-img", "check", "-f", "qcow2", sample_path("s.img"), NULL };

	(void)state;
	sample_qcow2(image);
	sample_write("s.img", image, sizeof(image));
	if (proc_must(argv, clock_ms() + 30000, &err) == 0)
		return;
	if (err.kind != ERROR_NOT_FOUND)
		fail_msg("%s", err.text);
	skip();
}

static void takes_raw_with_holes(void **state)
{
	const size_t len = 4 << 20;
	cleanup_free unsigned char *image = xcalloc(1, len);
	cleanup_error struct error err = { 0 };
	cleanup_box struct box b = { 0 };
	struct kept k = { 0 };

	(void)state;
	image[510] = 0x55;
	image[511] = 0xaa;
	memset(image + 2 * len / 4 + 100, 7, 70000);
	sample_write("r.raw", image, len);
	assert_int_equal(open_box("r.raw", &b, &err), 0);
	assert_string_equal(b.image.format, "raw");
	assert_int_equal(b.image.disk_bytes, len);
	assert_int_equal(pour("r.raw", &k, &err), 0);
	assert_int_equal(k.bytes.len, len);
	assert_memory_equal(k.bytes.ptr, image, len);
	assert_int_equal(k.holes, len - 3 * 65536);
	text_clear(&k.bytes);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		write_compressed("r.compressed", filters[i], image, len);
		pours_as("r.compressed", image, len);
	}
}

static void takes_sparse_raw(void **state)
{
	const size_t len = (32 << 20) + 12345;
	cleanup_free char *image = xcalloc(1, len);
	cleanup_close int fd = -1;

	(void)state;
	memcpy(image + 510, "\x55\xaa", 2);
	memcpy(image + (20 << 20) + 5, "data", 4);
	sample_write("sparse.raw", image, 512);
	fd = open(sample_path("sparse.raw"), O_WRONLY);
	assert_int_equal(pwrite(fd, "data", 4, (20 << 20) + 5), 4);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	pours_as("sparse.raw", image, len);
}

static void takes_vagrant_box(void **state)
{
	unsigned char image[SAMPLE_BYTES];
	const struct sample_member disk_first[] = {
		{ "box.img", image, sizeof(image) },
		{ "metadata.json", good_metadata, strlen(good_metadata) },
		{ 0 },
	};

	(void)state;
	sample_qcow2(image);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_box struct box b = { 0 };

		sample_tar("v.box", filters[i],
			   vagrant_members(good_metadata, image, sizeof(image)));
		assert_int_equal(open_box("v.box", &b, &err), 0);
		assert_string_equal(b.image.user, "vagrant");
		assert_true(b.image.known_key);
		assert_string_equal(b.member, "box.img");
		assert_int_equal(b.image.disk_bytes, SAMPLE_DISK);
		pours_as("v.box", image, sizeof(image));
	}
	sample_tar("first.box", ARCHIVE_FILTER_GZIP, disk_first);
	pours_as("first.box", image, sizeof(image));
}

/* The L1 table may lie behind the L2 tables, which have then gone by when it is read. */
static void takes_late_l1(void **state)
{
	unsigned char image[SAMPLE_BYTES + SAMPLE_CLUSTER];

	(void)state;
	sample_qcow2(image);
	memcpy(image + SAMPLE_BYTES, image + SAMPLE_L1, SAMPLE_CLUSTER);
	put64(image, 40, SAMPLE_BYTES);
	sample_tar("late.box", ARCHIVE_FILTER_XZ,
		   vagrant_members(good_metadata, image, sizeof(image)));
	pours_as("late.box", image, sizeof(image));
	put64(image, SAMPLE_L2 + 8, UINT64_C(1) << 40);
	sample_tar("late.box", ARCHIVE_FILTER_XZ,
		   vagrant_members(good_metadata, image, sizeof(image)));
	refused("late.box", "beyond the end");
}

/* --- what is refused ------------------------------------------------------------------------- */

static void refuses_unknown(void **state)
{
	static const char text[] = "#!/bin/sh\necho this is no disk\n";
	const struct sample_member odd[] = { { "readme", "x", 1 }, { 0 } };
	unsigned char image[SAMPLE_BYTES];

	(void)state;
	sample_qcow2(image);
	sample_write("script", text, sizeof(text));
	refused("script", "not a box");
	write_compressed("script.gz", ARCHIVE_FILTER_GZIP, text, sizeof(text));
	refused("script.gz", "not a box");
	sample_write("empty", "", 0);
	refused("empty", "empty");
	sample_tar("odd.tar", ARCHIVE_FILTER_GZIP, odd);
	refused("odd.tar", "not a box");
	sample_tar("nodisk.box", ARCHIVE_FILTER_GZIP, vagrant_members(good_metadata, "", 0));
	refused("nodisk.box", "box.img");
	sample_tar("nometa.box", ARCHIVE_FILTER_GZIP,
		   vagrant_members(good_metadata, image, sizeof(image)) + 1);
	refused("nometa.box", "metadata.json");
}

/* Cut anywhere: a piece of a box is never taken for a box. */
static void refuses_truncated(void **state)
{
	unsigned char image[SAMPLE_BYTES];

	(void)state;
	sample_qcow2(image);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(filters); i++) {
		cleanup_text struct text whole = { 0 };
		cleanup_error struct error err = { 0 };

		if (i < ARRAY_SIZE(filters))
			sample_tar("cut", filters[i],
				   vagrant_members(good_metadata, image, sizeof(image)));
		else
			write_compressed("cut", filters[i - ARRAY_SIZE(filters)], image,
					 sizeof(image));
		assert_int_equal(fs_read(sample_path("cut"), 1 << 20, &whole, &err), 0);
		for (size_t part = 1; part < 40; part++) {
			sample_write("cut", whole.ptr, whole.len * part / 40);
			refused("cut", "");
		}
		/* The records of zeroes at a tar's end are padding, but for the first. */
		if (i) {
			sample_write("cut", whole.ptr, whole.len - 1);
			refused("cut", "");
		}
	}
}

static void refuses_damage_in_compression(void **state)
{
	unsigned char image[SAMPLE_BYTES];

	(void)state;
	sample_qcow2(image);
	for (size_t i = 1; i < ARRAY_SIZE(filters); i++) {
		cleanup_text struct text whole = { 0 };
		cleanup_error struct error err = { 0 };

		/* zstd as libarchive writes it has no checksum. */
		if (filters[i] == ARCHIVE_FILTER_ZSTD)
			continue;
		write_compressed("bad", filters[i], image, sizeof(image));
		assert_int_equal(fs_read(sample_path("bad"), 1 << 20, &whole, &err), 0);
		whole.ptr[whole.len / 2] ^= 0x10;
		sample_write("bad", whole.ptr, whole.len);
		refused("bad", "");
	}
}

static void refuses_truncated_raw(void **state)
{
	const size_t len = 1 << 20;
	cleanup_free unsigned char *image = xcalloc(1, len);

	(void)state;
	memcpy(image + 510, "\x55\xaa", 2);
	image[446 + 4] = 0x83;
	image[446 + 9] = 1;
	image[446 + 12] = 0xff;
	image[446 + 13] = 0x07;
	sample_write("cut.raw", image, len);
	refused("cut.raw", "partition table");
	image[446 + 13] = 0x06;
	sample_write("whole.raw", image, len);
	pours_as("whole.raw", image, len);
}

static void refuses_metadata(void **state)
{
	static const struct {
		const char *json, *why;
	} table[] = {
		{ "{\"format\":\"qcow2\",\"virtual_size\":1}", "'provider' is missing" },
		{ "{\"provider\":1,\"format\":\"qcow2\",\"virtual_size\":1}",
		  "'provider' is not a string" },
		{ "{\"provider\":\"virtualbox\",\"format\":\"qcow2\",\"virtual_size\":1}",
		  "provider 'virtualbox' is not supported, only 'libvirt'" },
		{ "{\"provider\":\"libvirt\",\"virtual_size\":1}", "'format' is missing" },
		{ "{\"provider\":\"libvirt\",\"format\":[],\"virtual_size\":1}",
		  "'format' is not a string" },
		{ "{\"provider\":\"libvirt\",\"format\":\"vmdk\",\"virtual_size\":1}",
		  "format 'vmdk' is not supported" },
		{ "{\"provider\":\"libvirt\",\"format\":\"qcow2\"}", "'virtual_size' is missing" },
		{ "{\"provider\":\"libvirt\",\"format\":\"qcow2\",\"virtual_size\":\"1\"}",
		  "'virtual_size' is not a whole number" },
		{ "{\"provider\":\"libvirt\",\"format\":\"qcow2\",\"virtual_size\":-1}",
		  "'virtual_size' is out of range" },
		{ "{\"provider\":\"libvirt\",\"disks\":[]}", "'disks' is not supported" },
		{ "{\"provider\":\"a\\u001b[2J\",\"virtual_size\":1}", "provider 'a?[2J'" },
		{ "[]", "not an object" },
		{ "{", "metadata.json: line 1" },
		{ "", "" },
	};
	unsigned char image[SAMPLE_BYTES];

	(void)state;
	sample_qcow2(image);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		sample_tar("m.box", ARCHIVE_FILTER_GZIP,
			   vagrant_members(table[i].json, image, sizeof(image)));
		refused("m.box", table[i].why);
	}
}

static void refuses_hostile_box(void **state)
{
	unsigned char image[SAMPLE_BYTES];
	const struct sample_member meta = { "metadata.json", good_metadata, strlen(good_metadata) };
	const struct sample_member disk = { "box.img", image, sizeof(image) };
	const struct {
		struct sample_member members[4];
		const char *why;
	} table[] = {
		{ { meta, disk, disk }, "'box.img' is in it twice" },
		{ { meta, { "../box.img", "x", 1 }, disk }, "'../box.img'" },
		{ { meta, disk, { "/etc/passwd", "x", 1 } }, "'/etc/passwd'" },
		{ { meta, { "box.img", NULL, 0, AE_IFLNK, 0, "/etc/passwd" } }, "'box.img'" },
		{ { meta, { "box.img", NULL, 0, AE_IFCHR } }, "'box.img'" },
		{ { { "metadata.json", NULL, 0, AE_IFLNK, 0, "/etc/passwd" }, disk },
		  "'metadata.json'" },
		{ { meta, meta, disk }, "'metadata.json' is in it twice" },
	};

	(void)state;
	sample_qcow2(image);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		sample_tar("h.box", ARCHIVE_FILTER_GZIP, table[i].members);
		refused("h.box", table[i].why);
	}
}

static void passes_on_failing_sink(void **state)
{
	unsigned char image[SAMPLE_BYTES];
	cleanup_error struct error err = { 0 };
	struct kept k = { .fail = true };

	(void)state;
	sample_qcow2(image);
	sample_write("full.img", image, sizeof(image));
	assert_int_equal(pour("full.img", &k, &err), -1);
	assert_int_equal(err.kind, ERROR_SYSTEM);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, samples_setup, samples_teardown)
	const struct CMUnitTest tests[] = {
		T(sample_is_valid),        T(takes_qcow2),       T(takes_raw_with_holes),
		T(takes_sparse_raw),       T(takes_vagrant_box), T(takes_late_l1),
		T(refuses_unknown),        T(refuses_truncated), T(refuses_damage_in_compression),
		T(refuses_truncated_raw),  T(refuses_metadata),  T(refuses_hostile_box),
		T(passes_on_failing_sink),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
