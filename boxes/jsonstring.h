/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings of bytes in JSON, which has strings of characters: what is UTF-8 is written as it is, anything else
 * (a path from another age) as {"hex": "2f746d702fff"}.
 */
#ifndef BOXES_JSONSTRING_H
#define BOXES_JSONSTRING_H

#include <jansson.h>

/* A new reference; null for NULL. */
json_t *jsonstring_new(const char *s);
/* Caller frees. NULL if the value is neither of the two. */
char *jsonstring_read(const json_t *value);

#endif
