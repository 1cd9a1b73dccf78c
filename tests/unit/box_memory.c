/* SPDX-License-Identifier: Apache-2.0 */
/* Where a box is, and the store's memory of files it has read. */
#include "boxes/box.h"

#include <dirent.h>
#include <fcntl.h>

#include "core/stop.h"
#include "tests/unit/import_samples.h"

struct seen {
	unsigned count;
	uint64_t done, total;
	char text[128];
};

static void see(void *ctx, const struct event *ev)
{
	struct seen *s = ctx;

	assert_int_equal(ev->kind, EVENT_PROGRESS);
	s->count++;
	s->done = ev->done;
	s->total = ev->total;
	snprintf(s->text, sizeof(s->text), "%s", ev->text);
}

static void write_sample(const char *name)
{
	unsigned char image[SAMPLE_BYTES];

	sample_qcow2(image);
	sample_write(name, image, sizeof(image));
}

static void digest(const char *name, const struct watcher *w, char hex[static DIGEST_HEX_BYTES])
{
	cleanup_error struct error err = { 0 };

	if (box_digest(sample_path("home"), sample_path(name), w, hex, &err) < 0)
		fail_msg("%s", err.text);
}

/* Until the file's change is old enough to be remembered, and it is. Returns false after 10 s. */
static bool becomes_remembered(const char *name)
{
	int64_t deadline = clock_ms() + 10000;
	struct seen seen;
	struct watcher w = { see, &seen };
	char hex[DIGEST_HEX_BYTES];

	do {
		seen = (struct seen){ 0 };
		digest(name, &w, hex);
	} while (seen.count && deadline_left_ms(deadline));
	return seen.count == 0;
}

static void digest_is_remembered(void **state)
{
	struct seen seen = { 0 };
	struct watcher w = { see, &seen };
	char before[DIGEST_HEX_BYTES], after[DIGEST_HEX_BYTES], again[DIGEST_HEX_BYTES];

	(void)state;
	write_sample("a.img");
	digest("a.img", &w, before);
	assert_true(seen.count > 0);
	assert_int_equal(seen.done, SAMPLE_BYTES);
	assert_int_equal(seen.total, SAMPLE_BYTES);
	assert_string_equal(seen.text, "reading a.img");
	assert_true(becomes_remembered("a.img"));
	digest("a.img", NULL, after);
	assert_string_equal(before, after);
	/* Reached by another name it is the same file. */
	assert_int_equal(symlink("a.img", sample_path("link.img")), 0);
	seen.count = 0;
	digest("link.img", &w, again);
	assert_string_equal(before, again);
	assert_int_equal(seen.count, 0);
}

/* Same size, same mtime, same inode, other bytes. */
static void change_is_noticed(void **state)
{
	char before[DIGEST_HEX_BYTES], after[DIGEST_HEX_BYTES];
	struct timespec times[2];
	struct stat st;
	cleanup_close int fd = -1;

	(void)state;
	write_sample("a.img");
	digest("a.img", NULL, before);
	assert_true(becomes_remembered("a.img"));
	assert_int_equal(stat(sample_path("a.img"), &st), 0);
	fd = open(sample_path("a.img"), O_WRONLY);
	assert_int_equal(pwrite(fd, "x", 1, SAMPLE_BYTES - 1), 1);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(futimens(fd, times), 0);
	digest("a.img", NULL, after);
	assert_string_not_equal(before, after);
}

/* Every file in digests/ gets this content. */
static void overwrite_memory(const char *content, size_t len)
{
	DIR *dir = opendir(sample_path("home/digests"));
	struct dirent *e;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		cleanup_free char *name = xasprintf("home/digests/%s", e->d_name);

		if (e->d_name[0] != '.')
			sample_write(name, content, len);
	}
	closedir(dir);
}

static void damaged_memory_is_ignored(void **state)
{
	static const char *const contents[] = { "", "{", "[]", "{\"version\":1}",
						"{\"version\":\"x\",\"stamp\":7,\"sha256\":[]}" };
	char before[DIGEST_HEX_BYTES], after[DIGEST_HEX_BYTES];

	(void)state;
	write_sample("a.img");
	digest("a.img", NULL, before);
	for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
		assert_true(becomes_remembered("a.img"));
		overwrite_memory(contents[i], strlen(contents[i]));
		digest("a.img", NULL, after);
		assert_string_equal(before, after);
	}
}

/* --- what was taken in was read too ----------------------------------------------------------- */

static int64_t age_ns(const char *name)
{
	struct timespec now;
	struct stat st;

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
	assert_int_equal(stat(sample_path(name), &st), 0);
	return (now.tv_sec - st.st_ctim.tv_sec) * INT64_C(1000000000) + now.tv_nsec -
	       st.st_ctim.tv_nsec;
}

/* Old enough for another change to be told from the last one. */
static void settle(const char *name)
{
	int64_t deadline = clock_ms() + 10000;

	while (age_ns(name) < 200000000)
		assert_true(deadline_left_ms(deadline) > 0);
}

