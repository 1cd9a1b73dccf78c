/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes that arrive while they are taken in, that are cut, change, or are not what was promised. */
#include "tests/unit/import_samples.h"

#include <fcntl.h>
#include <pthread.h>

#include "core/stop.h"

static unsigned char image[SAMPLE_BYTES];
static struct text box; /* a whole one */

/* Something that does not compress, so that the archive has a body. */
static void make_box(int filter)
{
	static unsigned char noise[20000];
	const struct sample_member m[] = { { "Vagrantfile", "#\n", 2 },
					   { "box.img", image, sizeof(image) },
					   { "metadata.json", V1_METADATA, strlen(V1_METADATA) },
					   { "noise", noise, sizeof(noise) },
					   { 0 } };
	cleanup_error struct error err = { 0 };
	uint32_t seed = 7;

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (unsigned char)((seed = seed * 1664525 + 1013904223) >> 24);
	sample_qcow2(image);
	sample_tar("whole.box", filter, m);
	text_reset(&box);
	assert_int_equal(fs_read(sample_path("whole.box"), 1 << 20, &box, &err), 0);
}

static int teardown(void **state)
{
	text_clear(&box);
	return samples_teardown(state);
}

/* --- a writer --------------------------------------------------------------------------------- */

struct writer {
	struct growing *file;
	size_t from, to, step;
	enum { ENDS, FAILS, IS_ABANDONED } fate;
};

static void *write_slowly(void *ctx)
{
	struct writer *w = ctx;
	cleanup_error struct error failure = { 0 };

	for (size_t at = w->from; at < w->to;) {
		size_t len = w->to - at < w->step ? w->to - at : w->step;

		if (pwrite(growing_fd(w->file), box.ptr + at, len, (off_t)at) != (ssize_t)len)
			abort();
		growing_add(w->file, len);
		at += len;
		sched_yield();
	}
	error_set(&failure, ERROR_SYSTEM, "the line broke");
	if (w->fate == IS_ABANDONED)
		growing_abandon(w->file);
	else
		growing_end(w->file, w->fate == FAILS ? &failure : NULL);
	return NULL;
}

static struct growing *new_file(size_t there, uint64_t total)
{
	int fd = open(sample_path("part"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, box.ptr, there, 0), there);
	return growing_new(fd, there, total, false);
}

static int take_growing(struct writer *w, uint64_t total, struct kept *k, struct content *c,
			struct error *err)
{
	cleanup_growing struct growing *file = new_file(w->from, total);
	struct import_spec spec = { .file = file, .name = "slow.box" };
	pthread_t thread;
	int rc;

	w->file = file;
	assert_int_equal(pthread_create(&thread, NULL, write_slowly, w), 0);
	rc = take_disks(&spec, k, c, err);
	pthread_join(thread, NULL);
	return rc;
}

static void takes_what_arrives(void **state)
{
	const size_t steps[] = { 1, 7, 511, 4096 };

	(void)state;
	for (size_t i = 0; i < 4 * ARRAY_SIZE(sample_filters); i++) {
		cleanup_error struct error err = { 0 };
		struct writer w = { .step = steps[i % 4] };
		struct kept k = { 0 };
		struct content c = { 0 };
		char digest[DIGEST_HEX_BYTES];

		make_box(sample_filters[i / 4]);
		w.from = i % 3 == 0 ? box.len / 3 : 0;
		w.to = box.len;
		if (take_growing(&w, i % 2 ? box.len : 0, &k, &c, &err) < 0)
			fail_msg("%zu: %s", i, err.text);
		digest_of(box.ptr, box.len, digest);
		assert_string_equal(c.digest, digest);
		assert_int_equal(c.size_bytes, box.len);
		assert_int_equal(k.disks[0].len, sizeof(image));
		assert_memory_equal(k.disks[0].ptr, image, sizeof(image));
		content_clear(&c);
		kept_clear(&k);
	}
}

/* What is no archive has no member whose length is told. */
static void takes_image_that_arrives(void **state)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(sample_filters); i++) {
		cleanup_error struct error err = { 0 };
		struct writer w = { .step = 333 };
		struct kept k = { 0 };
		struct content c = { 0 };

		(void)state;
		sample_qcow2(image);
		write_compressed("whole.img", sample_filters[i / 2], image, sizeof(image));
		text_reset(&box);
		assert_int_equal(fs_read(sample_path("whole.img"), 1 << 20, &box, &err), 0);
		w.to = box.len;
		if (take_growing(&w, i % 2 ? box.len : 0, &k, &c, &err) < 0)
			fail_msg("%zu: %s", i, err.text);
		assert_int_equal(k.disks[0].len, sizeof(image));
		content_clear(&c);
		kept_clear(&k);
	}
}

