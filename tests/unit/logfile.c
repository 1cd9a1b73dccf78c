/* SPDX-License-Identifier: Apache-2.0 */
/* Logs that cannot fill a disk, their names, and those who follow them. */
#include "cli/logfile.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/follow.h"
#include "cli/logs.h"

static char directory[] = "/tmp/bothy-logfile.XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/a.log", directory);
	return 0;
}

static int teardown(void **state)
{
	struct error err = { 0 };

	(void)state;
	return fs_remove(directory, &err);
}

static struct logfile *begin(void)
{
	struct logfile *l = NULL;
	struct error err = { 0 };

	assert_int_equal(logfile_open(path, NULL, &l, &err), 0);
	return l;
}

static void end(struct logfile *l)
{
	struct error err = { 0 };

	assert_int_equal(logfile_close(&l, &err), 0);
	assert_null(l);
}

static struct text content(void)
{
	struct text t = { 0 };
	struct error err = { 0 };

	assert_int_equal(fs_read(path, (size_t)64 << 20, &t, &err), 0);
	return t;
}

static void test_small(void **state)
{
	struct logfile *l = begin();
	cleanup_text struct text t = { 0 };
	struct stat st;

	(void)state;
	logfile_add(l, "one\n", 4);
	logfile_add(l, "two\n", 4);
	end(l);
	t = content();
	assert_string_equal(t.ptr, "one\ntwo\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_begun_anew(void **state)
{
	struct logfile *l = begin();
	cleanup_text struct text t = { 0 };
	FILE *reader;
	char line[16];

	(void)state;
	logfile_add(l, "old\n", 4);
	end(l);
	reader = fopen(path, "r");
	l = begin();
	logfile_add(l, "new\n", 4);
	end(l);
	assert_non_null(fgets(line, sizeof(line), reader));
	assert_string_equal(line, "old\n");
	fclose(reader);
	t = content();
	assert_string_equal(t.ptr, "new\n");
}

/* Lines with numbers, n of them, 64 bytes each. */
static void add_numbers(struct logfile *l, unsigned n)
{
	cleanup_free char *buf = xmalloc(65536 + 1);
	size_t used = 0;

	for (unsigned i = 0; i < n; i++) {
		used += (size_t)snprintf(buf + used, 65, "%-63u\n", i);
		if (used == 65536 || i + 1 == n) {
			logfile_add(l, buf, used);
			used = 0;
		}
	}
}

static void test_flood(void **state)
{
	const unsigned lines = 1000000; /* 64 MB */
	struct logfile *l = begin();
	cleanup_text struct text t = { 0 };
	unsigned long long left_out = 0;
	unsigned expected = 0, number = 0;
	size_t gaps = 0;

	(void)state;
	add_numbers(l, lines);
	end(l);
	t = content();
	assert_true(t.len <= LOGFILE_HEAD_BYTES + 2 * LOGFILE_TAIL_BYTES);
	assert_true(t.len >= LOGFILE_HEAD_BYTES - 65536 + LOGFILE_TAIL_BYTES - 65536);
	assert_int_equal(t.len % 64, 0);
	for (size_t at = 0; at < t.len; at += 64) {
		if (sscanf(t.ptr + at, LOGFILE_GAP, &left_out) == 1) {
			gaps++;
			expected += (unsigned)(left_out / 64);
			continue;
		}
		assert_int_equal(sscanf(t.ptr + at, "%u", &number), 1);
		assert_int_equal(number, expected);
		expected++;
	}
	assert_int_equal(gaps, 1);
	assert_int_equal(number, lines - 1);
}

static void test_full_disk(void **state)
{
	struct logfile *l = begin();
	struct error err = { 0 };
	int null = open("/dev/full", O_WRONLY);

	(void)state;
	/* The log's descriptor is the newest but one. */
	assert_true(null > 0);
	assert_true(dup2(null, null - 1) >= 0);
	logfile_add(l, "x\n", 2);
	logfile_add(l, "y\n", 2);
	assert_int_equal(logfile_close(&l, &err), -1);
	assert_non_null(strstr(err.text, "cannot write '"));
	error_clear(&err);
	close(null);
}

static void test_names(void **state)
{
	static const char *const same[] = { "shell-1", "app.sh", "a+b@c=d,e_f" };
	static const char *const other[] = { "../../etc/passwd", "a/b", ".hidden", "", "grün",
					     "new\nline",        "a b", "a_b c" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		cleanup_free char *name = logs_file_name(same[i]);
		cleanup_free char *wanted = xasprintf("%s.log", same[i]);

		assert_string_equal(name, wanted);
	}
	for (size_t i = 0; i < ARRAY_SIZE(other); i++) {
		cleanup_free char *name = logs_file_name(other[i]);

		assert_null(strchr(name, '/'));
		assert_true(name[0] != '.');
		assert_true(text_has_suffix(name, ".log"));
		for (size_t k = 0; k < i; k++) {
			cleanup_free char *before = logs_file_name(other[k]);

			assert_string_not_equal(name, before);
		}
	}
	{
		char longest[400] = { 0 };
		cleanup_free char *name = logs_file_name(memset(longest, 'x', 399));

		assert_true(strlen(name) < 100);
	}
}

static void collect(void *ctx, const struct log *log, const char *data, size_t len)
{
	(void)log;
	text_addn(ctx, data, len);
}

static void look(struct follower *f, const char *wanted)
{
	const struct log log = { .path = path };
	struct text *seen = f->ctx;
	struct error err = { 0 };

	assert_int_equal(follow_look(f, &log, &err), 0);
	assert_string_equal(text_str(seen), wanted);
	text_reset(seen);
}

static void test_following(void **state)
{
	cleanup_text struct text seen = { 0 };
	struct follower f = { .show = collect, .ctx = &seen };
	struct logfile *l;

	(void)state;
	unlink(path);
	look(&f, "");
	l = begin();
	logfile_add(l, "one\ntw", 6);
	look(&f, "one\n");
	look(&f, "");
	logfile_add(l, "o\n", 2);
	look(&f, "two\n");
	end(l);
	l = begin();
	logfile_add(l, "anew\n", 5);
	look(&f, "anew\n");
	end(l);
	assert_int_equal(truncate(path, 2), 0);
	look(&f, "");
	follow_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small), cmocka_unit_test(test_begun_anew),
		cmocka_unit_test(test_flood), cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_names), cmocka_unit_test(test_following),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
