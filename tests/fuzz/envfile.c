/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: any bytes as a bothy.lua and, behind the first zero byte, as a file "data" beside
 * it, which it may read. Needs clang -fsanitize=fuzzer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "lua/envfile.h"
#include "lua/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In a folder of its own: what the bytes glob or read must not be the surroundings. */
static const char *project_folder(void)
{
	static char folder[] = "/tmp/bothy-fuzz-XXXXXX";
	static bool made;

	if (!made && !mkdtemp(folder))
		abort();
	made = true;
	return folder;
}

static void write_file(const char *path, const uint8_t *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct limits limits = {
		.memory_bytes = 4 << 20,
		.instructions = 200 * 1000,
		.call_ms = 10 * 1000,
		.total_ms = 10 * 1000,
	};
	cleanup(problems_clear) struct problems problems = { 0 };
	cleanup_error struct error err = { 0 };
	cleanup_env_raw struct env_raw raw;
	cleanup_free char *path = fs_join(project_folder(), "bothy.lua");
	cleanup_free char *beside = fs_join(project_folder(), "data");
	size_t len = strnlen((const char *)data, size);

	write_file(path, data, len);
	write_file(beside, data + len + (len < size), size - len > 1 ? size - len - 1 : 0);
	if (envfile_load_within(path, &limits, &raw, &problems, &err) < 0)
		abort();
	return 0;
}
