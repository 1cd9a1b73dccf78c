/* SPDX-License-Identifier: Apache-2.0 */
/* Texts, sizes and times as people write them, growing arrays and the arena. */
#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/proc.h"

static void text_grows(void **state)
{
	cleanup_text struct text t = { 0 };
	char *taken;

	(void)state;
	assert_string_equal(text_str(&t), "");
	for (int i = 0; i < 1000; i++)
		text_addf(&t, "%03d ", i);
	assert_int_equal(t.len, 4000);
	assert_true(text_has_suffix(text_str(&t), "998 999 "));
	text_reset(&t);
	assert_string_equal(text_str(&t), "");
	text_addn(&t, "a\0b", 3);
	assert_int_equal(t.len, 3);
	assert_memory_equal(t.ptr, "a\0b", 4);
	taken = text_take(&t);
	assert_memory_equal(taken, "a\0b", 4);
	assert_int_equal(t.len + t.capacity, 0);
	free(taken);
	taken = text_take(&t);
	assert_string_equal(taken, "");
	free(taken);
}

static void lines_are_taken_off(void **state)
{
	static const char *const lines[] = { "hint: do this", "error: that", "first", "", "" };
	cleanup_text struct text t = { 0 };

	(void)state;
	text_add(&t, "first\n\n  \nerror: that\r\nhint: do this\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		cleanup_free char *line = text_pop_line(&t);

		assert_string_equal(line, lines[i]);
		assert_false(t.len && t.ptr[t.len - 1] == '\n');
	}
	assert_int_equal(t.len, 0);
	text_add(&t, "again");
	assert_string_equal(text_str(&t), "again");
}

static void long_texts_lose_their_middle(void **state)
{
	static const struct {
		const char *text;
		size_t most;
		const char *wanted;
	} cases[] = {
		{ "", 5, "" },
		{ "debian/12", 9, "debian/12" },
		{ "debian/12", 8, "de.../12" },
		{ "debian/12", 5, "d...2" },
		{ "http://host.test/a/long/way/box.img", 20, "http://h...y/box.img" },
		/* Of characters of several bytes none is cut. */
		{ "\303\244\303\266\303\274\303\237\342\202\254", 10, "\303\244...\342\202\254" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *got = text_shorten(cases[i].text, cases[i].most);

		assert_string_equal(got, cases[i].wanted);
	}
}

static void texts_are_compared(void **state)
{
	(void)state;
	assert_true(text_has_prefix("abc", "ab") && text_has_prefix("abc", ""));
	assert_false(text_has_prefix("ab", "abc"));
	assert_true(text_has_suffix("abc", "bc") && text_has_suffix("abc", ""));
	assert_false(text_has_suffix("bc", "abc"));
	assert_true(text_equal(NULL, NULL) && text_equal("a", "a"));
	assert_false(text_equal(NULL, "") || text_equal("", NULL) || text_equal("a", "b"));
}

static void distances_count_slips(void **state)
{
	char longer[200];

	(void)state;
	assert_int_equal(text_distance("", ""), 0);
	assert_int_equal(text_distance("", "abc"), 3);
	assert_int_equal(text_distance("memory", "memory"), 0);
	assert_int_equal(text_distance("memroy", "memory"), 1);
	assert_int_equal(text_distance("mmory", "memory"), 1);
	assert_int_equal(text_distance("memoryy", "memory"), 1);
	assert_int_equal(text_distance("nenory", "memory"), 2);
	assert_int_equal(text_distance("kitten", "sitting"), 3);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_true(text_distance(longer, "memory") > 2);
}

static void nearest_is_near(void **state)
{
	static const char *const names[] = { "box", "cpus", "memory", "disk" };

	(void)state;
	assert_string_equal(text_nearest("memroy", names, 4), "memory");
	assert_string_equal(text_nearest("cpu", names, 4), "cpus");
	assert_string_equal(text_nearest("bx", names, 4), "box");
	assert_null(text_nearest("x", names, 4));
	assert_null(text_nearest("hostname", names, 4));
	assert_null(text_nearest("memory", names, 0));
	assert_null(text_nearest("", names, 4));
}

static void sizes_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t mib;
	} rows[] = {
		{ "512", 512 },        { "0", 0 },         { "2G", 2048 },
		{ "2g", 2048 },        { "2GiB", 2048 },   { "2 GB", 2048 },
		{ "1.5G", 1536 },      { "512 MiB", 512 }, { "512m", 512 },
		{ "1T", 1024 * 1024 }, { "1024K", 1 },     { "1K", 1 },
		{ "1025 KiB", 2 },     { "0.5", 1 },
	};
	static const char *const wrong[] = { "",    "G",   "-1",   "-1G",   "+1",   " 1",
					     "1X",  "1GG", "1iB",  "1 G B", "1Gb1", "0x10",
					     "inf", "nan", "1e99", "1G ",   "1GBi" };
	uint64_t mib = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!text_parse_size_mib(rows[i].text, &mib) || mib != rows[i].mib)
			fail_msg("'%s' is %llu", rows[i].text, (unsigned long long)mib);
	}
	mib = 7;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (text_parse_size_mib(wrong[i], &mib) || mib != 7)
			fail_msg("'%s' is %llu", wrong[i], (unsigned long long)mib);
	}
}

