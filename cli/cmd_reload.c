/* SPDX-License-Identifier: Apache-2.0 */
/* bothy reload: restart running machines with what the file says now. */
#include "cli/change.h"
#include "cli/commands.h"
#include "core/strings.h"

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct change change = { .goal = GOAL_RELOAD };
	enum option_choice provision = CHOICE_UNSET;
	const struct option_row rows[] = {
		{ 'f', "force", OPTION_FLAG, &change.force, NULL,
		  "cut the power instead of asking the guest" },
		{ 0, "provision", OPTION_NO_FLAG, &provision, NULL,
		  "run all provisioners again, or none" },
		{ 0, "provision-with", OPTION_STRINGS, &change.provisioners, "NAME,…",
		  "run only those, by name or kind" },
		{ 0, "recreate", OPTION_FLAG, &change.recreate, NULL,
		  "make anew what cannot change; loses its data" },
		{ 0, "no-hooks", OPTION_FLAG, &change.no_hooks, NULL, "leave hooks out" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);
	size_t steps = 0;

	if (provision != CHOICE_UNSET)
		change.provision = provision == CHOICE_YES ? PROVISION_FORCE : PROVISION_SKIP;
	if (rc == 0)
		rc = session_find_for(s, argc, NULL, err) < 0 ?
			     -1 :
			     change_apply(s, &change, argc, argv, &steps, err);
	if (rc == 0 && steps == 0)
		out_info(s->out, "nothing to do: no machine is made yet");
	strings_free(&change.provisioners);
	return rc < 0 ? -1 : 0;
}

const struct command cmd_reload = {
	"reload", "life", "[OPTIONS] [MACHINE…]", "Restart machines with the settings of the file",
	run,
};
