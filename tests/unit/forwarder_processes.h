/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of the forwarder of one project. */
#ifndef TESTS_UNIT_FORWARDER_PROCESSES_H
#define TESTS_UNIT_FORWARDER_PROCESSES_H

#include "core/fs.h"

#include "forward_world.h"

static char *state_dir; /* of the project */

/* Processes whose command line has all three words. Returns how many; *out_pid is the last. */
static size_t processes(const char *role, pid_t *out_pid)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(dir))) {
		cleanup_free char *path = xasprintf("/proc/%s/cmdline", entry->d_name);
		cleanup_error struct error err = { 0 };
		cleanup_text struct text words = { 0 };

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    fs_read(path, 1 << 20, &words, &err) < 0)
			continue;
		for (size_t i = 0; i + 1 < words.len; i++)
			words.ptr[i] = words.ptr[i] ? words.ptr[i] : ' ';
		if (!strstr(text_str(&words), role) || !strstr(text_str(&words), state_dir))
			continue;
		count++;
		if (out_pid)
			*out_pid = (pid_t)strtol(entry->d_name, NULL, 10);
	}
	closedir(dir);
	return count;
}

static void wait_for_processes(const char *role, size_t count)
{
	int64_t deadline = clock_ms() + DEADLINE_MS;

	while (processes(role, NULL) != count && clock_ms() < deadline)
		stop_wait_ms(10);
	assert_int_equal(processes(role, NULL), count);
}

#endif
