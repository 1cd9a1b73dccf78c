/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes of all kinds, taken in: what they are, in what order their members come, what they tell. */
#include "tests/unit/import_samples.h"

#include <fcntl.h>

#include "core/proc.h"
#include "core/stop.h"

#define ETC                                     \
	{                                       \
		"etc/", NULL, 0, AE_IFDIR, 0755 \
	}
#define USR                                     \
	{                                       \
		"usr/", NULL, 0, AE_IFDIR, 0755 \
	}

static unsigned char image[SAMPLE_BYTES], other_image[SAMPLE_BYTES];

static int setup(void **state)
{
	sample_qcow2(image);
	sample_qcow2(other_image);
	memset(other_image + 6 * SAMPLE_CLUSTER, 'o', SAMPLE_CLUSTER);
	return samples_setup(state);
}

/* The box is taken; *out and *k tell of it. */
static void taken(const char *name, struct kept *k, struct content *out)
{
	cleanup_error struct error err = { 0 };
	char digest[DIGEST_HEX_BYTES];
	cleanup_text struct text file = { 0 };

	if (take_file(name, k, out, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	assert_int_equal(fs_read(sample_path(name), 64 << 20, &file, &err), 0);
	digest_of(file.ptr, file.len, digest);
	assert_string_equal(out->digest, digest);
	assert_int_equal(out->size_bytes, file.len);
}

static void poured(const struct kept *k, size_t slot, const void *want, size_t len)
{
	assert_true(slot < k->count);
	assert_int_equal(k->disks[slot].len, len);
	assert_memory_equal(k->disks[slot].ptr, want, len);
}

/* --- disk images ------------------------------------------------------------------------------ */

/* The sample is what QEMU calls a valid image; else the refusals elsewhere would prove nothing. */
static void sample_is_valid(void **state)
{
	cleanup_error struct error err = { 0 };
	const char *argv[] = { "qemu-img", "check", "-f", "qcow2", sample_path("s.img"), NULL };

	(void)state;
	sample_write("s.img", image, sizeof(image));
	if (proc_must(argv, clock_ms() + 30000, &err) == 0)
		return;
	if (err.kind != ERROR_NOT_FOUND)
		fail_msg("%s", err.text);
	skip();
}

static void takes_qcow2(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sample_filters); i++) {
		struct kept k = { 0 };
		struct content c = { 0 };

		write_compressed("a.img", sample_filters[i], image, sizeof(image));
		taken("a.img", &k, &c);
		poured(&k, 0, image, sizeof(image));
		assert_int_equal(c.kind, IMAGE_DISK);
		assert_int_equal(c.disk_count, 1);
		assert_string_equal(c.disks[0].format, "qcow2");
		assert_int_equal(c.disks[0].disk_bytes, SAMPLE_DISK);
		assert_int_equal(c.disks[0].file_bytes, SAMPLE_BYTES);
		assert_int_equal(c.disks[0].slot, 0);
		assert_string_equal(c.user, "root");
		assert_int_equal(c.first_boot, FIRST_BOOT_CREDENTIALS | FIRST_BOOT_NOCLOUD);
		assert_null(c.architecture);
		content_clear(&c);
		kept_clear(&k);
	}
}

static void takes_raw(void **state)
{
	const size_t len = 4 << 20;
	cleanup_free unsigned char *raw = xcalloc(1, len);

	(void)state;
	memcpy(raw + 510, "\x55\xaa", 2);
	memset(raw + len / 2 + 100, 7, 70000);
	for (size_t i = 0; i < ARRAY_SIZE(sample_filters); i++) {
		struct kept k = { 0 };
		struct content c = { 0 };

		write_compressed("r.raw", sample_filters[i], raw, len);
		taken("r.raw", &k, &c);
		poured(&k, 0, raw, len);
		/* Only decompressing it tells how long it is. */
		assert_int_equal(k.announced[0], i ? 0 : len);
		assert_int_equal(k.holes, len - 3 * 65536);
		assert_string_equal(c.disks[0].format, "raw");
		assert_int_equal(c.disks[0].disk_bytes, len);
		content_clear(&c);
		kept_clear(&k);
	}
}

/* Holes of the file, also where its length is not a multiple of anything. */
static void takes_sparse_raw(void **state)
{
	const size_t len = (32 << 20) + 12345;
	cleanup_free char *raw = xcalloc(1, len);
	cleanup_close int fd = -1;
	struct kept k = { 0 };
	struct content c = { 0 };

	(void)state;
	memcpy(raw + 510, "\x55\xaa", 2);
	memcpy(raw + (20 << 20) + 5, "data", 4);
	sample_write("sparse.raw", raw, 512);
	fd = open(sample_path("sparse.raw"), O_WRONLY);
	assert_int_equal(pwrite(fd, "data", 4, (20 << 20) + 5), 4);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	taken("sparse.raw", &k, &c);
	poured(&k, 0, raw, len);
	content_clear(&c);
	kept_clear(&k);
}

