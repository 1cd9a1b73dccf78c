/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the ways of a first boot. */
#include "core/first_boot.h"

#include <string.h>

#include "core/mem.h"

static const struct {
	const char *word;
	unsigned bit;
} words[] = {
	{ "credentials", FIRST_BOOT_CREDENTIALS },
	{ "nocloud", FIRST_BOOT_NOCLOUD },
	{ "known_key", FIRST_BOOT_KNOWN_KEY },
};

unsigned first_boot_bit(const char *word)
{
	for (size_t i = 0; word && i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].word, word))
			return words[i].bit;
	return 0;
}

json_t *first_boot_list(unsigned bits)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (bits & words[i].bit)
			json_array_append_new(list, json_string(words[i].word));
	return list;
}

bool first_boot_read(const json_t *list, unsigned *out)
{
	unsigned bits = 0;

	if (!json_is_array(list))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		unsigned bit = first_boot_bit(json_string_value(json_array_get(list, i)));

		if (!bit)
			return false;
		bits |= bit;
	}
	*out = bits;
	return true;
}
