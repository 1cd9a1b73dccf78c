/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disk images that mean harm: whatever would make QEMU open another file, allocate without bounds or read
 * beyond the image. What the header tells is refused before a byte is poured.
 */
#include "tests/unit/hostile.h"

#define INCOMPATIBLE 72
#define HEADER_LENGTH 100
#define EXTENSIONS 104

static unsigned char image[SAMPLE_BYTES];

static void add_image(struct text *t)
{
	text_addn(t, image, sizeof(image));
}

static void set_backing(struct text *t, const char *name)
{
	sample_qcow2(image);
	put64(image, 8, 512);
	put32(image, 16, (uint32_t)strlen(name));
	memcpy(image + 512, name, strlen(name));
	add_image(t);
}

static void set32(struct text *t, size_t at, uint32_t value)
{
	sample_qcow2(image);
	put32(image, at, value);
	add_image(t);
}

static void set64(struct text *t, size_t at, uint64_t value)
{
	sample_qcow2(image);
	put64(image, at, value);
	add_image(t);
}

static void set_extension(struct text *t, uint32_t type, uint32_t claimed, const char *data)
{
	sample_qcow2(image);
	put32(image, EXTENSIONS, type);
	put32(image, EXTENSIONS + 4, claimed);
	memcpy(image + EXTENSIONS + 8, data, strlen(data));
	add_image(t);
}

/* --- other files ------------------------------------------------------------------------------ */

static void backing_absolute(struct text *t)
{
	set_backing(t, "/etc/shadow");
}

static void backing_relative(struct text *t)
{
	set_backing(t, "../../etc/shadow");
}

static void backing_json(struct text *t)
{
	set_backing(t, "json:{\"driver\":\"file\",\"filename\":\"/etc/shadow\"}");
}

static void backing_network(struct text *t)
{
	set_backing(t, "nbd://127.0.0.1/\033[2J");
}

static void backing_beyond_header(struct text *t)
{
	sample_qcow2(image);
	put64(image, 8, UINT64_C(1) << 62);
	put32(image, 16, 11);
	add_image(t);
}

static void backing_without_offset(struct text *t)
{
	set32(t, 16, 11);
}

static void backing_format(struct text *t)
{
	set_extension(t, 0xe2792aca, 3, "raw");
}

static void data_file(struct text *t)
{
	set_extension(t, 0x44415441, 11, "/etc/shadow");
}

static void data_file_flag(struct text *t)
{
	set64(t, INCOMPATIBLE, 4);
}

/* --- what cannot be read ---------------------------------------------------------------------- */

static void encrypted(struct text *t)
{
	set32(t, 32, 1);
}

static void luks(struct text *t)
{
	set32(t, 32, 2);
}

static void dirty(struct text *t)
{
	set64(t, INCOMPATIBLE, 1);
}

static void corrupt(struct text *t)
{
	set64(t, INCOMPATIBLE, 2);
}

static void unknown_feature(struct text *t)
{
	set64(t, INCOMPATIBLE, UINT64_C(1) << 60);
}

static void unknown_version(struct text *t)
{
	set32(t, 4, 4);
}

/* --- sizes and places ------------------------------------------------------------------------- */

static void huge_disk(struct text *t)
{
	set64(t, 24, UINT64_C(1) << 62);
}

static void no_disk(struct text *t)
{
	set64(t, 24, 0);
}

static void huge_clusters(struct text *t)
{
	set32(t, 20, 63);
}

static void huge_l1(struct text *t)
{
	set32(t, 36, UINT32_MAX);
}

static void short_l1(struct text *t)
{
	set32(t, 36, 1);
}

static void l1_outside(struct text *t)
{
	set64(t, 40, UINT64_C(1) << 40);
}

static void l1_over_header(struct text *t)
{
	set64(t, 40, 0);
}

static void refcounts_outside(struct text *t)
{
	set64(t, 48, UINT64_C(1) << 40);
}

static void l2_outside(struct text *t)
{
	set64(t, SAMPLE_L1, UINT64_C(1) << 40);
}

static void l2_unaligned(struct text *t)
{
	set64(t, SAMPLE_L1, SAMPLE_L2 + 512);
}

static void data_outside(struct text *t)
{
	set64(t, SAMPLE_L2, UINT64_C(1) << 40);
}

