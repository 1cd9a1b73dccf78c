/* SPDX-License-Identifier: Apache-2.0 */
/* Names of volumes: what is made is read again, and nothing else is taken for it. */
#include "providers/volume_name.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/mem.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DOMAIN "demo-web-0123abcd"

static const struct base_mark two = { .serial = "12-345-6f",
				      .disk_count = 2,
				      .disks = { { 2, true }, { 0, false } } };

static void marks_are_read_again(void **state)
{
	cleanup_free char *name = base_mark_name(DIGEST, &two), *disk = base_disk_name(&two, 0);
	struct base_mark got;

	(void)state;
	assert_string_equal(name, DIGEST ".12-345-6f.2r0q.ok");
	assert_string_equal(disk, "base-12-345-6f.2.raw");
	assert_true(base_mark_parse(name, DIGEST, &got));
	assert_true(base_mark_parse(name, NULL, &got));
	assert_string_equal(got.serial, two.serial);
	assert_int_equal(got.disk_count, 2);
	assert_int_equal(got.disks[0].slot, 2);
	assert_true(got.disks[0].raw);
	assert_int_equal(got.disks[1].slot, 0);
	assert_false(got.disks[1].raw);
	assert_false(base_mark_parse(name, OTHER, &got));
}

static void nothing_else_is_a_mark(void **state)
{
	static const char *const names[] = {
		DIGEST ".ok",
		DIGEST ".qcow2",
		DIGEST ".12-345-6f.ok",
		DIGEST ".12-345-6f..ok",
		DIGEST ".12-345-6f.0q",
		DIGEST ".12-345-6f.0q.okay",
		DIGEST ".12-345-6f.0x.ok",
		DIGEST ".12-345-6f.q.ok",
		DIGEST ".12-345.0q.ok",
		DIGEST ".12-345-6f.0q0q0q0q0q0q0q0q0q.ok",
		"0" DIGEST ".12-345-6f.0q.ok",
		"",
	};
	struct base_mark mark;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (base_mark_parse(names[i], NULL, &mark))
			fail_msg("'%s' is taken for a mark", names[i]);
}

static void disks_of_bases_are_told_from_all_else(void **state)
{
	static const char *const names[] = {
		"base-12-345-6f.2.iso",        "base-12-345-6f.raw",
		"base-12-345.2.raw",           "12-345-6f.2.raw",
		"base-1-2-0123abcd.qcow2",     "base-1-2-0123abcd-1.qcow2",
		"base-1-2-0123abcd.layer.raw", DIGEST ".12-345-6f.0q.ok",
	};
	char serial[SERIAL_BYTES];

	(void)state;
	assert_true(base_volume_parse("base-12-345-6f.2.raw", serial));
	assert_string_equal(serial, "12-345-6f");
	assert_true(base_volume_parse("base-12-345-6f.10.qcow2", serial));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (base_volume_parse(names[i], serial))
			fail_msg("'%s' is taken for a disk of a base", names[i]);
}

static void machines_own_what_is_named_after_them(void **state)
{
	static const char *const others[] = {
		"demo-web-0123abcde.qcow2",
		"demo-web-0123abcd-10.qcow2",
		"demo-web-0123abcd-0.qcow2",
		"demo-web-0123abcd.raw",
		"demo-web-0123abc.qcow2",
		"x" DOMAIN ".qcow2",
		"demo-web-0123abcd-1",
		"demo-web-0123abcd",
		"demo-web-0123abcd-0123abcd.qcow2",
	};
	cleanup_free char *first = disk_name(DOMAIN, 0, false), *last = disk_name(DOMAIN, 7, false);
	cleanup_free char *layer = disk_name(DOMAIN, 0, true), *layers = disk_name(DOMAIN, 7, true);
	cleanup_free char *seed = disk_seed_name(DOMAIN), *copy = disk_export_name(DOMAIN);
	const char *const own[] = { first, last, layer, layers, seed, copy };

	(void)state;
	assert_string_equal(first, DOMAIN ".qcow2");
	assert_string_equal(last, DOMAIN "-7.qcow2");
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		assert_true(disk_belongs(own[i], DOMAIN));
		assert_int_equal(disk_is_of_package(own[i], DOMAIN),
				 own[i] == layer || own[i] == layers || own[i] == copy);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (disk_belongs(others[i], DOMAIN))
			fail_msg("'%s' is taken for the machine's", others[i]);
}

static void serials_are_unique_and_alive(void **state)
{
	char one[SERIAL_BYTES], two_[SERIAL_BYTES], later[SERIAL_BYTES];

	(void)state;
	serial_make(one);
	serial_make(two_);
	assert_string_not_equal(one, two_);
	assert_int_equal(serial_length(one), strlen(one));
	assert_true(serial_is_alive(one));
	/* The same process number, given out again. */
	snprintf(later, sizeof(later), "%ld-1-ff", (long)getpid());
	assert_false(serial_is_alive(later));
	assert_false(serial_is_alive("999999999-1-ff"));
	assert_false(serial_is_alive("no serial"));
	assert_int_equal(serial_length("12-34-5f.rest"), 8);
	assert_int_equal(serial_length("12-34"), 0);
	assert_int_equal(serial_length("-12-34-5"), 0);
}

static void serials_die_with_their_process(void **state)
{
	char serial[SERIAL_BYTES] = "";
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		serial_make(serial);
		_exit(write(ends[1], serial, sizeof(serial)) != sizeof(serial) || pause());
	}
	assert_int_equal(read(ends[0], serial, sizeof(serial)), sizeof(serial));
	assert_true(serial_is_alive(serial));
	kill(pid, SIGKILL);
	/* Dead, though its parent has not been told yet. */
	assert_int_equal(waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	assert_false(serial_is_alive(serial));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(serial_is_alive(serial));
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_are_read_again),
		cmocka_unit_test(nothing_else_is_a_mark),
		cmocka_unit_test(disks_of_bases_are_told_from_all_else),
		cmocka_unit_test(machines_own_what_is_named_after_them),
		cmocka_unit_test(serials_are_unique_and_alive),
		cmocka_unit_test(serials_die_with_their_process),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
