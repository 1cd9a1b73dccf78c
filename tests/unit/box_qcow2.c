/* SPDX-License-Identifier: Apache-2.0 */
/* qcow2 images that must never reach QEMU: each is the valid sample with one thing changed. */
#include "tests/unit/import_samples.h"

/* One change: `bytes` (4 or 8) at `at` become value. */
struct change {
	const char *why; /* in the message; NULL if the image stays fine */
	size_t at, bytes;
	uint64_t value;
};

#define BIT(n) (UINT64_C(1) << (n))

static const struct change changes[] = {
	{ "not a qcow2", 0, 4, 0x514649fa },
	{ "version 1", 4, 4, 1 },
	{ "version 4", 4, 4, 4 },
	{ "has a backing file, '", 8, 8, 512 },
	{ "has a backing file", 16, 4, 12 },
	{ "has a backing file", 8, 8, UINT64_MAX },
	{ "cluster size", 20, 4, 8 },
	{ "cluster size", 20, 4, 22 },
	{ "cluster size", 20, 4, UINT32_MAX },
	{ "no size", 24, 8, 0 },
	{ "64 TiB", 24, 8, ((uint64_t)64 << 40) + 512 },
	{ "64 TiB", 24, 8, UINT64_MAX },
	{ "L1 table is too short", 24, 8, (uint64_t)64 << 40 },
	{ "encrypted", 32, 4, 1 },
	{ "L1 table is too short", 36, 4, 1 },
	{ "L1 table is too short", 36, 4, 0 },
	{ "L1 table lies beyond", 36, 4, 4 << 20 },
	{ "L1 table is out of range", 36, 4, UINT32_MAX },
	{ "L1 table is out of range", 40, 8, SAMPLE_L1 + 8 },
	{ "L1 table lies beyond", 40, 8, SAMPLE_BYTES },
	{ "L1 table lies beyond", 40, 8, UINT64_MAX & ~(SAMPLE_CLUSTER - 1) },
	{ "L1 table overlaps", 40, 8, 0 },
	{ "refcount table is out of range", 48, 8, 1 },
	{ "refcount table lies beyond", 48, 8, SAMPLE_BYTES },
	{ "refcount table is out of range", 56, 4, 0 },
	{ "refcount table is out of range", 56, 4, UINT32_MAX },
	{ "snapshot table", 60, 4, UINT32_MAX },
	{ "snapshot table", 60, 4, 60000 },
	{ "dirty", 72, 8, BIT(0) },
	{ "corrupt", 72, 8, BIT(1) },
	{ "data in another file", 72, 8, BIT(2) },
	{ "unknown compression", 72, 8, BIT(3) },
	{ "extended L2", 72, 8, BIT(4) },
	{ "unknown features (0x8000000000000000)", 72, 8, BIT(63) },
	{ "refcount width", 96, 4, 7 },
	{ "header's length", 100, 4, 96 },
	{ "header's length", 100, 4, 8192 },
	{ "header's length", 100, 4, 105 },
	{ "data in another file", 104, 4, 0x44415441 },
	{ "header extension", 104, 8, 0x1234567800001000 },
	{ "L2 table is not on", SAMPLE_L1, 8, SAMPLE_L2 + 512 },
	{ "L2 table lies beyond", SAMPLE_L1, 8, SAMPLE_BYTES },
	{ "L2 table lies beyond", SAMPLE_L1 + 8, 8, BIT(55) },
	{ "data is not on", SAMPLE_L2, 8, 6 * SAMPLE_CLUSTER + 512 },
	{ "data lies beyond", SAMPLE_L2 + 8, 8, SAMPLE_BYTES },
	{ "data lies beyond", SAMPLE_L2 + SAMPLE_CLUSTER - 8, 8, BIT(55) },
	{ "compressed data lies beyond", SAMPLE_L2, 8, BIT(62) | SAMPLE_BYTES },
	{ "compressed data lies beyond", SAMPLE_L2, 8,
	  BIT(62) | BIT(58) | (SAMPLE_BYTES - SAMPLE_CLUSTER / 8) },
	{ NULL, SAMPLE_L2, 8, BIT(62) | (SAMPLE_BYTES - 100) },
	{ NULL, SAMPLE_L2, 8, 1 },
	{ NULL, SAMPLE_L2, 8, BIT(40) | 1 },
	{ NULL, SAMPLE_L1, 8, 0 },
	{ NULL, SAMPLE_L1 + 8, 8, SAMPLE_L2 },
	{ NULL, 80, 8, 3 },
};