static void sizes_are_written(void **state)
{
	static const struct {
		uint64_t mib;
		const char *text;
	} rows[] = { { 0, "0 MiB" },      { 1023, "1023 MiB" }, { 1024, "1 GiB" },
		     { 1536, "1.5 GiB" }, { 2048, "2 GiB" },    { 1048576, "1024 GiB" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *text = text_format_mib(rows[i].mib);

		assert_string_equal(text, rows[i].text);
	}
}

static void times_are_read(void **state)
{
	static const char *const wrong[] = { "",    "s",   "-1",   "+5",  "1d",
					     "1 s", "5mm", "1.5h", "0x5", "999999999999999999999",
					     "300h" };
	unsigned s = 7;

	(void)state;
	assert_true(text_parse_seconds("0", &s) && s == 0);
	assert_true(text_parse_seconds("10", &s) && s == 10);
	assert_true(text_parse_seconds("10s", &s) && s == 10);
	assert_true(text_parse_seconds("5m", &s) && s == 300);
	assert_true(text_parse_seconds("1h", &s) && s == 3600);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (text_parse_seconds(wrong[i], &s))
			fail_msg("'%s' is %u", wrong[i], s);
	}
	assert_int_equal(s, 3600);
}

/* A shell must read each word back as it was. */
static void quoting_survives_a_shell(void **state)
{
	static const char *const words[] = { "",    "plain", "a b", "it's",    "$HOME", "`id`",
					     "\\",  "\n",    "*",   "~root",   "'",     "\"",
					     "a;b", "-n",    "#x",  "\xc3\xa9" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		cleanup_text struct text script = { 0 };
		cleanup_proc struct proc_result result = { 0 };
		cleanup_error struct error err = { 0 };

		text_add(&script, "printf '[%s]' ");
		text_add_shell_quoted(&script, words[i]);
		const char *argv[] = { "sh", "-c", text_str(&script), NULL };
		cleanup_free char *expected = xasprintf("[%s]", words[i]);

		assert_int_equal(proc_run(argv, 0, &result, &err), 0);
		assert_string_equal(text_str(&result.output), expected);
	}
}

static void arrays_grow(void **state)
{
	cleanup(arena_clear) struct arena arena = { 0 };
	size_t *array = NULL, *kept = NULL;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		array = xgrow(array, i, sizeof(*array));
		kept = arena_grow(&arena, kept, i, sizeof(*kept));
		array[i] = kept[i] = i;
	}
	for (size_t i = 0; i < 1000; i++)
		assert_true(array[i] == i && kept[i] == i);
	free(array);
}

static void arena_memory_is_zeroed_and_aligned(void **state)
{
	cleanup(arena_clear) struct arena arena = { 0 };
	static const unsigned char zeroes[10000];

	(void)state;
	for (size_t size = 0; size <= sizeof(zeroes); size = size * 3 + 1) {
		for (int i = 0; i < 20; i++) {
			unsigned char *p = arena_alloc(&arena, size);

			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			assert_memory_equal(p, zeroes, size);
			memset(p, 0xff, size);
		}
	}
	assert_null(arena_strdup(&arena, NULL));
	assert_string_equal(arena_printf(&arena, "%s-%d", "a", 7), "a-7");
	assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
	arena_clear(&arena);
	assert_null(arena.head);
}

static void only_the_end_is_kept(void **state)
{
	cleanup_text struct text t = { 0 };

	(void)state;
	text_add_end(&t, "abcdef", 6, 3);
	assert_string_equal(text_str(&t), "abcdef");
	text_add_end(&t, "g", 1, 3);
	assert_string_equal(text_str(&t), "efg");
	text_add_end(&t, "0123456789", 10, 3);
	assert_string_equal(text_str(&t), "789");
	assert_int_equal(t.len, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_grows),
		cmocka_unit_test(lines_are_taken_off),
		cmocka_unit_test(long_texts_lose_their_middle),
		cmocka_unit_test(texts_are_compared),
		cmocka_unit_test(distances_count_slips),
		cmocka_unit_test(nearest_is_near),
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(sizes_are_written),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(quoting_survives_a_shell),
		cmocka_unit_test(only_the_end_is_kept),
		cmocka_unit_test(arrays_grow),
		cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("core_text", tests, NULL, NULL);
}