/* A filesystem without a partition table begins with zeroes, as the end of an archive does. */
static void takes_filesystem(void **state)
{
	const size_t len = 1 << 20;
	cleanup_free unsigned char *raw = xcalloc(1, len);

	(void)state;
	memcpy(raw + 1024 + 56, "\x53\xef", 2);
	raw[1024 + 5] = 4;
	for (size_t i = 0; i < ARRAY_SIZE(sample_filters); i++) {
		struct kept k = { 0 };
		struct content c = { 0 };

		write_compressed("ext4", sample_filters[i], raw, len);
		taken("ext4", &k, &c);
		poured(&k, 0, raw, len);
		content_clear(&c);
		kept_clear(&k);
	}
}

/* L1 behind the head: the tables are checked by a second look. */
static void takes_late_l1(void **state)
{
	const size_t late = 2 << 20, len = late + SAMPLE_CLUSTER;
	cleanup_free unsigned char *big = xcalloc(1, len);
	const struct sample_member m[] = { { "box.img", big, len },
					   text_member("metadata.json", V1_METADATA),
					   { 0 } };

	(void)state;
	memcpy(big, image, sizeof(image));
	memcpy(big + late, image + SAMPLE_L1, SAMPLE_CLUSTER);
	put64(big, 40, late);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(sample_filters); i++) {
		const int filter = sample_filters[i % ARRAY_SIZE(sample_filters)];
		bool in_box = i >= ARRAY_SIZE(sample_filters);
		struct kept k = { 0 };
		struct content c = { 0 };

		put64(big, SAMPLE_L2 + 8, 0);
		if (in_box)
			sample_tar("late", filter, m);
		else
			write_compressed("late", filter, big, len);
		taken("late", &k, &c);
		poured(&k, 0, big, len);
		put64(big, SAMPLE_L2 + 8, UINT64_C(1) << 40);
		if (in_box)
			sample_tar("late", filter, m);
		else
			write_compressed("late", filter, big, len);
		refuse_file("late", "beyond the end");
		content_clear(&c);
		kept_clear(&k);
	}
}

/* --- Vagrant boxes ---------------------------------------------------------------------------- */

static void vagrant_taken(const struct sample_member *members)
{
	for (size_t i = 0; i < ARRAY_SIZE(sample_filters); i++) {
		struct kept k = { 0 };
		struct content c = { 0 };

		sample_tar("v.box", sample_filters[i], members);
		taken("v.box", &k, &c);
		assert_int_equal(k.count, 1);
		poured(&k, 0, image, sizeof(image));
		assert_int_equal(k.announced[0], sizeof(image));
		assert_string_equal(c.user, "vagrant");
		assert_int_equal(c.first_boot, FIRST_BOOT_KNOWN_KEY);
		assert_int_equal(c.disk_count, 1);
		assert_int_equal(c.disks[0].disk_bytes, SAMPLE_DISK);
		content_clear(&c);
		kept_clear(&k);
	}
}

