/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files a bothy.lua or config.lua may look at: those below its directory. A path is relative to it;
 * "..", absolute paths and symlinks that lead out are refused, see core/opening.h.
 */
#ifndef LUA_FILE_H
#define LUA_FILE_H

#include <stdbool.h>

#include "core/env.h"
#include "core/error.h"
#include "core/text.h"

#define FILE_BYTES_MAX (4 << 20)

struct file_root {
	int fd;
	const char *called; /* "the project's directory" */
};

/* Replaces *out by the contents of a regular file of at most 4 MiB. Errors name the path. */
int file_read(const struct file_root *in, const char *path, struct text *out, struct error *err);
/* Whether there is such a file or directory; an error if that may not be looked at. */
int file_exists(const struct file_root *in, const char *path, bool *out, struct error *err);
/*
 * Paths that match a pattern with *, ? and […] in any of its parts, sorted; *out lives in `arena`.
 * Names that begin with a dot need one in the pattern.
 */
int file_glob(const struct file_root *in, const char *pattern, struct arena *arena,
	      struct strings *out, struct error *err);

#endif
