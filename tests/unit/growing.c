/* SPDX-License-Identifier: Apache-2.0 */
/* A file that grows while others read it. */
#include "boxes/growing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/stop.h"

#define PIECES 2000
#define PIECE_BYTES 37
#define READERS 3

static int setup(void **state)
{
	(void)state;
	stop_set(false);
	return 0;
}

static int memory_file(const char *content)
{
	int fd = memfd_create("growing", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	return fd;
}

static void a_whole_file_is_read(void **state)
{
	cleanup_growing struct growing *g = growing_new(memory_file("hello"), 5, 0, true);
	cleanup_error struct error err = { 0 };
	char buf[16];

	(void)state;
	assert_int_equal(growing_wait(g, 0, &err), 5);
	assert_int_equal(growing_wait(g, 3, &err), 2);
	assert_int_equal(growing_wait(g, 5, &err), 0);
	assert_int_equal(growing_wait(g, 99, &err), 0);
	assert_int_equal(growing_read(g, 1, buf, sizeof(buf), &err), 4);
	assert_memory_equal(buf, "ello", 4);
	assert_int_equal(growing_read(g, 5, buf, sizeof(buf), &err), 0);
	assert_int_equal(growing_total(g), 5);
	assert_false(growing_is_abandoned(g));
	assert_true(growing_fd(g) >= 0);
}

static void only_what_was_added_is_read(void **state)
{
	cleanup_growing struct growing *g = growing_new(memory_file("hello"), 2, 5, false);
	cleanup_error struct error err = { 0 };
	char buf[16];

	(void)state;
	assert_int_equal(growing_read(g, 0, buf, sizeof(buf), &err), 2);
	growing_add(g, 1);
	assert_int_equal(growing_read(g, 0, buf, sizeof(buf), &err), 3);
	assert_int_equal(growing_read(g, 0, buf, 2, &err), 2);
	assert_int_equal(growing_total(g), 5);
	growing_set_total(g, 7);
	assert_int_equal(growing_total(g), 7);
	/* The end is where it ends. */
	growing_end(g, NULL);
	assert_int_equal(growing_read(g, 3, buf, sizeof(buf), &err), 0);
	assert_int_equal(growing_total(g), 3);
}

static void readers_hear_of_failures(void **state)
{
	cleanup_growing struct growing *g = growing_new(memory_file("hello"), 5, 0, false);
	cleanup_error struct error failure = { 0 }, err = { 0 };
	char buf[16];

	(void)state;
	error_set(&failure, ERROR_DENIED, "it broke");
	failure.code = 42;
	error_hint(&failure, "mend it");
	growing_end(g, &failure);
	error_clear(&failure);
	for (int i = 0; i < 3; i++) {
		cleanup_error struct error own = { 0 };

		assert_int_equal(i == 0 ? growing_wait(g, 0, &own) :
				 i == 1 ? growing_read(g, 0, buf, sizeof(buf), &own) :
					  growing_wait(g, UINT64_MAX, &own),
				 -1);
		assert_int_equal(own.kind, ERROR_DENIED);
		assert_int_equal(own.code, 42);
		assert_string_equal(own.text, "it broke");
		assert_string_equal(own.hint, "mend it");
	}
	assert_false(growing_is_abandoned(g));
	/* The first end counts. */
	growing_end(g, NULL);
	growing_abandon(g);
	assert_int_equal(growing_wait(g, 0, &err), -1);
	assert_false(growing_is_abandoned(g));
}

static void abandoned_is_void(void **state)
{
	cleanup_growing struct growing *g = growing_new(memory_file("hello"), 5, 0, false);
	cleanup_error struct error err = { 0 };

	(void)state;
	growing_abandon(g);
	growing_end(g, NULL);
	assert_true(growing_is_abandoned(g));
	assert_int_equal(growing_wait(g, 0, &err), -1);
	assert_int_equal(err.kind, ERROR_BOX);
}

static void a_shortened_file_is_an_error(void **state)
{
	cleanup_growing struct growing *g = growing_new(memory_file("hello"), 9, 0, true);
	cleanup_error struct error err = { 0 };
	char buf[16];

	(void)state;
	assert_int_equal(growing_read(g, 0, buf, sizeof(buf), &err), 5);
	assert_int_equal(growing_read(g, 5, buf, sizeof(buf), &err), -1);
	assert_string_equal(err.text, "the file became shorter meanwhile");
}

static char byte_at(uint64_t offset)
{
	return (char)(offset * 31 >> 3);
}

static void *read_all(void *ctx)
{
	struct growing *g = ctx;
	struct error err = { 0 };
	uint64_t at = 0;
	char buf[100];
	int64_t n;

	while ((n = growing_read(g, at, buf, sizeof(buf), &err)) > 0)
		for (int64_t i = 0; i < n; i++, at++)
			if (buf[i] != byte_at(at))
				return NULL;
	error_clear(&err);
	return n == 0 && at == PIECES * PIECE_BYTES ? g : NULL;
}

static void many_read_while_one_writes(void **state)
{
	cleanup_growing struct growing *g = growing_new(memory_file(""), 0, 0, false);
	pthread_t readers[READERS];
	uint64_t at = 0;

	(void)state;
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_all, g), 0);
	for (int i = 0; i < PIECES; i++) {
		char piece[PIECE_BYTES];

		for (int k = 0; k < PIECE_BYTES; k++)
			piece[k] = byte_at(at + (uint64_t)k);
		assert_int_equal(pwrite(growing_fd(g), piece, PIECE_BYTES, (off_t)at), PIECE_BYTES);
		at += PIECE_BYTES;
		growing_add(g, PIECE_BYTES);
	}
	growing_end(g, NULL);
	for (int i = 0; i < READERS; i++) {
		void *good;

		assert_int_equal(pthread_join(readers[i], &good), 0);
		assert_ptr_equal(good, g);
	}
}

static void *wait_for_end(void *ctx)
{
	struct error err = { 0 };
	int64_t rc = growing_wait(ctx, UINT64_MAX, &err);
	bool stopped = rc < 0 && err.kind == ERROR_STOPPED;

	error_clear(&err);
	return stopped ? ctx : NULL;
}

static void waiting_ends_when_the_user_interrupts(void **state)
{
	cleanup_growing struct growing *g = growing_new(memory_file(""), 0, 0, false);
	int64_t began_ms;
	pthread_t thread;
	void *stopped;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, wait_for_end, g), 0);
	stop_wait_ms(20);
	began_ms = clock_ms();
	stop_set(true);
	assert_int_equal(pthread_join(thread, &stopped), 0);
	stop_set(false);
	assert_ptr_equal(stopped, g);
	assert_in_range(clock_ms() - began_ms, 0, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_whole_file_is_read, setup),
		cmocka_unit_test_setup(only_what_was_added_is_read, setup),
		cmocka_unit_test_setup(readers_hear_of_failures, setup),
		cmocka_unit_test_setup(abandoned_is_void, setup),
		cmocka_unit_test_setup(a_shortened_file_is_an_error, setup),
		cmocka_unit_test_setup(many_read_while_one_writes, setup),
		cmocka_unit_test_setup(waiting_ends_when_the_user_interrupts, setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
