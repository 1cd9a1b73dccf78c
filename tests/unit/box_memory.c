/* SPDX-License-Identifier: Apache-2.0 */
/* Where a box is, its checksum, and the store's memory of files it has read. */
#include "boxes/box.h"

#include <dirent.h>
#include <fcntl.h>

#include "core/stop.h"
#include "tests/unit/box_samples.h"
#include "tests/unit/qcow2_sample.h"

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

static void what_it_is_is_remembered(void **state)
{
	struct box first = { 0 }, second = { 0 };
	struct seen seen = { 0 };
	struct watcher w = { see, &seen };
	cleanup_error struct error err = { 0 };

	(void)state;
	write_sample("a.img");
	assert_true(becomes_remembered("a.img"));
	assert_int_equal(box_open(sample_path("home"), sample_path("a.img"), "a", NULL, NULL,
				  &first, &err),
			 0);
	assert_int_equal(box_open(sample_path("home"), sample_path("a.img"), "b", NULL, &w, &second,
				  &err),
			 0);
	assert_int_equal(seen.count, 0);
	assert_string_equal(second.image.name, "b");
	assert_string_equal(second.image.format, first.image.format);
	assert_string_equal(second.image.digest, first.image.digest);
	assert_int_equal(second.image.disk_bytes, first.image.disk_bytes);
	assert_int_equal(second.image.file_bytes, first.image.file_bytes);
	box_clear(&first);
	box_clear(&second);
}

static void checksum(void **state)
{
	char hex[DIGEST_HEX_BYTES];
	cleanup_free char *with_prefix = NULL, *upper = NULL;

	(void)state;
	write_sample("a.img");
	digest("a.img", NULL, hex);
	with_prefix = xasprintf("sha256:%s", hex);
	upper = xstrdup(hex);
	for (char *c = upper; *c; c++)
		*c = *c >= 'a' ? (char)(*c - 32) : *c;
	for (size_t i = 0; i < 5; i++) {
		const char *good[] = { hex, with_prefix, upper };
		const char *bad[] = { "sha256:123", "0000000000000000000000000000000000000000000000"
						    "000000000000000000" };
		cleanup_box struct box b = { 0 };
		cleanup_error struct error err = { 0 };
		int rc = box_open(sample_path("home"), sample_path("a.img"), "a.img",
				  i < 3 ? good[i] : bad[i - 3], NULL, &b, &err);

		assert_int_equal(rc, i < 3 ? 0 : -1);
		if (i < 3)
			continue;
		assert_int_equal(err.kind, ERROR_BOX);
		assert_non_null(strstr(err.text, i == 3 ? "is not a SHA-256" : hex));
	}
}

static void changed_box_is_not_poured(void **state)
{
	cleanup_box struct box b = { 0 };
	cleanup_error struct error err = { 0 };
	const struct image_sink sink = { 0 };

	(void)state;
	write_sample("a.img");
	assert_int_equal(box_open(sample_path("home"), sample_path("a.img"), "a.img", NULL, NULL,
				  &b, &err),
			 0);
	write_sample("a.img");
	assert_int_equal(box_pour(&b, &sink, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_BOX);
	assert_non_null(strstr(err.text, "changed"));
}

static void stop_is_obeyed(void **state)
{
	char hex[DIGEST_HEX_BYTES];
	cleanup_error struct error err = { 0 };
	cleanup_box struct box b = { 0 };
	const struct image_sink sink = { 0 };

	(void)state;
	write_sample("a.img");
	assert_int_equal(
		box_open(sample_path("home"), sample_path("a.img"), "a", NULL, NULL, &b, &err), 0);
	stop_set(true);
	assert_int_equal(box_pour(&b, &sink, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_STOPPED);
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
		T(what_it_is_is_remembered),
		T(checksum),
		T(changed_box_is_not_poured),
		T(stop_is_obeyed),
		T(locate),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