static void tells_what_stopped_the_writer(void **state)
{
	(void)state;
	for (size_t part = 0; part <= 10; part++) {
		for (int fate = FAILS; fate <= IS_ABANDONED; fate++) {
			cleanup_error struct error err = { 0 };
			struct writer w = { .step = 4096, .fate = fate };
			struct kept k = { 0 };
			struct content c = { 0 };

			make_box(ARCHIVE_FILTER_GZIP);
			w.to = box.len * part / 10;
			assert_int_equal(take_growing(&w, box.len, &k, &c, &err), -1);
			if (!strstr(err.text,
				    fate == FAILS ? "the line broke" : "became another one") ||
			    !strstr(err.text, "slow.box"))
				fail_msg("%zu: %s", part, err.text);
			assert_null(c.user);
			kept_clear(&k);
		}
	}
}

/* A box that is refused is refused at once, whether the writer ever goes on or not. */
static void does_not_wait_for_a_writer(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_growing struct growing *file = NULL;
	struct import_spec spec = { .name = "slow.box" };
	struct kept k = { 0 };
	struct content c = { 0 };
	int64_t before = clock_ms();

	(void)state;
	text_reset(&box);
	for (size_t i = 0; i < 100000; i++)
		text_add(&box, "no box ");
	spec.file = file = new_file(box.len, box.len + 1);
	assert_int_equal(take_disks(&spec, &k, &c, &err), -1);
	assert_non_null(strstr(err.text, "not a box"));
	assert_true(clock_ms() - before < 5000);
}

static void obeys_interruption(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_growing struct growing *file = NULL;
	struct import_spec spec = { .name = "slow.box" };
	struct kept k = { 0 };
	struct content c = { 0 };

	(void)state;
	make_box(ARCHIVE_FILTER_ZSTD);
	spec.file = file = new_file(box.len / 2, box.len);
	stop_set(true);
	assert_int_equal(take_disks(&spec, &k, &c, &err), -1);
	stop_set(false);
	assert_int_equal(err.kind, ERROR_STOPPED);
}

/* --- promises --------------------------------------------------------------------------------- */

static int take_promised(const char *checksum, uint64_t size_bytes, struct error *err)
{
	cleanup_growing struct growing *file = NULL;
	struct import_spec spec = { .name = "whole.box", .size_bytes = size_bytes };
	struct kept k = { 0 };
	struct content c = { 0 };
	int rc;

	assert_int_equal(growing_open(sample_path("whole.box"), &file, err), 0);
	if (checksum)
		assert_int_equal(checksum_parse(checksum, &spec.checksum, err), 0);
	spec.file = file;
	rc = take_disks(&spec, &k, &c, err);
	assert_true(rc == 0 || !c.user);
	content_clear(&c);
	kept_clear(&k);
	return rc;
}

static void compares_checksums(void **state)
{
	static const enum digest_kind kinds[] = { DIGEST_SHA256, DIGEST_SHA512, DIGEST_SHA384,
						  DIGEST_SHA1, DIGEST_MD5 };

	(void)state;
	make_box(ARCHIVE_FILTER_GZIP);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_digest struct digest *d = digest_new_of(kinds[i]);
		struct checksum good = { .kind = kinds[i] };
		cleanup_free char *right = NULL, *wrong = NULL;

		digest_add(d, box.ptr, box.len);
		digest_finish(d, good.hex);
		right = checksum_text(&good);
		good.hex[3] = good.hex[3] == '1' ? '2' : '1';
		wrong = checksum_text(&good);
		if (take_promised(right, box.len, &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(take_promised(wrong, 0, &err), -1);
		assert_int_equal(err.kind, ERROR_BOX);
		assert_non_null(strstr(err.text, "'whole.box': wrong checksum: expected"));
		assert_non_null(strstr(err.text, right));
		assert_non_null(strstr(err.text, wrong));
		assert_non_null(err.hint);
	}
}

static void compares_length(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	make_box(ARCHIVE_FILTER_ZSTD);
	assert_int_equal(take_promised(NULL, box.len + 1, &err), -1);
	assert_int_equal(err.kind, ERROR_BOX);
	assert_non_null(strstr(err.text, "were expected"));
}

/* --- files that are not whole ----------------------------------------------------------------- */

static void refuses_cut_boxes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sample_filters); i++) {
		make_box(sample_filters[i]);
		for (size_t part = 1; part < 40; part++) {
			cleanup_error struct error err = { 0 };

			sample_write("whole.box", box.ptr, box.len * part / 40);
			if (take_promised(NULL, 0, &err) == 0)
				fail_msg("filter %zu, part %zu of 40 was taken", i, part);
			assert_int_equal(err.kind, ERROR_BOX);
		}
	}
}

