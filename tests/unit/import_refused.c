/* SPDX-License-Identifier: Apache-2.0 */
/* What is no box, or one that is damaged, cut or not understood, is told by name. */
#include "tests/unit/import_samples.h"

#define ETC                                     \
	{                                       \
		"etc/", NULL, 0, AE_IFDIR, 0755 \
	}

static unsigned char image[SAMPLE_BYTES];

static int setup(void **state)
{
	sample_qcow2(image);
	return samples_setup(state);
}

#define V1(fields) "{\"provider\":\"libvirt\"," fields "}"
#define DISKS(list) "{\"provider\":\"libvirt\",\"disks\":" list "}"
#define OURS(fields) \
	"{\"provider\":\"kvm\",\"format\":\"qcow2\",\"virtual_size\":1,\"bothy\":" fields "}"
static const struct {
	const char *json, *why;
} bad_metadata[] = {
	{ "", "metadata.json" },
	{ "{", "metadata.json: line 1" },
	{ "[]", "not an object" },
	{ "{\"format\":\"qcow2\",\"virtual_size\":1}", "'provider' is missing" },
	{ "{\"provider\":1,\"format\":\"qcow2\",\"virtual_size\":1}",
	  "'provider' is not a string" },
	{ "{\"provider\":\"a\\u001b[2J\",\"virtual_size\":1}", "provider 'a?[2J'" },
	{ V1("\"virtual_size\":1"), "'format' is missing" },
	{ V1("\"format\":[],\"virtual_size\":1"), "'format' is not a string" },
	{ V1("\"format\":\"vmdk\",\"virtual_size\":1"), "format 'vmdk' is not supported" },
	{ V1("\"format\":\"qcow2\""), "'virtual_size' is missing" },
	{ V1("\"format\":\"qcow2\",\"virtual_size\":\"1\""),
	  "'virtual_size' is not a whole number" },
	{ V1("\"format\":\"qcow2\",\"virtual_size\":-1"), "'virtual_size' is out of range" },
	{ "{\"provider\":\"virtualbox\"}", "provider 'virtualbox' is not supported" },
	{ "{\"provider\":\"docker\"}", "provider 'docker' is not supported" },
	{ "{\"provider\":\"lxc\"}", "the box is for lxc, but has disks" },
	{ DISKS("{}"), "'disks' is not a list" },
	{ DISKS("[]"), "'disks' names no disk" },
	{ DISKS("[{}]"), "'disks[0].path' is missing" },
	{ DISKS("[7]"), "'disks[0].path' is missing" },
	{ DISKS("[{\"path\":1}]"), "'disks[0].path' is not a string" },
	{ DISKS("[{\"path\":\"box.img\",\"name\":[]}]"), "'disks[0].name' is not a string" },
	{ DISKS("[{\"path\":\"../../etc/shadow\"}]"), "'../../etc/shadow'" },
	{ DISKS("[{\"path\":\"/etc/shadow\"}]"), "'/etc/shadow'" },
	{ DISKS("[{\"path\":\"a/b.img\"}]"), "disks[0].path 'a/b.img'" },
	{ DISKS("[{\"path\":\"\"}]"), "disks[0].path ''" },
	{ DISKS("[{\"path\":\"box.img\"},{\"path\":\"box.img\"}]"),
	  "disks[1].path 'box.img' is there twice" },
	{ DISKS("[{\"path\":\"box.img\"},{\"path\":\"x\",\"name\":\"box\"}]"),
	  "disks[1].name 'box' is there twice" },
	{ DISKS("[{\"path\":\"box.img\"},{\"path\":\"gone.img\"}]"), "no member 'gone.img'" },
	{ DISKS("[{\"path\":\"box.img\"},{\"path\":\"Vagrantfile\"}]"),
	  "'Vagrantfile': not a qcow2 image" },
	{ DISKS("[{},{},{},{},{},{},{},{},{}]"), "names 9 disks" },
	{ "{\"provider\":\"libvirt\",\"format\":\"raw\",\"disks\":[{\"path\":\"box.img\"}]}",
	  "format 'raw' is not supported" },
	{ "{\"provider\":\"libvirt\",\"architecture\":3}", "'architecture' is not a string" },
	{ OURS("[]"), "'bothy' is not an object" },
	{ OURS("{\"user\":\"a b\"}"), "bothy.user 'a b'" },
	{ OURS("{\"user\":\"\"}"), "bothy.user ''" },
	{ OURS("{\"user\":\"-x\"}"), "bothy.user '-x'" },
	{ OURS("{\"first_boot\":\"nocloud\"}"), "'bothy.first_boot' is not a list" },
	{ OURS("{\"first_boot\":[\"magic\"]}"), "bothy.first_boot 'magic' is not known" },
};

static void refuses_metadata(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(bad_metadata); i++) {
		const char *json = bad_metadata[i / 2].json;
		const struct sample_member meta = text_member("metadata.json", json);
		const struct sample_member disk = { "box.img", image, sizeof(image) };
		const struct sample_member file = text_member("Vagrantfile", "#");
		const struct sample_member first[] = { meta, file, disk, { 0 } };
		const struct sample_member last[] = { file, disk, meta, { 0 } };

		/* A box for lxc whose metadata comes first is taken for one. */
		if (i % 2 == 0 && strstr(json, "lxc"))
			continue;
		sample_tar("m.box", ARCHIVE_FILTER_GZIP, i % 2 ? last : first);
		refuse_file("m.box", bad_metadata[i / 2].why);
	}
}

