/* SPDX-License-Identifier: Apache-2.0 */
/* Files of disk images that cannot be written, and such as nobody wants any more. */
#include "tests/unit/image_file_writes.h"

#define MIB ((size_t)1 << 20)

static struct image_file *file;
static struct image_sink sink;

static int open_one(void **state)
{
	cleanup_error struct error err = { 0 };

	setup(state);
	new_file("/var/tmp");
	assert_int_equal(open_image(&file, &err), 0);
	sink = image_file_sink(file);
	return 0;
}

static int close_one(void **state)
{
	(void)state;
	image_file_free(&file);
	close(file_fd);
	return 0;
}

/* So many MiB. How it ended, with err. */
static int pour(size_t mib, struct error *err)
{
	cleanup_free unsigned char *data = xcalloc(1, MIB);
	int rc = 0;

	memset(data, 7, MIB);
	while (mib-- && rc == 0)
		rc = sink.write(sink.ctx, data, MIB, err);
	return rc;
}

static void tells_of_a_full_disk(void **state)
{
	cleanup_error struct error err = { 0 }, again = { 0 };

	(void)state;
	pwrites.fails_at = 2;
	pwrites.with = ENOSPC;
	assert_int_equal(pour(1000, &err), -1);
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_int_equal(err.code, ENOSPC);
	assert_string_equal(err.text, "cannot write 'base': no space left on device");
	assert_non_null(strstr(err.hint, "make room there"));
	/* It did not go on for long, and does not now. */
	assert_in_range(image_file_bytes(file), 0, 64 * MIB);
	assert_int_equal(image_file_finish(file, &again), -1);
	assert_string_equal(again.text, err.text);
	assert_int_equal(pwrites.count, 2);
}

static void tells_of_it_at_the_end(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	pwrites.fails_at = 1;
	pwrites.with = EIO;
	assert_int_equal(pour(1, &err), 0);
	assert_int_equal(image_file_finish(file, &err), -1);
	assert_string_equal(err.text, "cannot write 'base': input/output error");
	assert_null(err.hint);
}

static void tells_of_it_in_a_hole(void **state)
{
	cleanup_error struct error err = { 0 };
	int rc = 0;

	(void)state;
	pwrites.fails_at = 1;
	pwrites.with = EIO;
	for (unsigned i = 0; i < 1000 && rc == 0; i++) {
		rc = sink.write(sink.ctx, "data", 4, &err);
		if (rc == 0)
			rc = sink.hole(sink.ctx, MIB, &err);
	}
	assert_int_equal(rc, -1);
	assert_int_equal(err.code, EIO);
}

static void is_refused_for_other_reasons_too(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	pwrites.fails_at = 1;
	pwrites.with = EINVAL;
	assert_int_equal(pour(1, &err), 0);
	assert_int_equal(image_file_finish(file, &err), -1);
	assert_int_equal(err.code, EINVAL);
	/* Once past the page cache, once not. */
	assert_in_range(pwrites.count, 1, 2);
}

static void can_be_interrupted(void **state)
{
	cleanup_error struct error err = { 0 }, passing = { 0 }, ending = { 0 };

	(void)state;
	assert_int_equal(pour(1, &err), 0);
	stop_set(true);
	assert_int_equal(pour(1, &err), -1);
	assert_int_equal(err.kind, ERROR_STOPPED);
	assert_int_equal(sink.hole(sink.ctx, MIB, &passing), -1);
	assert_int_equal(passing.kind, ERROR_STOPPED);
	assert_int_equal(image_file_finish(file, &ending), -1);
	assert_int_equal(ending.kind, ERROR_STOPPED);
	stop_set(false);
}

static void may_be_dropped_at_any_time(void **state)
{
	(void)state;
	for (size_t mib = 0; mib < 30; mib++) {
		cleanup_error struct error err = { 0 };

		assert_int_equal(pour(mib, &err), 0);
		image_file_free(&file);
		assert_null(file);
		assert_int_equal(open_image(&file, &err), 0);
		sink = image_file_sink(file);
	}
}

static void may_be_empty(void **state)
{
	cleanup_error struct error err = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(ftruncate(file_fd, 12345), 0);
	assert_int_equal(image_file_finish(file, &err), 0);
	assert_int_equal(fstat(file_fd, &st), 0);
	assert_int_equal(st.st_size, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, open_one, close_one)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(tells_of_a_full_disk),  CASE(tells_of_it_at_the_end),
		CASE(tells_of_it_in_a_hole), CASE(is_refused_for_other_reasons_too),
		CASE(can_be_interrupted),    CASE(may_be_dropped_at_any_time),
		CASE(may_be_empty),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("image_file_faults", tests, NULL, NULL);
}