static void compressed_outside(struct text *t)
{
	set64(t, SAMPLE_L2, UINT64_C(1) << 62 | UINT64_C(1) << 40);
}

static void extension_outside(struct text *t)
{
	set_extension(t, 0x6803f857, UINT32_MAX, "");
}

static void header_outside(struct text *t)
{
	set32(t, HEADER_LENGTH, 1 << 20);
}

static void snapshots_outside(struct text *t)
{
	sample_qcow2(image);
	put32(image, 60, 1);
	put64(image, 64, UINT64_C(1) << 40);
	add_image(t);
}

static void too_many_snapshots(struct text *t)
{
	sample_qcow2(image);
	put32(image, 60, UINT32_MAX);
	put64(image, 64, SAMPLE_CLUSTER);
	add_image(t);
}

/* --- no qcow2 --------------------------------------------------------------------------------- */

static void foreign(struct text *t, size_t at, const char *magic)
{
	unsigned char head[4096] = { 0 };

	head[0] = ' ';
	memcpy(head + at, magic, strlen(magic));
	text_addn(t, head, sizeof(head));
}

static void vmdk(struct text *t)
{
	foreign(t, 0, "KDMV");
}

static void vmdk_descriptor(struct text *t)
{
	foreign(t, 0, "# Disk DescriptorFile\nRW 100 FLAT \"/etc/shadow\" 0\n");
}

static void vdi(struct text *t)
{
	foreign(t, 64, "\x7f\x10\xda\xbe");
}

static void vhdx(struct text *t)
{
	foreign(t, 0, "vhdxfile");
}

static void vhd(struct text *t)
{
	foreign(t, 0, "conectix");
}

static void qed(struct text *t)
{
	foreign(t, 0, "QED");
}

static void raw_gpt(struct text *t)
{
	static unsigned char disk[1 << 20];
	const uint64_t last = htole64(UINT64_C(1) << 40);

	memcpy(disk + 510, "\x55\xaa", 2);
	memcpy(disk + 512, "EFI PART", 8);
	memcpy(disk + 512 + 32, &last, 8);
	text_addn(t, disk, sizeof(disk));
}

/* Poured as what it was taken for, and told to the engine as that. */
static void raw_with_qcow2_inside(struct text *t)
{
	static unsigned char disk[1 << 20];

	sample_qcow2(image);
	memcpy(disk + 510, "\x55\xaa", 2);
	memcpy(disk + 4096, image, sizeof(image));
	text_addn(t, disk, sizeof(disk));
}

static void harmless(struct text *t)
{
	sample_qcow2(image);
	add_image(t);
}

static void harmless_in_box(struct text *t)
{
	sample_qcow2(image);
	tar_file(t, "metadata.json", V1_METADATA, strlen(V1_METADATA));
	tar_file(t, "box.img", image, sizeof(image));
}

#define AT_ONCE(add, why)            \
	{                            \
#add, add, why, true \
	}

static const struct hostile disks[] = {
	AT_ONCE(backing_absolute, "backing file, '/etc/shadow'"),
	AT_ONCE(backing_relative, "backing file, '../../etc/shadow'"),
	AT_ONCE(backing_json, "backing file, 'json:{"),
	AT_ONCE(backing_network, "backing file, 'nbd://127.0.0.1/?[2J'"),
	AT_ONCE(backing_beyond_header, "backing file"),
	AT_ONCE(backing_without_offset, "backing file"),
	AT_ONCE(backing_format, "format of a backing file"),
	AT_ONCE(data_file, "data in another file"),
	AT_ONCE(data_file_flag, "data in another file"),
	AT_ONCE(encrypted, "encrypted"),
	AT_ONCE(luks, "encrypted"),
	AT_ONCE(dirty, "dirty bit"),
	AT_ONCE(corrupt, "marked as corrupt"),
	AT_ONCE(unknown_feature, "unknown features (0x1000000000000000)"),
	AT_ONCE(unknown_version, "version 4 is not supported"),
	AT_ONCE(huge_disk, "a disk of 4611686018427387904 bytes"),
	AT_ONCE(no_disk, "its disk has no size"),
	AT_ONCE(huge_clusters, "cluster size"),
	AT_ONCE(huge_l1, "L1 table is out of range"),
	AT_ONCE(short_l1, "L1 table is too short"),
	AT_ONCE(l1_outside, "L1 table lies beyond"),
	AT_ONCE(l1_over_header, "L1 table overlaps"),
	AT_ONCE(refcounts_outside, "refcount table lies beyond"),
	AT_ONCE(l2_outside, "L2 table lies beyond"),
	AT_ONCE(l2_unaligned, "L2 table is not on a cluster's boundary"),
	HOSTILE(data_outside, "data lies beyond"),
	HOSTILE(compressed_outside, "compressed data lies beyond"),
	AT_ONCE(extension_outside, "header extension leaves"),
	AT_ONCE(header_outside, "header's length"),
	AT_ONCE(snapshots_outside, "snapshot table"),
	AT_ONCE(too_many_snapshots, "snapshot table"),
};