static void takes_vagrant_box(void **state)
{
	const struct sample_member meta = text_member("./metadata.json", V1_METADATA);
	const struct sample_member disk = { "./box.img", image, sizeof(image) };
	const struct sample_member file = text_member("./Vagrantfile", "# none\n");
	const struct sample_member info = text_member("./info.json", "{}");
	const struct sample_member folder = { "./include/", NULL, 0, AE_IFDIR, 02755 };
	const struct sample_member below = { "./include/x.img", other_image, sizeof(image) };
	const struct sample_member extra = { "./scratch.img", other_image, sizeof(image) };
	const struct sample_member orders[][8] = {
		{ meta, file, disk, { 0 } },
		{ file, disk, meta, { 0 } },
		{ disk, meta, { 0 } },
		{ { "./", NULL, 0, AE_IFDIR, 02755 }, info, folder, below, file, meta, disk, { 0 } },
		{ meta, extra, disk, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		vagrant_taken(orders[i]);
}

/* The disks come in any order, and so does what names them. */
static void takes_two_disks(void **state)
{
	static const char json[] =
		"{\"provider\":\"libvirt\",\"architecture\":\"x86_64\",\"disks\":["
		"{\"path\":\"root.qcow2\"},{\"path\":\"data.img\",\"name\":\"data\"}],"
		"\"bothy\":{\"user\":\"debian\",\"first_boot\":[\"nocloud\",\"credentials\"]}}";
	const struct sample_member meta = text_member("metadata.json", json);
	const struct sample_member root = { "root.qcow2", image, sizeof(image) };
	const struct sample_member data = { "data.img", other_image, sizeof(image) };
	const struct sample_member extra = { "scratch", other_image, sizeof(image) };
	const struct {
		struct sample_member members[6];
		unsigned root_slot, data_slot;
		size_t count;
	} table[] = {
		{ { meta, root, data }, 0, 1, 2 },
		{ { data, root, meta }, 1, 0, 2 },
		{ { data, meta, root }, 1, 0, 2 },
		{ { extra, data, root, meta }, 2, 1, 3 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct kept k = { 0 };
		struct content c = { 0 };

		sample_tar("two.box", ARCHIVE_FILTER_GZIP, table[i].members);
		taken("two.box", &k, &c);
		assert_int_equal(k.count, table[i].count);
		assert_int_equal(c.disk_count, 2);
		assert_int_equal(c.disks[0].slot, table[i].root_slot);
		assert_int_equal(c.disks[1].slot, table[i].data_slot);
		poured(&k, c.disks[0].slot, image, sizeof(image));
		poured(&k, c.disks[1].slot, other_image, sizeof(image));
		assert_string_equal(c.user, "debian");
		assert_string_equal(c.architecture, "amd64");
		assert_int_equal(c.first_boot, FIRST_BOOT_CREDENTIALS | FIRST_BOOT_NOCLOUD);
		content_clear(&c);
		kept_clear(&k);
	}
}

/* --- root filesystems ------------------------------------------------------------------------- */

static bool needs_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# SKIP only root can make files of many owners\n");
	return true;
}

static void rootfs_taken(const char *name, const char *user)
{
	cleanup_growing struct growing *file = NULL;
	cleanup_error struct error err = { 0 };
	cleanup_free char *root = NULL, *path = NULL, *alias = NULL;
	struct import_spec spec = { .name = name };
	struct content c = { 0 };
	struct stat st, linked;

	assert_int_equal(growing_open(sample_path(name), &file, &err), 0);
	spec.file = file;
	for (int turn = 0; turn < 2; turn++) {
		content_clear(&c);
		if (take_any(&spec, NULL, &c, &err) < 0)
			fail_msg("%s: %s", name, err.text);
	}
	assert_int_equal(c.kind, IMAGE_ROOTFS);
	assert_string_equal(c.user, user);
	assert_int_equal(c.first_boot, 0);
	root = rootfs_stored(sample_path("home"), c.digest);
	assert_non_null(root);
	path = fs_join(root, "etc/hostname");
	alias = fs_join(root, "usr/alias");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(stat(alias, &linked), 0);
	assert_int_equal(st.st_ino, linked.st_ino);
	free(path);
	path = fs_join(root, "metadata.yaml");
	assert_false(fs_exists(path));
	free(path);
	path = fs_join(root, "rootfs");
	assert_false(fs_exists(path));
	assert_int_equal(rootfs_discard(sample_path("home"), c.digest, &err), 0);
	assert_null(rootfs_stored(sample_path("home"), c.digest));
	assert_int_equal(rootfs_discard(sample_path("home"), c.digest, &err), 0);
	content_clear(&c);
}

static const struct sample_member plain_tree[] = {
	{ "./", NULL, 0, AE_IFDIR, 0755 },
	{ ".dockerenv", NULL, 0 },
	ETC,
	USR,
	{ "etc/hostname", "box\n", 4 },
	{ "usr/alias", NULL, 0, 0, 0, "etc/hostname", true },
	{ 0 },
};

static const struct sample_member unified_tree[] = {
	{ "metadata.yaml", "x", 1 },
	{ "templates/", NULL, 0, AE_IFDIR, 0755 },
	{ "templates/hostname.tpl", "x", 1 },
	{ "rootfs/", NULL, 0, AE_IFDIR, 0755 },
	{ "rootfs/etc/", NULL, 0, AE_IFDIR, 0755 },
	{ "rootfs/etc/hostname", "box\n", 4 },
	{ "rootfs/usr/alias", NULL, 0, 0, 0, "rootfs/etc/hostname", true },
	{ 0 },
};

static void takes_rootfs(void **state)
{
	(void)state;
	if (needs_root())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(sample_filters); i++) {
		sample_tar("plain.tar", sample_filters[i], plain_tree);
		rootfs_taken("plain.tar", "root");
		sample_tar("unified.tar", sample_filters[i], unified_tree);
		rootfs_taken("unified.tar", "root");
	}
}

/* The archive in the archive may itself be laid out either way. */
static void takes_lxc_box(void **state)
{
	static const char *const suffixes[] = { "", ".gz", ".xz", ".zst", ".bz2" };

	(void)state;
	if (needs_root())
		skip();
	for (size_t i = 0; i < 2 * ARRAY_SIZE(sample_filters); i++) {
		size_t filter = i / 2;
		cleanup_text struct text inner = { 0 };
		cleanup_error struct error err = { 0 };
		cleanup_free char *name = xasprintf("rootfs.tar%s", suffixes[filter]);
		struct sample_member m[] = { text_member("metadata.json", "{\"provider\":\"lxc\"}"),
					     text_member("lxc-config", "x"),
					     { .name = name },
					     { 0 } };

		sample_tar("inner", sample_filters[filter], i % 2 ? plain_tree : unified_tree + 3);
		assert_int_equal(fs_read(sample_path("inner"), 1 << 20, &inner, &err), 0);
		m[2].data = inner.ptr;
		m[2].len = inner.len;
		sample_tar("lxc.box", ARCHIVE_FILTER_GZIP, m);
		rootfs_taken("lxc.box", "vagrant");
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, samples_teardown)
	const struct CMUnitTest tests[] = {
		T(sample_is_valid),  T(takes_qcow2),   T(takes_raw),         T(takes_sparse_raw),
		T(takes_filesystem), T(takes_late_l1), T(takes_vagrant_box), T(takes_two_disks),
		T(takes_rootfs),     T(takes_lxc_box),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
