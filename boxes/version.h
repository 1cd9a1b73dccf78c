/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of boxes, and what is asked of them, with the order that Vagrant's users know (that of
 * RubyGems): numbers compare as numbers, letters make a prerelease, which comes before its release.
 */
#ifndef BOXES_VERSION_H
#define BOXES_VERSION_H

#include <stdbool.h>

#include "core/error.h"

/* True for "1", "20.04.1", "1.0.0.rc2", "2024-01-02" and the like. */
bool version_is(const char *text);
/* <0, 0, >0. Texts that are no versions come before all that are, in byte order. "1.0" equals "1". */
int version_compare(const char *a, const char *b);

/*
 * Comma-separated terms, each an operator (=, !=, >, >=, <, <=, ~>; none means =) and a version; all
 * must hold. "", NULL and ">= 0" hold for every version, also for NULL (a box that has none).
 * = and != also take what is no version but looks like an image server's, "20261120_05:24".
 */
struct constraint;
/* ERROR_BOX quotes the term that is wrong. */
int constraint_parse(const char *text, struct constraint **out, struct error *err);
bool constraint_holds(const struct constraint *c, const char *version);
void constraint_free(struct constraint **c);
#define cleanup_constraint cleanup(constraint_free)

#endif
