/* SPDX-License-Identifier: Apache-2.0 */
/* bothy list: every machine of every project on this host, asked from the engines. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "cli/table.h"

static int compare(const void *left, const void *right)
{
	const struct table_row *a = left, *b = right;
	int by_directory = strcmp(a->project->directory, b->project->directory);

	return by_directory ? by_directory : strcmp(a->have->name, b->have->name);
}

/* What is there may be less than what exists. Returns whether it may. */
static bool warn_of_silent(struct session *s)
{
	bool any = false;

	for (size_t i = 0; providers[i]; i++) {
		const struct error *why = session_doubt(s, i);

		if (!why)
			continue;
		any = true;
		out_warn(s->out, "warning: which machines of provider '%s' exist is not known: %s",
			 providers[i]->name, why->text);
		if (why->hint)
			out_warn(s->out, "hint: %s", why->hint);
	}
	return any;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, 0, err);
	struct table_row *rows;
	size_t count;

	if (rc)
		return rc < 0 ? -1 : 0;
	if (session_observe(s, err) < 0)
		return -1;
	count = s->observed.machine_count;
	rows = xcalloc(count, sizeof(*rows));
	for (size_t i = 0; i < count; i++)
		rows[i] = (struct table_row){ .project = &s->observed.machines[i].project,
					      .have = &s->observed.machines[i] };
	if (count)
		qsort(rows, count, sizeof(*rows), compare);
	table_print(s, rows, count, true);
	if (warn_of_silent(s))
		s->exit_status = SESSION_UNREACHED;
	else if (count == 0)
		out_info(s->out, "no machine exists on this host");
	free(rows);
	return 0;
}

const struct command cmd_list = {
	"list", "see", "", "Show the machines of every project on this host", run,
};
