/* SPDX-License-Identifier: Apache-2.0 */
/* Commands over a connection: status, streams, sizes, ends of all kinds; copying files; the name. */
#include "guest/guest.h"

#include <pthread.h>
#include <sys/resource.h>

#include "tests/guest/session.h"

#define MUCH_BYTES (200L * 1024 * 1024)
#define RSS_MOST_KIB (64L * 1024)

static void test_status(void **state)
{
	struct guest *g = session_of(state);
	struct session_output o = { 0 };

	assert_int_equal(session_run(g, "exit 7", &o), 7);
	assert_int_equal(session_run(g, "true", &o), 0);
	assert_int_equal(session_run(g, "kill -KILL $$", &o), 128 + SIGKILL);
	assert_int_equal(session_run(g, "no-such-command", &o), 127);
	assert_int_equal(session_run(g, "cat", &o), 0);
	session_clear(&o);
	guest_close(&g);
}

static void test_streams(void **state)
{
	struct guest *g = session_of(state);
	struct session_output o = { 0 };
	char all[256];

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	assert_int_equal(
		session_run(
			g,
			"for i in 0 1 2 3; do for j in 0 1 2 3 4 5 6 7; do for k in 0 1 2 3 4 5 6 7; "
			"do printf \"\\\\$i$j$k\"; done; done; done; printf 'one\\ntwo' >&2",
			&o),
		0);
	assert_int_equal(o.streams[1].len, 256);
	assert_memory_equal(o.streams[1].ptr, all, 256);
	assert_string_equal(text_str(&o.streams[2]), "one\ntwo");
	session_clear(&o);
	guest_close(&g);
}

static int count_bytes(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	(void)stream;
	(void)data;
	(void)err;
	*(long *)ctx += (long)len;
	return 0;
}

static void test_much_output(void **state)
{
	struct guest *g = session_of(state);
	long count = 0;
	const struct guest_output output = { count_bytes, &count };
	struct rusage before, after;
	struct error err = { 0 };
	int status;

	getrusage(RUSAGE_SELF, &before);
	session_check(guest_run(g, "head -c 209715200 /dev/zero", &output, clock_ms() + 120000,
				&status, &err),
		      &err);
	getrusage(RUSAGE_SELF, &after);
	assert_int_equal(status, 0);
	assert_int_equal(count, MUCH_BYTES);
#ifndef __SANITIZE_ADDRESS__
	assert_true(after.ru_maxrss - before.ru_maxrss < RSS_MOST_KIB);
#endif
	guest_close(&g);
}

