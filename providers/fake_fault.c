/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing of $BOTHY_FAKE. */
#include "providers/fake_fault.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int parse_number(const char *word, const char *value, unsigned *out, struct error *err)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || errno || number > INT_MAX)
		return error_set(err, ERROR_USAGE, "BOTHY_FAKE: '%s' needs a number", word);
	*out = (unsigned)number;
	return 0;
}

static int parse_word(const char *word, struct fake_faults *out, struct error *err)
{
	const struct {
		const char *name;
		unsigned *number;
		char **text;
	} words[] = {
		{ "fail=", &out->fail, NULL },
		{ "half=", &out->half, NULL },
		{ "kill=", &out->kill, NULL },
		{ "delay=", &out->delay_ms, NULL },
		{ "fail-provision=", NULL, &out->fail_provision },
		{ "unreachable=", NULL, &out->unreachable },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t len = strlen(words[i].name);

		if (strncmp(word, words[i].name, len) != 0)
			continue;
		if (words[i].number)
			return parse_number(word, word + len, words[i].number, err);
		free(*words[i].text);
		*words[i].text = xstrdup(word + len);
		return 0;
	}
	if (strcmp(word, "down") != 0)
		return error_set(err, ERROR_USAGE, "BOTHY_FAKE: unknown word '%s'", word);
	out->down = true;
	return 0;
}

int fake_faults_parse(const char *words, struct fake_faults *out, struct error *err)
{
	cleanup_free char *copy = xstrdup(words ? words : "");
	char *rest = copy, *word;

	while ((word = strsep(&rest, ","))) {
		if (*word && parse_word(word, out, err) < 0)
			return -1;
	}
	return 0;
}

void fake_faults_clear(struct fake_faults *faults)
{
	free(faults->fail_provision);
	free(faults->unreachable);
	*faults = (struct fake_faults){ 0 };
}
