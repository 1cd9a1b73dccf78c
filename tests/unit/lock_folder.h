/* SPDX-License-Identifier: Apache-2.0 */
/* A folder with a place for a bothy.lock, for each test its own. */
#ifndef TESTS_UNIT_LOCK_FOLDER_H
#define TESTS_UNIT_LOCK_FOLDER_H

#include <stdio.h>
#include <stdlib.h>

#include "boxes/lockfile.h"
#include "core/fs.h"

static char directory[64], *path;

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/bothy-lock-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	path = fs_join(directory, LOCKFILE_NAME);
	return 0;
}

static int teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	free(path);
	return fs_remove(directory, &err);
}

#endif
