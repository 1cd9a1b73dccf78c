/* SPDX-License-Identifier: Apache-2.0 */
/* Options that stand before the command. */
#include "cli/globals.h"

#include <string.h>

#include "cli/options.h"

#define GLOBAL_ROWS(g)                                                                                 \
	{                                                                                              \
		{ 'C', "directory", OPTION_STRING, &(g)->session.directory, "DIR", "work in DIR" },    \
			{ 0,          "json", OPTION_FLAG,                                             \
			  &(g)->json, NULL,   "one JSON document instead of text" },                   \
			{ 0,                                                                           \
			  "color",                                                                     \
			  OPTION_CHOICE,                                                               \
			  &(g)->color,                                                                 \
			  "auto|always|never",                                                         \
			  "when to colour" },                                                          \
			{ 'q',         "quiet", OPTION_FLAG,                                           \
			  &(g)->quiet, NULL,    "errors and asked-for data only" },                    \
			{ 'v', "verbose", OPTION_FLAG, &(g)->verbose, NULL, "each stage of booting" }, \
			{ 0, "no-input", OPTION_FLAG, &(g)->session.no_input, NULL, "never ask" },     \
			{ 0,                                                                           \
			  "provider",                                                                  \
			  OPTION_STRING,                                                               \
			  &(g)->session.provider,                                                      \
			  "NAME",                                                                      \
			  "for machines that name none" },                                             \
			{ 'h', "help", OPTION_FLAG, &(g)->help, NULL, "this page" },                   \
			{ 0, "version", OPTION_FLAG, &(g)->version, NULL, "print the version" },       \
	}

/* Those that people put behind the command out of habit; the ones with a value stay in front. */
static bool take_late(struct globals *g, const char *word)
{
	static const struct {
		const char *word;
		size_t offset;
	} late[] = {
		{ "--json", offsetof(struct globals, json) },
		{ "--quiet", offsetof(struct globals, quiet) },
		{ "--verbose", offsetof(struct globals, verbose) },
		{ "--no-input", offsetof(struct globals, session.no_input) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(late); i++) {
		if (strcmp(word, late[i].word) == 0) {
			*(bool *)((char *)g + late[i].offset) = true;
			return true;
		}
	}
	return false;
}

int globals_parse(struct globals *g, int *argc, char **argv, struct error *err)
{
	const struct option_row rows[] = GLOBAL_ROWS(g);
	int kept = 0, i = 0;

	if (options_parse(OPTIONS(rows), argc, argv, true, err) < 0)
		return error_hint(err, "'bothy help' lists the options");
	for (; i < *argc && strcmp(argv[i], "--") != 0; i++) {
		if (!take_late(g, argv[i]))
			argv[kept++] = argv[i];
	}
	for (; i < *argc; i++)
		argv[kept++] = argv[i];
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}

void globals_print(FILE *to)
{
	struct globals unused = { 0 };
	const struct option_row rows[] = GLOBAL_ROWS(&unused);

	options_print(to, OPTIONS(rows));
}