static int take(const char *name, struct error *err)
{
	struct kept k = { 0 };
	struct content c = { 0 };
	int rc = take_file(name, &k, &c, err);

	content_clear(&c);
	kept_clear(&k);
	return rc;
}

static void apply(unsigned char *image, const struct change *c)
{
	if (c->bytes == 4)
		put32(image, c->at, (uint32_t)c->value);
	else
		put64(image, c->at, c->value);
}

static void check(const char *name, const struct change *c)
{
	cleanup_error struct error err = { 0 };
	int rc = take(name, &err);

	if (!c->why && rc < 0)
		fail_msg("%s at %zu: %s", name, c->at, err.text);
	if (c->why && rc == 0)
		fail_msg("%s at %zu: taken, but '%s'", name, c->at, c->why);
	if (c->why && (err.kind != ERROR_BOX || !strstr(err.text, c->why)))
		fail_msg("%s at %zu: wanted '%s', got '%s'", name, c->at, c->why, err.text);
}

static void every_change(void **state)
{
	unsigned char image[SAMPLE_BYTES];
	const struct sample_member members[] = {
		{ "metadata.json", V1_METADATA, strlen(V1_METADATA) },
		{ "box.img", image, sizeof(image) },
		{ 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		sample_qcow2(image);
		apply(image, &changes[i]);
		/* Without its magic the file is no image at all, but a box still has to hold one. */
		if (i) {
			sample_write("c.img", image, sizeof(image));
			check("c.img", &changes[i]);
		}
		sample_tar("c.box", ARCHIVE_FILTER_GZIP, members);
		check("c.box", &changes[i]);
	}
}

/* The file a backing name points at is named, and not with what could steer the terminal. */
static void names_backing_file(void **state)
{
	unsigned char image[SAMPLE_BYTES];
	cleanup_error struct error err = { 0 };

	(void)state;
	sample_qcow2(image);
	put64(image, 8, 512);
	put32(image, 16, 13);
	memcpy(image + 512, "/etc/shadow\033[", 13);
	sample_write("b.img", image, sizeof(image));
	assert_int_equal(take("b.img", &err), -1);
	assert_non_null(strstr(err.text, "'/etc/shadow?['"));
}

static void version2(void **state)
{
	unsigned char image[SAMPLE_BYTES];
	cleanup_error struct error err = { 0 };

	(void)state;
	sample_qcow2(image);
	put32(image, 4, 2);
	memset(image + 72, 0, 40);
	sample_write("v2.img", image, sizeof(image));
	if (take("v2.img", &err) < 0)
		fail_msg("%s", err.text);
}

/* The guest's last cluster reaches beyond its disk; the file may end with the disk. */
static void short_last_cluster(void **state)
{
	unsigned char image[SAMPLE_BYTES];
	const size_t last = (SAMPLE_DISK - 1) / SAMPLE_CLUSTER % 512;
	cleanup_error struct error err = { 0 };

	(void)state;
	sample_qcow2(image);
	put64(image, SAMPLE_L2 + SAMPLE_CLUSTER + 8, 0);
	put64(image, SAMPLE_L2 + SAMPLE_CLUSTER + 8 * last, 8 * SAMPLE_CLUSTER);
	sample_write("last.img", image, sizeof(image) - 512);
	if (take("last.img", &err) < 0)
		fail_msg("%s", err.text);
	sample_write("last.img", image, sizeof(image) - 513);
	assert_int_equal(take("last.img", &err), -1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, samples_setup, samples_teardown)
	const struct CMUnitTest tests[] = {
		T(every_change),
		T(names_backing_file),
		T(version2),
		T(short_last_cluster),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
