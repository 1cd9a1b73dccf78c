/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes below a directory as if it were the root: links in it, absolute ones too, lead nowhere
 * outside. For trees that a stranger's box has filled.
 */
#ifndef PROVIDERS_ROOTED_H
#define PROVIDERS_ROOTED_H

#include <stdbool.h>

#include "core/error.h"
#include "core/seed.h"

/*
 * Writes the file, or makes the directory if it has no content, with mode and owner; directories
 * above it are made 0755, root's. A file or link in its place is replaced. The owner is looked up in
 * etc/passwd of that root; a name that is not there is ERROR_BOX.
 */
int rooted_write(int root_fd, const struct seed_file *f, struct error *err);
/* Opens the directory, making what is missing of it: 0755, root's. */
int rooted_directory(int root_fd, const char *path, int *out_fd, struct error *err);
bool rooted_has(int root_fd, const char *path);

#endif
