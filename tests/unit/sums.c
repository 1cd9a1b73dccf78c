/* SPDX-License-Identifier: Apache-2.0 */
/* Files of checksums in the forms that distributions publish. */
#include "boxes/sums.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C512 A B

static void expect(const char *text, const char *file, const char *hex)
{
	cleanup_error struct error err = { 0 };
	struct checksum c;

	if (sums_find(text, strlen(text), file, &c, &err) < 0)
		fail_msg("%s: %s", file ? file : "(only)", err.text);
	assert_string_equal(c.hex, hex);
}

static void refuse(const char *text, const char *file, enum error_kind kind, const char *why)
{
	cleanup_error struct error err = { 0 };
	struct checksum c;

	assert_int_equal(sums_find(text, strlen(text), file, &c, &err), -1);
	assert_int_equal(err.kind, kind);
	assert_string_equal(err.text, why);
}

static void coreutils_lists_are_read(void **state)
{
	static const char text[] = A "  one.img\n" B " *two.img\n"
				     "\\" A "  three\\\\four\n" A "\t./dir/five.img\r\n" B "  six";

	(void)state;
	expect(text, "one.img", A);
	expect(text, "two.img", B);
	expect(text, "five.img", A);
	expect(text, "six", B);
	refuse(text, "seven", ERROR_NOT_FOUND, "there is no checksum for 'seven'");
	refuse(text, "two", ERROR_NOT_FOUND, "there is no checksum for 'two'");
	refuse(text, NULL, ERROR_NOT_FOUND, "the checksums are not those of one file");
}

static void bsd_lists_are_read(void **state)
{
	static const char text[] = "-----BEGIN PGP SIGNED MESSAGE-----\n"
				   "Hash: SHA256\n"
				   "\n"
				   "# one.qcow2: 645988352 bytes\n"
				   "SHA256 (one.qcow2) = " A "\n"
				   "SHA512 (one.qcow2) = " C512 "\n"
				   "MD5 (two) = d41d8cd98f00b204e9800998ecf8427e\n"
				   "SHA256(three (copy))= " B "\n"
				   "- SHA2-256 (four) = " B "\n"
				   "- - SHA256 (five) = " B "\n"
				   "-----BEGIN PGP SIGNATURE-----\n"
				   "SHA256 (late) = " A "\n" A "\n";

	(void)state;
	expect(text, "one.qcow2", C512);
	expect(text, "two", "d41d8cd98f00b204e9800998ecf8427e");
	expect(text, "three (copy)", B);
	refuse(text, "late", ERROR_NOT_FOUND, "there is no checksum for 'late'");
	refuse(text, "five", ERROR_NOT_FOUND, "there is no checksum for 'five'");
}

static void a_checksum_alone_is_for_any_file(void **state)
{
	(void)state;
	expect(A "\n", "whatever", A);
	expect("  " C512, "whatever", C512);
	expect(A "\n", NULL, A);
	/* A list that has other names does not mean the file by a line without one. */
	refuse(A "\n" B "  other\n", "mine", ERROR_NOT_FOUND, "there is no checksum for 'mine'");
	refuse(A "\n" B "\n", "mine", ERROR_BOX, "the checksums contradict each other");
}

static void the_only_file_is_found(void **state)
{
	(void)state;
	expect("SHA256 (Image-1.2.qcow2) = " A "\n", NULL, A);
	expect("SHA256 (a) = " A "\nSHA512 (a) = " C512 "\n", NULL, C512);
	refuse("SHA256 (a) = " A "\nSHA256 (b) = " A "\n", NULL, ERROR_NOT_FOUND,
	       "the checksums are not those of one file");
}

static void contradictions_are_noticed(void **state)
{
	(void)state;
	expect(A "  a\n" A "  a\n", "a", A);
	refuse(A "  a\n" B "  a\n", "a", ERROR_BOX, "the checksums contradict each other");
}

static void noise_is_no_checksum(void **state)
{
	static const char *const texts[] = { "",
					     "\n\n",
					     "<html>not found</html>\n",
					     "abc  a\n",
					     "SHA256 (a = " A "\n",
					     "SHA256 (a) " A "\n",
					     "CRC32 (a) = 00000000\n",
					     A "x  a\n",
					     "#" A "  a\n",
					     ")(=",
					     "SHA256 (a) = \n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		refuse(texts[i], "a", ERROR_NOT_FOUND, "there is no checksum for 'a'");
}

struct seen {
	size_t count, bare;
};

static void count_entry(void *ctx, const char *file, const struct checksum *c)
{
	struct seen *seen = ctx;

	assert_true(checksum_is_set(c));
	seen->count++;
	seen->bare += !file;
}

static void each_line_is_told(void **state)
{
	static const char text[] = A "  a\n" B "\nnothing\nSHA256 (c) = " A "\n";
	struct seen seen = { 0 };

	(void)state;
	sums_each(text, strlen(text), &(struct sums_reader){ count_entry, &seen });
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.bare, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coreutils_lists_are_read),
		cmocka_unit_test(bsd_lists_are_read),
		cmocka_unit_test(a_checksum_alone_is_for_any_file),
		cmocka_unit_test(the_only_file_is_found),
		cmocka_unit_test(contradictions_are_noticed),
		cmocka_unit_test(noise_is_no_checksum),
		cmocka_unit_test(each_line_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
