/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of the store with small JSON files, each named by a digest and written as a whole: what two
 * processes do there at once does not mix, and a killed one leaves the old file or the new one.
 */
#ifndef BOXES_SHELF_H
#define BOXES_SHELF_H

#include <stddef.h>

#include <jansson.h>

#include "core/error.h"

/* home/shelf/DIGEST.json. Caller frees. */
char *shelf_path(const char *home, const char *shelf, const char *digest);
/* The digests of all files, sorted, also of damaged ones; no folder is an empty one. Caller frees, strings and list. */
int shelf_list(const char *home, const char *shelf, char ***out, size_t *out_count,
	       struct error *err);
/* A new reference to an object. ERROR_NOT_FOUND if there is no such file, or none that holds one. */
int shelf_load(const char *home, const char *shelf, const char *digest, json_t **out,
	       struct error *err);
/* Takes the reference over. */
int shelf_save(const char *home, const char *shelf, const char *digest, json_t *root,
	       struct error *err);
/* Gone already is success. */
int shelf_remove(const char *home, const char *shelf, const char *digest, struct error *err);

#endif
