/* SPDX-License-Identifier: Apache-2.0 */
/* What downloads leave in the store. */
#ifndef TESTS_UNIT_KEPT_H
#define TESTS_UNIT_KEPT_H

#include <dirent.h>

#include "tests/unit/web.h"

/* The path of the one file in downloads/ with that end behind its digest; NULL if there is none. Caller frees. */
static inline char *kept(const char *store, const char *end)
{
	cleanup_free char *directory = fs_join(store, "downloads"), *found = NULL;
	DIR *dir = opendir(directory);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strspn(entry->d_name, "0123456789abcdef") != 64 ||
		    strcmp(entry->d_name + 64, end) != 0)
			continue;
		assert_null(found);
		found = fs_join(directory, entry->d_name);
	}
	if (dir)
		closedir(dir);
	return take_ptr(found);
}

static inline bool nothing_is_kept(const char *store)
{
	static const char *const ends[] = { "", ".json", ".lock" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		cleanup_free char *path = kept(store, ends[i]);

		if (path)
			return false;
	}
	return true;
}

#endif
