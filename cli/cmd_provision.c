/* SPDX-License-Identifier: Apache-2.0 */
/* bothy provision: run provisioners again in machines that are up. */
#include "cli/change.h"
#include "cli/commands.h"
#include "cli/reach.h"
#include "core/strings.h"

/* Whoever names a machine wants something done to it. */
static int check_named(struct session *s, int argc, char **argv, struct error *err)
{
	struct strings names = { 0 };
	const struct observed_machine *have;
	int rc = session_select(s, argc, argv, &names, err);

	for (size_t i = 0; rc == 0 && i < names.count; i++)
		rc = reach_machine(s, names.at[i], &have, err);
	strings_free(&names);
	return rc;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct change change = { .goal = GOAL_PROVISION, .provision = PROVISION_FORCE };
	const struct option_row rows[] = {
		{ 0, "with", OPTION_STRINGS, &change.provisioners, "NAME,…",
		  "only those, by name or kind" },
		{ 0, "provision-with", OPTION_STRINGS, &change.provisioners, "NAME,…", "the same" },
		{ 0, "from", OPTION_STRING, &change.from, "NAME",
		  "only that one and those after it" },
		{ 0, "no-hooks", OPTION_FLAG, &change.no_hooks, NULL, "leave hooks out" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);
	size_t steps = 0;

	if (rc == 0 && change.from && change.provisioners.count)
		rc = error_set(err, ERROR_USAGE, "--from and --with exclude each other");
	if (rc == 0)
		rc = session_find_for(s, argc, NULL, err) < 0 ?
			     -1 :
			     change_apply(s, &change, argc, argv, &steps, err);
	if (rc == 0 && steps == 0 && argc)
		rc = check_named(s, argc, argv, err);
	if (rc == 0 && steps == 0)
		out_info(s->out, "nothing to do: no running machine has a provisioner");
	strings_free(&change.provisioners);
	return rc < 0 ? -1 : 0;
}

const struct command cmd_provision = {
	"provision",
	"life",
	"[OPTIONS] [MACHINE…]",
	"Run the provisioners of running machines again",
	run,
};
