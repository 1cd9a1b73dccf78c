/* SPDX-License-Identifier: Apache-2.0 */
/* What a test of keepers looks at: their process, the logins that sshd saw, files. */
#ifndef TESTS_UNIT_SHARED_LOOK_H
#define TESTS_UNIT_SHARED_LOOK_H

#include <dirent.h>

#include "tests/guest/session.h"

static char *machine_directory; /* the socket is in it */

static SSHD_UNUSED char *path_of(const struct sshd *s, const char *name)
{
	return fs_join(s->directory, name);
}

/* How often somebody logged in. */
static SSHD_UNUSED int logins(const struct sshd *s)
{
	cleanup_free char *path = path_of(s, "log");
	cleanup_text struct text log = { 0 };
	cleanup_error struct error err = { 0 };
	const char *at;
	int count = 0;

	assert_int_equal(fs_read(path, 1 << 20, &log, &err), 0);
	for (at = text_str(&log); (at = strstr(at, "Accepted publickey")); at++)
		count++;
	return count;
}

/* The keeper of this test, or 0. */
static SSHD_UNUSED pid_t keeper(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while ((entry = readdir(dir))) {
		cleanup_free char *path = xasprintf("/proc/%s/cmdline", entry->d_name);
		cleanup_error struct error err = { 0 };
		cleanup_text struct text words = { 0 };

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    fs_read(path, 1 << 20, &words, &err) < 0 ||
		    words.len < 1 + strlen(machine_directory) ||
		    strcmp(words.ptr + words.len - 1 - strlen(machine_directory),
			   machine_directory) != 0)
			continue;
		found = (pid_t)strtol(entry->d_name, NULL, 10);
	}
	closedir(dir);
	return found;
}

static SSHD_UNUSED void no_keeper_soon(void)
{
	int64_t deadline = clock_ms() + SESSION_WAIT_MS;

	while (keeper() && clock_ms() < deadline) {
		waitpid(-1, NULL, WNOHANG);
		stop_wait_ms(10);
	}
	assert_int_equal(keeper(), 0);
}

static SSHD_UNUSED void wait_for_file(const char *path)
{
	int64_t deadline = clock_ms() + SESSION_WAIT_MS;

	while (!fs_exists(path) && clock_ms() < deadline)
		stop_wait_ms(10);
	assert_true(fs_exists(path));
}

#endif
