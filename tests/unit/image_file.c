/* SPDX-License-Identifier: Apache-2.0 */
/* Files of disk images: whatever is written and passed over, on a disk and in memory, the file is that in the end. */
#include "tests/unit/image_file_writes.h"

#define MAX_BYTES ((size_t)24 << 20)
#define PAGE ((size_t)4096)

/* Nearly always less than a page off what is aligned. */
static size_t some_length(unsigned *seed, size_t room)
{
	static const size_t scales[] = { 1, 100, PAGE, 16 * PAGE, 300 * PAGE, 1500 * PAGE };
	size_t len = (size_t)rand_r(seed) % scales[rand_r(seed) % ARRAY_SIZE(scales)] + 1;

	switch (rand_r(seed) % 3) {
	case 0:
		len = (len + PAGE - 1) / PAGE * PAGE;
		break;
	case 1:
		len += (size_t)rand_r(seed) % 3;
		break;
	default:
		break;
	}
	return len < room ? len : room;
}

/* Pours a random image, of which it keeps a copy. Returns its length. */
static size_t pour_some(const struct image_sink *sink, unsigned char *model, size_t max,
			unsigned *seed)
{
	cleanup_error struct error err = { 0 };
	size_t at = 0;

	memset(model, 0, max);
	while (at < max && rand_r(seed) % 60) {
		size_t len = some_length(seed, max - at);

		if (rand_r(seed) % 5 < 2) {
			assert_int_equal(sink->hole(sink->ctx, len, &err), 0);
		} else {
			memset(model + at, rand_r(seed) % 255 + 1, len);
			model[at + len / 2] = (unsigned char)rand_r(seed);
			assert_int_equal(sink->write(sink->ctx, model + at, len, &err), 0);
		}
		at += len;
	}
	return at;
}

/* Pages in which there is something; the file has no room for others. */
static size_t pages_used(const unsigned char *model, size_t len)
{
	static const unsigned char zeroes[PAGE];
	size_t used = 0;

	for (size_t at = 0; at < len; at += PAGE) {
		size_t n = len - at < PAGE ? len - at : PAGE;

		used += memcmp(model + at, zeroes, n) != 0;
	}
	return used;
}

static void check_file(const unsigned char *model, size_t len)
{
	unsigned char *got = xmalloc(len + 1);
	struct stat st;

	assert_int_equal(pread(file_fd, got, len + 1, 0), len);
	assert_memory_equal(got, model, len);
	free(got);
	assert_int_equal(fstat(file_fd, &st), 0);
	/* File systems round up and have tables of their own. */
	assert_in_range(st.st_blocks, 0, (pages_used(model, len) * PAGE * 5 / 4 + 65536) / 512);
}

static void random_images(const char *where)
{
	unsigned char *model = xmalloc(MAX_BYTES);
	unsigned seed = 7;

	for (unsigned round = 0; round < 40; round++) {
		cleanup_image_file struct image_file *f = NULL;
		cleanup_error struct error err = { 0 };
		size_t max = round % 4 ? MAX_BYTES / 16 : MAX_BYTES, len;
		struct image_sink sink;

		new_file(where);
		/* As long as it will be, or whatever it was made. */
		assert_int_equal(ftruncate(file_fd, rand_r(&seed) % (off_t)max), 0);
		assert_int_equal(open_image(&f, &err), 0);
		sink = image_file_sink(f);
		len = pour_some(&sink, model, max, &seed);
		assert_int_equal(image_file_bytes(f), len);
		assert_int_equal(image_file_finish(f, &err), 0);
		check_file(model, len);
		close(file_fd);
	}
	free(model);
}

static void on_a_disk(void **state)
{
	(void)state;
	random_images("/var/tmp");
	assert_int_equal(pwrites.unaligned, 0);
}

static void in_memory(void **state)
{
	(void)state;
	random_images("/dev/shm");
}

static void where_it_is_refused_late(void **state)
{
	(void)state;
	pwrites.refuse_direct = true;
	random_images("/var/tmp");
	assert_true(pwrites.count > 0);
}

static void in_small_parts(void **state)
{
	(void)state;
	pwrites.most_bytes = 100001;
	random_images("/var/tmp");
	assert_true(pwrites.count > 0);
}

static void keeps_holes(void **state)
{
	cleanup_image_file struct image_file *f = NULL;
	cleanup_error struct error err = { 0 };
	struct image_sink sink;
	struct stat st;

	(void)state;
	new_file("/var/tmp");
	assert_int_equal(open_image(&f, &err), 0);
	sink = image_file_sink(f);
	assert_int_equal(sink.hole(sink.ctx, 1, &err), 0);
	assert_int_equal(sink.hole(sink.ctx, (uint64_t)1 << 40, &err), 0);
	assert_int_equal(image_file_finish(f, &err), 0);
	assert_int_equal(fstat(file_fd, &st), 0);
	assert_int_equal(st.st_size, ((off_t)1 << 40) + 1);
	assert_in_range(st.st_blocks, 0, 64);
	close(file_fd);
}

#define CASE(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(on_a_disk),      CASE(in_memory),   CASE(where_it_is_refused_late),
		CASE(in_small_parts), CASE(keeps_holes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("image_file", tests, NULL, NULL);
}
