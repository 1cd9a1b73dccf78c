/* SPDX-License-Identifier: Apache-2.0 */
/* Options that stand before the command. */
#include "cli/globals.h"

#include <string.h>

#include "cli/options.h"

enum { GLOBAL_ROW_COUNT = 9 };

static void fill_rows(struct globals *g, struct option_row rows[static GLOBAL_ROW_COUNT])
{
	const struct option_row all[] = {
		{ 'C', "directory", OPTION_STRING, &g->session.directory, "DIR", "work in DIR" },
		{ 0, "json", OPTION_FLAG, &g->json, NULL, "one JSON document instead of text" },
		{ 0, "color", OPTION_CHOICE, &g->color, "auto|always|never", "when to colour" },
		{ 'q', "quiet", OPTION_FLAG, &g->quiet, NULL, "errors and asked-for data only" },
		{ 'v', "verbose", OPTION_FLAG, &g->verbose, NULL, "each stage of booting" },
		{ 0, "no-input", OPTION_FLAG, &g->session.no_input, NULL, "never ask" },
		{ 0, "provider", OPTION_STRING, &g->session.provider, "NAME",
		  "for machines that name none" },
		{ 'h', "help", OPTION_FLAG, &g->help, NULL, "this page" },
		{ 0, "version", OPTION_FLAG, &g->version, NULL, "print the version" },
	};

	_Static_assert(ARRAY_SIZE(all) == GLOBAL_ROW_COUNT, "one row an option");
	memcpy(rows, all, sizeof(all));
}

/*
 * Behind the command as well, where people put it out of habit. It is looked for before anything
 * else, so that also a mistake in the other words is told as JSON.
 */
static void take_late_json(struct globals *g, int *argc, char **argv)
{
	int kept = 0, i = 0;

	for (; i < *argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--json") == 0)
			g->json = true;
		else
			argv[kept++] = argv[i];
	}
	for (; i < *argc; i++)
		argv[kept++] = argv[i];
	argv[kept] = NULL;
	*argc = kept;
}

int globals_parse(struct globals *g, int *argc, char **argv, struct error *err)
{
	struct option_row rows[GLOBAL_ROW_COUNT];
	int rc;

	fill_rows(g, rows);
	rc = options_parse(OPTIONS(rows), argc, argv, true, err);
	take_late_json(g, argc, argv);
	return rc < 0 ? error_hint(err, "'bothy help' lists the options") : 0;
}

void globals_print(FILE *to)
{
	struct globals unused = { 0 };
	struct option_row rows[GLOBAL_ROW_COUNT];

	fill_rows(&unused, rows);
	options_print(to, OPTIONS(rows));
}
