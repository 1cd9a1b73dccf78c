/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One name against a pattern with "*", "?", "[…]" and "\", as git has them (gitignore(5)), byte by byte: a set ends at
 * the first "]" that is not its first member, may have ranges, escapes and classes such as "[:digit:]", and is none of
 * a class that does not exist or without an end. A pattern with such a set, or with a "\" at its end, matches nothing.
 */
#ifndef CORE_WILDCARD_H
#define CORE_WILDCARD_H

#include <stdbool.h>

/* `name` is one between slashes. Takes no longer than the product of both lengths. */
bool wildcard_matches(const char *pattern, const char *name);
/* Behind the set that begins at `at`, a "[", in a pattern up to `end`; NULL: it is none. */
const char *wildcard_behind_set(const char *at, const char *end);

#endif
