/* SPDX-License-Identifier: Apache-2.0 */
/* Replays the corpus of a fuzzer, whose source is included before: nothing in it may crash or read out of bounds. */
#ifndef TESTS_UNIT_CORPUS_H
#define TESTS_UNIT_CORPUS_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/fs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Every file of the folder, which is meant from the top of the sources. */
static inline void corpus_replay(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	size_t count = 0;

	if (!dir)
		fail_msg("there is no '%s' here", folder);
	while ((e = readdir(dir))) {
		cleanup_free char *path = fs_join(folder, e->d_name);
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

#endif