static const struct hostile others[] = {
	AT_ONCE(vmdk, "a VMDK image"),       AT_ONCE(vmdk_descriptor, "a VMDK image"),
	AT_ONCE(vdi, "a VDI image"),         AT_ONCE(vhdx, "a VHDX image"),
	AT_ONCE(vhd, "a VHD image"),         AT_ONCE(qed, "a QED image"),
	HOSTILE(raw_gpt, "partition table"),
};

static void refuses_them(void **state)
{
	(void)state;
	none_gets_in(disks, ARRAY_SIZE(disks), false);
	none_gets_in(others, ARRAY_SIZE(others), false);
}

/* The same in a box, before or behind its metadata; the message names the member. */
static void refuses_them_in_boxes(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(disks); i++) {
		cleanup_text struct text made = { 0 }, disk = { 0 };
		struct hostile h = disks[i / 2];

		h.add(&disk);
		if (i % 2)
			tar_file(&made, "metadata.json", V1_METADATA, strlen(V1_METADATA));
		tar_file(&made, "box.img", disk.ptr, disk.len);
		if (i % 2 == 0)
			tar_file(&made, "metadata.json", V1_METADATA, strlen(V1_METADATA));
		tar_end(&made);
		try_hostile(&h, &made);
		h.why = "member 'box.img': ";
		try_hostile(&h, &made);
	}
}

/* Without a length to hold them against, places are checked when all has come. */
static void refuses_them_compressed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(disks); i++) {
		cleanup_text struct text packed = { 0 }, disk = { 0 };
		cleanup_error struct error err = { 0 };
		struct hostile h = disks[i];

		h.add(&disk);
		write_compressed("packed", ARCHIVE_FILTER_ZSTD, disk.ptr, disk.len);
		assert_int_equal(fs_read(sample_path("packed"), 1 << 20, &packed, &err), 0);
		try_hostile(&h, &packed);
	}
}

/* The same where the image is larger than what is looked at before it is poured. */
static void refuses_places_in_the_end(void **state)
{
	static const char why[] = "beyond the end of the file";
	static const struct hostile outside_of_it[] = {
		HOSTILE(l1_outside, why),        HOSTILE(l2_outside, why),
		HOSTILE(data_outside, why),      HOSTILE(compressed_outside, why),
		HOSTILE(refcounts_outside, why), HOSTILE(snapshots_outside, why),
	};
	static const char rest[2 << 20];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(outside_of_it); i++) {
		cleanup_text struct text packed = { 0 }, disk = { 0 };
		cleanup_error struct error err = { 0 };

		outside_of_it[i].add(&disk);
		text_addn(&disk, rest, sizeof(rest));
		write_compressed("packed", ARCHIVE_FILTER_GZIP, disk.ptr, disk.len);
		assert_int_equal(fs_read(sample_path("packed"), 1 << 20, &packed, &err), 0);
		try_hostile(&outside_of_it[i], &packed);
	}
}

static void takes_harmless_ones(void **state)
{
	(void)state;
	gets_in(harmless, false);
	gets_in(raw_with_qcow2_inside, false);
	gets_in(harmless_in_box, true);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, hostile_setup, samples_teardown)
	const struct CMUnitTest tests[] = { T(refuses_them), T(refuses_them_in_boxes),
					    T(refuses_them_compressed),
					    T(refuses_places_in_the_end), T(takes_harmless_ones) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
