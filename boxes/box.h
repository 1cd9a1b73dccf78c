/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A box that the user names by a path or file: URL: where it is, and the digest that tells which box it is.
 * What is in it, is found by boxes/import.h.
 */
#ifndef BOXES_BOX_H
#define BOXES_BOX_H

#include "core/digest.h"
#include "core/error.h"
#include "core/event.h"

/*
 * The path a box field means: relative to directory, "~/" and "file:" understood. Caller frees.
 * ERROR_NOT_FOUND with a hint if there is no such file.
 */
int box_locate(const char *spec, const char *directory, char **out, struct error *err);

/*
 * The digest of the file at path, from the store's memory of that path if the file has not changed since
 * (boxes/facts.h), else by reading it (then watched as progress and remembered).
 */
int box_digest(const char *home, const char *path, const struct watcher *watch,
	       char out_hex[static DIGEST_HEX_BYTES], struct error *err);

#endif