static void refuses_other_boxes(void **state)
{
	static const char script[] = "#!/bin/sh\necho this is no disk, and no box either\n";
	const struct sample_member file = text_member("Vagrantfile", "#");
	const struct sample_member meta = text_member("metadata.json", V1_METADATA);
	const struct {
		struct sample_member members[4];
		const char *why;
	} table[] = {
		{ { file, { "box.ovf", "x", 1 } }, "'box.ovf' is of a box for VirtualBox" },
		{ { { "box.ovf", "x", 1 } }, "VirtualBox" },
		{ { { "vm.vmx", "x", 1 } }, "VMware" },
		{ { { "Virtual Hard Disks/a.vhdx", "x", 1 } }, "Hyper-V" },
		{ { { "oci-layout", "{}", 2 } }, "Docker" },
		{ { file, ETC }, "'etc' is of a root filesystem, but member 'Vagrantfile'" },
		{ { file, { "readme", "x", 1 } }, "no member 'metadata.json'" },
		{ { file, { "box.img", image, sizeof(image) } }, "no member 'metadata.json'" },
		{ { meta, file, { "box.img", NULL, 0 } }, "'box.img'" },
		{ { { "readme", "x", 1 } }, "not a box that is understood" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		sample_tar("o.box", ARCHIVE_FILTER_ZSTD, table[i].members);
		refuse_file("o.box", table[i].why);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sample_filters); i++) {
		write_compressed("script", sample_filters[i], script, strlen(script));
		refuse_file("script", "not a box that is understood");
	}
	sample_write("empty", "", 0);
	refuse_file("empty", "empty");
}

/* --- damage ----------------------------------------------------------------------------------- */

/* Cut anywhere, a piece of an image is never taken for one. Boxes: tests/unit/import_growing.c. */
static void refuses_cut_images(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sample_filters); i++) {
		cleanup_text struct text whole = { 0 };
		cleanup_error struct error err = { 0 };

		write_compressed("cut", sample_filters[i], image, sizeof(image));
		assert_int_equal(fs_read(sample_path("cut"), 1 << 20, &whole, &err), 0);
		for (size_t part = 1; part < 40; part++) {
			sample_write("cut", whole.ptr, whole.len * part / 40);
			refuse_file("cut", "");
		}
		sample_write("cut", whole.ptr, whole.len - 1);
		refuse_file("cut", "");
	}
}

/* The compression's own end, behind all that the archive in it has. */
static void refuses_boxes_without_last_byte(void **state)
{
	const struct sample_member m[] = { text_member("metadata.json", V1_METADATA),
					   { "box.img", image, sizeof(image) },
					   { 0 } };

	(void)state;
	/* The records of zeroes at a tar's end are padding, but for the first. */
	for (size_t i = 1; i < ARRAY_SIZE(sample_filters); i++) {
		cleanup_text struct text whole = { 0 };
		cleanup_error struct error err = { 0 };

		sample_tar("cut.box", sample_filters[i], m);
		assert_int_equal(fs_read(sample_path("cut.box"), 1 << 20, &whole, &err), 0);
		sample_write("cut.box", whole.ptr, whole.len - 1);
		refuse_file("cut.box", "");
	}
}

static void refuses_damage_in_compression(void **state)
{
	(void)state;
	for (size_t i = 1; i < ARRAY_SIZE(sample_filters); i++) {
		cleanup_text struct text whole = { 0 };
		cleanup_error struct error err = { 0 };

		/* zstd as libarchive writes it has no checksum. */
		if (sample_filters[i] == ARCHIVE_FILTER_ZSTD)
			continue;
		write_compressed("bad", sample_filters[i], image, sizeof(image));
		assert_int_equal(fs_read(sample_path("bad"), 1 << 20, &whole, &err), 0);
		whole.ptr[whole.len / 2] ^= 0x10;
		sample_write("bad", whole.ptr, whole.len);
		refuse_file("bad", "");
	}
}

/* A partition that ends with the disk, or one sector behind it. */
static void refuses_cut_raw(void **state)
{
	const size_t len = 1 << 20;
	cleanup_free unsigned char *raw = xcalloc(1, len);
	cleanup_error struct error err = { 0 };
	struct kept k = { 0 };
	struct content c = { 0 };

	(void)state;
	memcpy(raw + 510, "\x55\xaa", 2);
	raw[446 + 4] = 0x83;
	raw[446 + 9] = 1;
	raw[446 + 12] = 0xff;
	raw[446 + 13] = 0x07;
	sample_write("cut.raw", raw, len);
	refuse_file("cut.raw", "partition table");
	raw[446 + 13] = 0x06;
	sample_write("whole.raw", raw, len);
	if (take_file("whole.raw", &k, &c, &err) < 0)
		fail_msg("%s", err.text);
	content_clear(&c);
	kept_clear(&k);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, samples_teardown)
	const struct CMUnitTest tests[] = {
		T(refuses_metadata),
		T(refuses_other_boxes),
		T(refuses_cut_images),
		T(refuses_boxes_without_last_byte),
		T(refuses_damage_in_compression),
		T(refuses_cut_raw),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
