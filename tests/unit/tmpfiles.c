/* SPDX-License-Identifier: Apache-2.0 */
/* A seed as tmpfiles.d lines and as a systemd credential. */
#include "providers/tmpfiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base64.h"

#include "core/mem.h"

static void encodes_base64(void **state)
{
	/* RFC 4648, section 10 */
	static const char *const vectors[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		cleanup_free char *got = base64_encode(vectors[i][0], strlen(vectors[i][0]));

		assert_string_equal(got, vectors[i][1]);
	}
}

static void encodes_all_bytes(void **state)
{
	static const unsigned char bytes[] = { 0xfb, 0xff, 0xfe };
	cleanup_free char *got = base64_encode(bytes, sizeof(bytes));

	(void)state;
	assert_string_equal(got, "+//+");
}

static void writes_files_and_directories(void **state)
{
	const struct seed_file files[] = {
		{ "/root/.ssh", "root", 0700, NULL },
		{ "/root/.ssh/authorized_keys", "root", 0600, "key\n" },
		{ "/home/dev/empty", "dev", 0644, "" },
	};
	const struct seed seed = { .hostname = "web",
				   .files = files,
				   .file_count = ARRAY_SIZE(files) };
	cleanup_free char *text = tmpfiles_text(&seed);

	(void)state;
	assert_string_equal(text, "d /root/.ssh 0700 root root - -\n"
				  "f+~ /root/.ssh/authorized_keys 0600 root root - a2V5Cg==\n"
				  "f+~ /home/dev/empty 0644 dev dev - \n");
}

static void quotes_only_odd_paths(void **state)
{
	const struct seed_file files[] = { { "/a b/%h\"\\\n", "root", 0644, "x" } };
	const struct seed seed = { .hostname = "web", .files = files, .file_count = 1 };
	cleanup_free char *text = tmpfiles_text(&seed);

	(void)state;
	assert_string_equal(text, "f+~ \"/a b/%%h\\x22\\x5c\\x0a\" 0644 root root - eA==\n");
}

static void makes_a_credential(void **state)
{
	const struct seed_file files[] = { { "/x", "root", 0644, "x" } };
	const struct seed seed = { .hostname = "web", .files = files, .file_count = 1 };
	cleanup_free char *text = tmpfiles_text(&seed),
			  *encoded = base64_encode(text, strlen(text));
	cleanup_free char *expected =
		xasprintf("io.systemd.credential.binary:tmpfiles.extra=%s", encoded);
	cleanup_free char *got = tmpfiles_credential(&seed);

	(void)state;
	assert_string_equal(got, expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_base64),
		cmocka_unit_test(encodes_all_bytes),
		cmocka_unit_test(writes_files_and_directories),
		cmocka_unit_test(quotes_only_odd_paths),
		cmocka_unit_test(makes_a_credential),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
