/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of words, see struct strings in core/decl.h. */
#ifndef CORE_STRINGS_H
#define CORE_STRINGS_H

#include <stdbool.h>

#include "core/decl.h"

bool strings_have(const struct strings *s, const char *word);
/* The same, and true of an empty list: it stands for all. */
bool strings_allow(const struct strings *s, const char *word);
/* For lists that own their words; the list is empty again. */
void strings_free(struct strings *s);

#endif