/* Takes a.img in as it is when `before` was called, which is after it was opened. */
static int take_and_remember(void (*before)(void), struct content *out)
{
	cleanup_growing struct growing *file = NULL;
	cleanup_import struct import *i = NULL;
	cleanup_error struct error err = { 0 };
	struct import_spec spec = { .name = "a.img" };
	struct kept k = { 0 };
	struct image_target target = { keep_disk, &k };
	int rc;

	assert_int_equal(growing_open(sample_path("a.img"), &file, &err), 0);
	spec.file = file;
	if (before)
		before();
	assert_int_equal(import_open(&spec, &i, &err), 0);
	/* Nothing is known of it yet. */
	import_remember(i, sample_path("home"), sample_path("a.img"));
	assert_false(fs_exists(sample_path("home/digests")));
	rc = import_disks(i, &target, out, &err);
	import_remember(i, sample_path("home"), sample_path("a.img"));
	kept_clear(&k);
	return rc;
}

static void import_is_remembered(void **state)
{
	struct seen seen = { 0 };
	struct watcher w = { see, &seen };
	struct content c = { 0 };
	char hex[DIGEST_HEX_BYTES];

	(void)state;
	write_sample("a.img");
	settle("a.img");
	assert_int_equal(take_and_remember(NULL, &c), 0);
	digest("a.img", &w, hex);
	assert_string_equal(hex, c.digest);
	assert_int_equal(seen.count, 0);
	content_clear(&c);
}

static void overwrite_last_byte(void)
{
	cleanup_close int fd = open(sample_path("a.img"), O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, "x", 1, SAMPLE_BYTES - 1), 1);
}

static void change_since_import_is_noticed(void **state)
{
	struct seen seen = { 0 };
	struct watcher w = { see, &seen };
	struct content c = { 0 };
	char hex[DIGEST_HEX_BYTES];

	(void)state;
	write_sample("a.img");
	settle("a.img");
	assert_int_equal(take_and_remember(NULL, &c), 0);
	overwrite_last_byte();
	digest("a.img", &w, hex);
	assert_string_not_equal(hex, c.digest);
	assert_true(seen.count > 0);
	content_clear(&c);
}

/* Of this the import reads only what was there when it was opened. */
static void append(void)
{
	cleanup_close int fd = open(sample_path("a.img"), O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_int_equal(write(fd, "more", 4), 4);
	settle("a.img");
}

/* Whoever changes it now may do so again within the same tick. */
static void change_in_the_future(void)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_sec = INT32_MAX } };

	assert_int_equal(utimensat(AT_FDCWD, sample_path("a.img"), times, 0), 0);
}

static void unsure_import_is_not_remembered(void **state)
{
	static void (*const before[])(void) = { append, change_in_the_future };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		struct content c = { 0 };

		write_sample("a.img");
		settle("a.img");
		assert_int_equal(take_and_remember(before[i], &c), 0);
		assert_false(fs_exists(sample_path("home/digests")));
		content_clear(&c);
	}
}

static void stop_is_obeyed(void **state)
{
	char hex[DIGEST_HEX_BYTES];
	cleanup_error struct error err = { 0 };

	(void)state;
	write_sample("a.img");
	stop_set(true);
	assert_int_equal(box_digest(sample_path("other"), sample_path("a.img"), NULL, hex, &err),
			 -1);
	assert_int_equal(err.kind, ERROR_STOPPED);
	stop_set(false);
}

static void locate(void **state)
{
	cleanup_free char *url = NULL, *three = NULL;
	const struct {
		const char *spec;
		enum error_kind kind;
	} table[] = {
		{ "a b.img", ERROR_NONE },        { "./a b.img", ERROR_NONE },
		{ "~/a b.img", ERROR_NONE },      { "file:a%20b.img", ERROR_NONE },
		{ "", ERROR_NOT_FOUND },          { "b.img", ERROR_NOT_FOUND },
		{ "debian/12", ERROR_NOT_FOUND }, { "https://host/a.box", ERROR_NOT_FOUND },
		{ "file:a%2", ERROR_BOX },        { "file:a%00b", ERROR_BOX },
		{ "file://host/x", ERROR_BOX },   { ".", ERROR_BOX },
		{ "a b.img/x", ERROR_NOT_FOUND },
	};
	const char *whole[2];

	(void)state;
	write_sample("a b.img");
	setenv("HOME", sample_dir, 1);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_free char *path = NULL;
		int rc = box_locate(table[i].spec, sample_dir, &path, &err);

		assert_int_equal(err.kind, table[i].kind);
		assert_int_equal(rc, table[i].kind ? -1 : 0);
		if (rc == 0)
			assert_string_equal(path, sample_path("a b.img"));
		if (err.kind == ERROR_NOT_FOUND && *table[i].spec)
			assert_non_null(err.hint);
	}
	whole[0] = url = xasprintf("file://%s/a%%20b.img", sample_dir);
	whole[1] = three = xasprintf("file://localhost%s/a%%20b.img", sample_dir);
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_free char *path = NULL;

		assert_int_equal(box_locate(whole[i], "/", &path, &err), 0);
		assert_string_equal(path, sample_path("a b.img"));
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, samples_setup, samples_teardown)
	const struct CMUnitTest tests[] = {
		T(digest_is_remembered),
		T(change_is_noticed),
		T(damaged_memory_is_ignored),
		T(import_is_remembered),
		T(change_since_import_is_noticed),
		T(unsure_import_is_not_remembered),
		T(stop_is_obeyed),
		T(locate),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
