/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums as catalogs, sums files and users write them. */
#include "boxes/checksum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"

#define MD5 "d41d8cd98f00b204e9800998ecf8427e"
#define SHA1 "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SHA384 SHA256 "d41d8cd98f00b204e9800998ecf8427e"
#define SHA512 SHA256 SHA256

static void expect(const char *text, enum digest_kind kind, const char *hex)
{
	cleanup_error struct error err = { 0 };
	struct checksum c;

	if (checksum_parse(text, &c, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(c.kind, kind);
	assert_string_equal(c.hex, hex);
	assert_true(checksum_is_set(&c));
}

static void length_tells_the_algorithm(void **state)
{
	(void)state;
	expect(MD5, DIGEST_MD5, MD5);
	expect(SHA1, DIGEST_SHA1, SHA1);
	expect(SHA256, DIGEST_SHA256, SHA256);
	expect(SHA384, DIGEST_SHA384, SHA384);
	expect(SHA512, DIGEST_SHA512, SHA512);
}

static void prefixes_are_understood(void **state)
{
	(void)state;
	expect("sha256:" SHA256, DIGEST_SHA256, SHA256);
	expect(" SHA-512: " SHA512 "\n", DIGEST_SHA512, SHA512);
	expect("md5:D41D8CD98F00B204E9800998ECF8427E", DIGEST_MD5, MD5);
	expect("SHA1:" SHA1, DIGEST_SHA1, SHA1);
	expect("sha384:" SHA384, DIGEST_SHA384, SHA384);
}

static void refuse(const char *text, const char *why)
{
	cleanup_error struct error err = { 0 };
	struct checksum c = { DIGEST_MD5, "untouched" };

	assert_int_equal(checksum_parse(text, &c, &err), -1);
	assert_int_equal(err.kind, ERROR_BOX);
	assert_string_equal(err.text, why);
	assert_string_equal(c.hex, "untouched");
}

static void wrong_ones_are_quoted(void **state)
{
	(void)state;
	refuse("", "checksum '' is not hexadecimal");
	refuse("sha256:", "checksum '' is not hexadecimal");
	refuse("hello", "checksum 'hello' is not hexadecimal");
	refuse("abc", "a checksum of 3 digits is of no known type");
	refuse("sha256:" SHA1, "a sha256 checksum has 64 digits, not 40");
	refuse("sha2:" SHA256, "checksum type 'sha2' is not known");
	refuse("sha2566:" SHA256, "checksum type 'sha2566' is not known");
	refuse(":" SHA256, "checksum type '' is not known");
	refuse("crc\033[1m:00", "checksum type 'crc?[1m' is not known");
	refuse(SHA256 " x", "checksum '" SHA256 " x' is not hexadecimal");
	refuse(SHA512 "0", "a checksum of 129 digits is of no known type");
}

static void two_fields_are_one(void **state)
{
	cleanup_error struct error err = { 0 };
	struct checksum a, b;

	(void)state;
	assert_int_equal(checksum_of_type("sha256", SHA256, &a, &err), 0);
	assert_int_equal(checksum_of_type(NULL, SHA256, &b, &err), 0);
	assert_true(checksum_equal(&a, &b));
	assert_int_equal(checksum_of_type("md5", MD5, &b, &err), 0);
	assert_false(checksum_equal(&a, &b));
	assert_int_equal(checksum_of_type("crc32", "00000000", &b, &err), -1);
	assert_string_equal(err.hint, "known are sha256, sha512, sha384, sha1 and md5");
	assert_int_equal(checksum_of_type("md5", SHA1, &b, &err), -1);
	assert_string_equal(err.text, "a md5 checksum has 32 digits, not 40");
}

static void texts_go_both_ways(void **state)
{
	static const char *const texts[] = { "md5:" MD5, "sha1:" SHA1, "sha256:" SHA256,
					     "sha384:" SHA384, "sha512:" SHA512 };
	const struct checksum none = { 0 };

	(void)state;
	assert_false(checksum_is_set(&none));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_error struct error err = { 0 };
		struct checksum c;

		assert_int_equal(checksum_parse(texts[i], &c, &err), 0);
		cleanup_free char *text = checksum_text(&c);

		assert_string_equal(text, texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(length_tells_the_algorithm),
		cmocka_unit_test(prefixes_are_understood),
		cmocka_unit_test(wrong_ones_are_quoted),
		cmocka_unit_test(two_fields_are_one),
		cmocka_unit_test(texts_go_both_ways),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
