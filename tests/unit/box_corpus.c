/* SPDX-License-Identifier: Apache-2.0 */
/* Replays tests/fuzz/corpus/box: nothing in it may crash or read out of bounds. Run from the top. */
#include "tests/fuzz/box.c"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/fs.h"

#define CORPUS "tests/fuzz/corpus/box"

static void replay(void **state)
{
	DIR *dir = opendir(CORPUS);
	struct dirent *e;
	size_t count = 0;

	(void)state;
	if (!dir)
		fail_msg("there is no '%s' here", CORPUS);
	while ((e = readdir(dir))) {
		cleanup_free char *path = fs_join(CORPUS, e->d_name);
		cleanup_text struct text input = { 0 };
		cleanup_error struct error err = { 0 };

		if (e->d_name[0] == '.')
			continue;
		assert_int_equal(fs_read(path, 1 << 20, &input, &err), 0);
		LLVMFuzzerTestOneInput((const uint8_t *)text_str(&input), input.len);
		count++;
	}
	closedir(dir);
	assert_true(count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(replay) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
