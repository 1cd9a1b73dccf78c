/* SPDX-License-Identifier: Apache-2.0 */
/* bothy status: the machines of this project, those in the file and those that exist. */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "core/strings.h"
#include "cli/table.h"

static void print(struct session *s, const struct strings *names)
{
	struct table_row *rows =
		xcalloc(s->env.machine_count + s->observed.machine_count, sizeof(*rows));
	size_t count = 0;

	for (size_t i = 0; i < s->env.machine_count; i++) {
		const struct machine *m = &s->env.machines[i];

		if (strings_allow(names, m->name))
			rows[count++] = (struct table_row){
				&s->project, m,
				observed_machine(&s->observed, s->project.id, m->name)
			};
	}
	for (size_t i = 0; i < s->observed.machine_count; i++) {
		const struct observed_machine *m = &s->observed.machines[i];

		if (strcmp(m->project.id, s->project.id) == 0 && !env_machine(&s->env, m->name) &&
		    strings_allow(names, m->name))
			rows[count++] = (struct table_row){ &s->project, NULL, m };
	}
	table_print(s, rows, count, false);
	free(rows);
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct strings names = { 0 };
	int rc = command_options(s, &(struct options){ 0 }, &argc, argv, WORDS_ANY, err);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (session_find_for(s, argc, "machines that were never made are not known", err) < 0 ||
	    session_observe(s, err) < 0 || session_select(s, argc, argv, &names, err) < 0)
		return -1;
	print(s, &names);
	strings_free(&names);
	return 0;
}

const struct command cmd_status = {
	"status", "see", "[MACHINE…]", "Show the machines of this project", run,
};
