/* SPDX-License-Identifier: Apache-2.0 */
#include "core/strings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool strings_have(const struct strings *s, const char *word)
{
	for (size_t i = 0; i < s->count; i++) {
		if (strcmp(s->at[i], word) == 0)
			return true;
	}
	return false;
}

bool strings_allow(const struct strings *s, const char *word)
{
	return s->count == 0 || strings_have(s, word);
}

void strings_free(struct strings *s)
{
	for (size_t i = 0; i < s->count; i++)
		free((char *)(uintptr_t)s->at[i]);
	free(s->at);
	*s = (struct strings){ 0 };
}
