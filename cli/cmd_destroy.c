/* SPDX-License-Identifier: Apache-2.0 */
/* bothy destroy: remove machines. Exit status 0: all gone, 1: all declined, 2: some declined. */
#include "cli/change.h"
#include "cli/commands.h"

#include <string.h>

struct answers {
	struct strings yes;
	size_t asked;
};

static int ask_each(struct session *s, const struct plan *plan, struct answers *answers,
		    struct error *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		const char *name = plan->steps[i].machine;
		cleanup_free char *question = NULL;
		bool yes = false;

		if (!name)
			continue;
		question = xasprintf("destroy machine '%s' and its data?", name);
		if (change_ask(s, question, &yes, err) < 0)
			return error_hint(err, "'bothy destroy -f' does not ask");
		answers->asked++;
		if (yes) {
			answers->yes.at =
				xgrow(answers->yes.at, answers->yes.count, sizeof(char *));
			answers->yes.at[answers->yes.count++] = xstrdup(name);
		}
	}
	return 0;
}

static int destroy_asking(struct session *s, const struct change *change, int argc, char **argv,
			  size_t *steps, struct error *err)
{
	cleanup_plan struct plan plan = { 0 };
	struct answers answers = { 0 };
	int rc = change_plan(s, change, argc, argv, &plan, err);

	if (rc == 0)
		rc = ask_each(s, &plan, &answers, err);
	if (rc == 0 && answers.yes.count < answers.asked)
		s->exit_status = answers.yes.count ? 2 : 1;
	*steps = 0;
	if (rc == 0 && answers.yes.count)
		rc = change_apply(s, change, (int)answers.yes.count,
				  (char **)(uintptr_t)answers.yes.at, steps, err);
	else if (rc == 0 && answers.asked == 0)
		rc = change_apply(s, change, argc, argv, steps, err);
	strings_free(&answers.yes);
	return rc;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct change change = { .goal = GOAL_DESTROY };
	bool force = false;
	const struct option_row rows[] = {
		{ 'f', "force", OPTION_FLAG, &force, NULL, "do not ask" },
	};
	int rc = command_options(s, &cmd_destroy, OPTIONS(rows), &argc, argv, -1, err);
	size_t steps;

	if (rc)
		return rc < 0 ? -1 : 0;
	if (session_find(s, err) < 0 && (err->kind != ERROR_NOT_FOUND || argc == 0))
		return -1;
	error_clear(err);
	rc = force ? change_apply(s, &change, argc, argv, &steps, err) :
		     destroy_asking(s, &change, argc, argv, &steps, err);
	if (rc == 0 && steps == 0 && s->exit_status == 0)
		out_info(s->out, "nothing to do: no machine exists");
	return rc;
}

const struct command cmd_destroy = {
	"destroy", "life", "[-f] [MACHINE…]", "Remove machines with their disks", run,
};