static void refuses_what_follows(void **state)
{
	static const char garbage[] = "there is something behind the box which does not belong";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sample_filters); i++) {
		cleanup_error struct error err = { 0 };

		make_box(sample_filters[i]);
		text_addn(&box, garbage, sizeof(garbage));
		sample_write("whole.box", box.ptr, box.len);
		if (take_promised(NULL, 0, &err) == 0)
			fail_msg("filter %zu: garbage was taken", i);
		assert_int_equal(err.kind, ERROR_BOX);
	}
}

/* Changes the file the box is read from, in the middle of it. */
struct changing {
	struct kept kept;
	bool done;
};

static int change_and_keep(void *ctx, const void *data, size_t len, struct error *err)
{
	struct changing *c = ctx;
	cleanup_close int fd = -1;

	if (!c->done) {
		fd = open(sample_path("whole.box"), O_WRONLY);
		assert_int_equal(pwrite(fd, "x", 1, (off_t)box.len - 20), 1);
		c->done = true;
	}
	return keep(&c->kept, data, len, err);
}

static int change_hole(void *ctx, uint64_t len, struct error *err)
{
	return keep_hole(&((struct changing *)ctx)->kept, len, err);
}

static int change_disk(void *ctx, const char *format, uint64_t file_bytes, struct image_sink *out,
		       struct error *err)
{
	struct changing *c = ctx;

	if (keep_disk(&c->kept, format, file_bytes, out, err) < 0)
		return -1;
	*out = (struct image_sink){ change_and_keep, change_hole, c };
	return 0;
}

static void notices_change(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sample_filters); i++) {
		cleanup_error struct error err = { 0 };
		cleanup_growing struct growing *file = NULL;
		cleanup_import struct import *import = NULL;
		struct changing c = { 0 };
		struct image_target target = { change_disk, &c };
		struct import_spec spec = { .name = "whole.box" };
		struct content content = { 0 };

		make_box(sample_filters[i]);
		assert_int_equal(growing_open(sample_path("whole.box"), &file, &err), 0);
		spec.file = file;
		assert_int_equal(import_open(&spec, &import, &err), 0);
		assert_int_equal(import_disks(import, &target, &content, &err), -1);
		assert_int_equal(err.kind, ERROR_BOX);
		if (!strstr(err.text, "changed"))
			fail_msg("%s", err.text);
		import_remember(import, sample_path("home"), sample_path("whole.box"));
		assert_false(fs_exists(sample_path("home/digests")));
		kept_clear(&c.kept);
	}
}

static void passes_on_failing_target(void **state)
{
	cleanup_error struct error err = { 0 };
	struct kept k = { .fail = true };
	struct content c = { 0 };

	(void)state;
	make_box(ARCHIVE_FILTER_NONE);
	assert_int_equal(take_file("whole.box", &k, &c, &err), -1);
	assert_int_equal(err.kind, ERROR_SYSTEM);
	kept_clear(&k);
}

/* --- progress ---------------------------------------------------------------------- */

struct seen {
	uint64_t done, total;
	char text[64];
};

static void see(void *ctx, const struct event *ev)
{
	struct seen *s = ctx;

	assert_int_equal(ev->kind, EVENT_PROGRESS);
	s->done = ev->done;
	s->total = ev->total;
	snprintf(s->text, sizeof(s->text), "%s", ev->text);
}

static void tells_progress(void **state)
{
	cleanup_error struct error err = { 0 };
	cleanup_growing struct growing *file = NULL;
	struct seen seen = { 0 };
	const struct watcher watch = { see, &seen };
	struct import_spec spec = { .name = "my.box", .watch = &watch };
	struct kept k = { 0 };
	struct content c = { 0 };

	(void)state;
	make_box(ARCHIVE_FILTER_GZIP);
	assert_int_equal(growing_open(sample_path("whole.box"), &file, &err), 0);
	spec.file = file;
	assert_int_equal(take_disks(&spec, &k, &c, &err), 0);
	assert_string_equal(seen.text, "unpacking my.box");
	assert_int_equal(seen.done, box.len);
	assert_int_equal(seen.total, box.len);
	content_clear(&c);
	kept_clear(&k);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, samples_setup, teardown)
	const struct CMUnitTest tests[] = {
		T(takes_what_arrives),
		T(takes_image_that_arrives),
		T(tells_what_stopped_the_writer),
		T(does_not_wait_for_a_writer),
		T(obeys_interruption),
		T(compares_checksums),
		T(compares_length),
		T(refuses_cut_boxes),
		T(refuses_what_follows),
		T(notices_change),
		T(passes_on_failing_target),
		T(tells_progress),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