static void test_deadline(void **state)
{
	struct guest *g = session_of(state);
	struct error err = { 0 };
	int64_t start = clock_ms();
	int status = -1;

	assert_int_equal(guest_run(g, "exec sleep 60", NULL, start + 200, &status, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	assert_true(clock_ms() - start < 5000);
	assert_int_equal(status, -1);
	error_clear(&err);
	session_says(g, "echo still here", "still here\n");
	guest_close(&g);
}

static int stop_at_once(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	(void)ctx;
	(void)stream;
	(void)data;
	(void)len;
	(void)err;
	stop_set(true);
	return 0;
}

static void test_interrupted(void **state)
{
	struct guest *g = session_of(state);
	const struct guest_output output = { stop_at_once, NULL };
	struct error err = { 0 };
	int status;

	assert_int_equal(guest_run(g, "echo; sleep 4321; sleep 4322", &output, 0, &status, &err),
			 -1);
	stop_set(false);
	assert_int_equal(err.kind, ERROR_STOPPED);
	error_clear(&err);
	session_says(g, "echo still here", "still here\n");
	/* sshd passes on no signals to what it runs as root, as the one who runs this may be. */
	session_says(
		g,
		"i=0; while pgrep -f '^sleep 432[12]' && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done; [ $i -lt 50 ] && echo gone",
		"gone\n");
	guest_close(&g);
}

static int refuse(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	(void)ctx;
	(void)stream;
	(void)data;
	(void)len;
	return error_set(err, ERROR_SYSTEM, "no room for output");
}

static void test_writer_refuses(void **state)
{
	struct guest *g = session_of(state);
	const struct guest_output output = { refuse, NULL };
	struct error err = { 0 };
	int status;

	assert_int_equal(guest_run(g, "yes", &output, 0, &status, &err), -1);
	assert_string_equal(err.text, "no room for output");
	error_clear(&err);
	guest_close(&g);
}

static void test_background_does_not_hang(void **state)
{
	struct guest *g = session_of(state);
	struct session_output o = { 0 };
	int64_t start = clock_ms();

	assert_int_equal(session_run(g, "sleep 30 & echo $! >~/pid; echo started", &o), 0);
	assert_string_equal(text_str(&o.streams[1]), "started\n");
	assert_true(clock_ms() - start < 15000);
	session_says(g, "kill $(cat ~/pid)", "");
	session_clear(&o);
	start = clock_ms();
	assert_int_equal(session_run(g, "while sleep 0.5; do echo on; done & echo $! >~/pid", &o),
			 0);
	assert_true(clock_ms() - start < 25000);
	session_says(g, "kill $(cat ~/pid)", "");
	session_clear(&o);
	guest_close(&g);
}

static void test_many_on_one_connection(void **state)
{
	struct guest *g = session_of(state);

	for (int i = 0; i < 50; i++)
		session_says(g, "echo yes", "yes\n");
	guest_close(&g);
}

static void test_connection_lost(void **state)
{
	struct guest *g = session_of(state);
	struct error err = { 0 };
	int status;

	assert_int_equal(guest_run(g, "kill -KILL $PPID", NULL, clock_ms() + SESSION_WAIT_MS,
				   &status, &err),
			 -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_non_null(strstr(err.text, "'web'"));
	error_clear(&err);
	guest_close(&g);
}

static void *one_of_several(void *arg)
{
	struct guest *g = session_open(arg);

	for (int i = 0; i < 10; i++)
		session_says(g, "echo thread", "thread\n");
	guest_close(&g);
	return NULL;
}

static void test_threads(void **state)
{
	struct guest *g = session_of(state);
	struct guest_target t = session_target(*state);
	pthread_t threads[6];

	guest_close(&g);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, one_of_several, &t), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
}

static void test_bad_hostname(void **state)
{
	struct guest *g = session_of(state);
	struct error err = { 0 };

	assert_int_equal(guest_set_hostname(g, "bad name;", &err), -1);
	assert_string_equal(err.text, "'bad name;' is no host name");
	error_clear(&err);
	guest_close(&g);
}

static void test_copy(void **state)
{
	struct guest *g = session_of(state);
	struct sshd *s = *state;
	cleanup_free char *from = fs_join(s->directory, "from.txt");
	cleanup_free char *target = xasprintf("%s/new dir/it's", s->directory);
	cleanup_free char *check = xasprintf(
		"cd '%s/new dir'; stat -c %%a \"it's\"; cat \"it's\"; ls -A", s->directory);
	struct guest_file file = { .from = from, .to = target };
	struct error err = { 0 };

	sshd_write(from, "content\n", 0640);
	session_check(guest_copy(g, &file, 0, &err), &err);
	session_says(g, check, "640\ncontent\nit's\n");
	file.mode = 0755;
	session_check(guest_copy(g, &file, 0, &err), &err);
	session_says(g, check, "755\ncontent\nit's\n");

	file = (struct guest_file){ .content = "text", .content_len = 4, .to = "~/sub/file" };
	session_check(guest_copy(g, &file, 0, &err), &err);
	session_says(g, "stat -c %a ~/sub/file; cat ~/sub/file", "644\ntext");
	file = (struct guest_file){ .from = from, .to = "sub" };
	session_check(guest_copy(g, &file, 0, &err), &err);
	session_says(g, "cat ~/sub/from.txt", "content\n");
	guest_close(&g);
}

static void test_copy_fails(void **state)
{
	struct guest *g = session_of(state);
	struct guest_file file = { .content = "x", .content_len = 1, .to = "/dev/null/x" };
	struct error err = { 0 };

	assert_int_equal(guest_copy(g, &file, 0, &err), -1);
	assert_int_equal(err.kind, ERROR_GUEST);
	assert_non_null(strstr(err.text, "cannot write '/dev/null/x' in 'web': "));
	error_clear(&err);
	file.to = "/tmp";
	assert_int_equal(guest_copy(g, &file, 0, &err), -1);
	assert_non_null(strstr(err.text, "it is a directory"));
	error_clear(&err);
	file = (struct guest_file){ .from = "/no/such/file", .to = "/tmp" };
	assert_int_equal(guest_copy(g, &file, 0, &err), -1);
	assert_non_null(strstr(err.text, "'/no/such/file'"));
	error_clear(&err);
	guest_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_much_output),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_writer_refuses),
		cmocka_unit_test(test_background_does_not_hang),
		cmocka_unit_test(test_many_on_one_connection),
		cmocka_unit_test(test_connection_lost),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_bad_hostname),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_copy_fails),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, sshd_setup, session_teardown);
}
