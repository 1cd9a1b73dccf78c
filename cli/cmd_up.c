/* SPDX-License-Identifier: Apache-2.0 */
/* bothy up: bring machines to what the file says. */
#include "cli/change.h"
#include "cli/commands.h"
#include "core/stop.h"
#include "core/strings.h"

static int up(struct session *s, const struct change *change, int argc, char **argv,
	      struct error *err)
{
	int64_t start = clock_ms();
	size_t steps;

	s->out->streams = true;
	if (session_find_for(s, argc, NULL, err) < 0 ||
	    change_apply(s, change, argc, argv, &steps, err) < 0)
		return -1;
	if (steps == 0) {
		out_info(s->out, "nothing to do: everything is as '%s' says", s->env.file);
	} else {
		out_info(s->out, "%s%zu step%s in %.1f s%s", out_color(s->out, COLOR_BOLD), steps,
			 steps == 1 ? "" : "s", (double)(clock_ms() - start) / 1000,
			 out_color(s->out, COLOR_PLAIN));
	}
	out_stream(s->out, json_pack("{s:s, s:I, s:I}", "event", "end", "steps", (json_int_t)steps,
				     "elapsed_ms", (json_int_t)(clock_ms() - start)));
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct change change = { .goal = GOAL_UP };
	enum option_choice provision = CHOICE_UNSET;
	const struct option_row rows[] = {
		{ 0, "provision", OPTION_NO_FLAG, &provision, NULL,
		  "run all provisioners again, or none" },
		{ 0, "provision-with", OPTION_STRINGS, &change.provisioners, "NAME,…",
		  "run only those, by name or kind" },
		{ 0, "recreate", OPTION_FLAG, &change.recreate, NULL,
		  "make anew what cannot change; loses its data" },
		{ 0, "frozen", OPTION_FLAG, &change.frozen, NULL,
		  "fail if bothy.lock would change: for CI" },
		{ 0, "keep", OPTION_FLAG, &change.keep, NULL,
		  "leave what did not come up for a look at it" },
		{ 0, "no-hooks", OPTION_FLAG, &change.no_hooks, NULL, "leave hooks out" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);

	if (provision != CHOICE_UNSET)
		change.provision = provision == CHOICE_YES ? PROVISION_FORCE : PROVISION_SKIP;
	if (rc == 0)
		rc = up(s, &change, argc, argv, err);
	strings_free(&change.provisioners);
	return rc < 0 ? -1 : 0;
}

const struct command cmd_up = {
	"up",
	"life",
	"[OPTIONS] [MACHINE…]",
	"Make and start machines, and provision what has not been yet",
	run,
};
