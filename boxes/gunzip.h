/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip (RFC 1952), several members too. Most boxes are compressed with it, and libarchive does not
 * compare the checksum at its end.
 */
#ifndef BOXES_GUNZIP_H
#define BOXES_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/error.h"

struct gunzip;

bool gunzip_is(const void *head, size_t len);
struct gunzip *gunzip_new(void);
/* The next compressed bytes; borrowed until gunzip_take() returned 0. */
void gunzip_feed(struct gunzip *g, const void *data, size_t len);
/* How many bytes are at *out (borrowed until the next call); 0: feed more; -1: ERROR_BOX. */
ssize_t gunzip_take(struct gunzip *g, const void **out, struct error *err);
/* ERROR_BOX if the file may not end here. */
int gunzip_finish(const struct gunzip *g, struct error *err);
void gunzip_free(struct gunzip **g);

#endif
