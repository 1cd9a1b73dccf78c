/* SPDX-License-Identifier: Apache-2.0 */
/* bothy halt: shut machines down, those first that others depend on last. */
#include "cli/change.h"
#include "cli/commands.h"

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct change change = { .goal = GOAL_HALT };
	const struct option_row rows[] = {
		{ 'f', "force", OPTION_FLAG, &change.force, NULL,
		  "cut the power instead of asking the guest" },
		{ 0, "no-hooks", OPTION_FLAG, &change.no_hooks, NULL, "leave hooks out" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);
	size_t steps;

	if (rc)
		return rc < 0 ? -1 : 0;
	if (session_find_for(s, argc, "no hooks run, and machines halt in no order", err) < 0)
		return -1;
	if (change_apply(s, &change, argc, argv, &steps, err) < 0)
		return -1;
	if (steps == 0)
		out_info(s->out, "nothing to do: no machine is running");
	return 0;
}

const struct command cmd_halt = {
	"halt", "life", "[-f] [MACHINE…]", "Shut machines down; their disks stay", run,
};
