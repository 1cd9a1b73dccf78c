/* SPDX-License-Identifier: Apache-2.0 */
/* What engines keep of folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/folder_note.h"

static const char *dax[] = { "dax", "noatime" };

static void what_is_brought_is_compared(void **state)
{
	static const char *o[] = { "*.o" }, *c[] = { "*.c" };
	const struct folder f = { .from = "/p", .to = "/a", .exclude = { o, 1 }, .inner = { c, 1 } };
	struct folder other = f;

	(void)state;
	other.to = "/b";
	assert_true(folder_brings_same(&f, &other));
	other.inner.count = 0;
	assert_false(folder_brings_same(&f, &other));
	other = f;
	other.exclude.at = c;
	assert_false(folder_brings_same(&f, &other));
	other = f;
	other.from = "/q";
	assert_false(folder_brings_same(&f, &other));
}

static void notes_come_back(void **state)
{
	const struct folder given[] = {
		{ .said = ".", .from = "/p", .to = "/project", .kind = FOLDER_BIND, .chosen = true },
		{ .said = "a \"b\"",
		  .from = "/a \"b\"",
		  .to = "/ü",
		  .kind = FOLDER_VIRTIOFS,
		  .read_only = true,
		  .mount_options = { dax, 2 } },
		{ .said = "c", .from = "/c", .to = "/c", .kind = FOLDER_COPY },
	};
	cleanup_free char *text = folder_note_text(given, ARRAY_SIZE(given)), *none = NULL;
	cleanup(arena_clear) struct arena arena = { 0 };
	struct folders read;

	(void)state;
	assert_true(folder_note_read(text, &arena, &read));
	assert_int_equal(read.count, ARRAY_SIZE(given));
	for (size_t i = 0; i < read.count; i++) {
		assert_true(folder_note_same(&given[i], &read.at[i]));
		assert_string_equal(given[i].said, read.at[i].said);
		assert_int_equal(given[i].chosen, read.at[i].chosen);
	}
	assert_true(folder_note_shares(&read));
	assert_string_equal(folder_note_shown(&read.at[1], &arena),
			    "a \"b\" at /ü (virtiofs, read-only)");
	none = folder_note_text(NULL, 0);
	assert_null(none);
	assert_true(folder_note_read(NULL, &arena, &read));
	assert_int_equal(read.count, 0);
	assert_false(folder_note_shares(&read));
}

static void what_is_no_note_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"{}",
		"[1]",
		"[{}]",
		"[{\"said\":\"a\",\"from\":\"a\",\"to\":\"/b\",\"kind\":\"bind\"}]",
		"[{\"said\":\"a\",\"from\":\"/a\",\"to\":\"b\",\"kind\":\"bind\"}]",
		"[{\"said\":\"a\",\"from\":\"/a\",\"to\":\"/b\",\"kind\":\"nfs\"}]",
		"[{\"said\":\"a\",\"from\":\"/a\",\"to\":\"/b\",\"kind\":\"auto\"}]",
		"[{\"said\":\"a\",\"from\":\"/a\",\"to\":\"/b\",\"kind\":\"bind\",\"options\":[1]}]",
	};
	cleanup(arena_clear) struct arena arena = { 0 };
	struct folders out = { .count = 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (folder_note_read(bad[i], &arena, &out))
			fail_msg("'%s' was read", bad[i]);
	assert_int_equal(out.count, 7);
}

static void tags_are_short_and_stay(void **state)
{
	char one[FOLDER_TAG_BYTES], other[FOLDER_TAG_BYTES];

	(void)state;
	folder_tag("/project", one);
	folder_tag("/srv/app", other);
	assert_string_equal(one, "bothy-ea0135bc");
	assert_string_not_equal(one, other);
}

static void the_way_down_is_found(void **state)
{
	(void)state;
	assert_string_equal(folder_way_down("/a/b", "/a/b"), "");
	assert_string_equal(folder_way_down("/a", "/a/b/c"), "/b/c");
	assert_string_equal(folder_way_down("/", "/a/b"), "/a/b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_brought_is_compared),
		cmocka_unit_test(notes_come_back),
		cmocka_unit_test(what_is_no_note_is_refused),
		cmocka_unit_test(tags_are_short_and_stay),
		cmocka_unit_test(the_way_down_is_found),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("folders", tests, NULL, NULL);
}
