/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a path leads out of the project: by "..", from the root, or through a symbolic link. */
#ifndef CORE_OUTSIDE_H
#define CORE_OUTSIDE_H

#include <stdbool.h>

/*
 * `directory`: the project's, absolute, without symlinks; `path` absolute. *out_real, if not NULL, is where it leads
 * with all links followed, as far as it exists, and tidy; the caller frees it.
 */
bool path_is_outside(const char *directory, const char *path, char **out_real);

#endif
