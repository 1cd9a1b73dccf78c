/* SPDX-License-Identifier: Apache-2.0 */
/* bothy plan: what up would do and why; nothing is touched. */
#include "cli/change.h"
#include "cli/commands.h"
#include "core/strings.h"
#include "core/text.h"

static int plan(struct session *s, const struct change *change, int argc, char **argv,
		struct error *err)
{
	cleanup_plan struct plan plan = { 0 };
	cleanup_text struct text named = { 0 };
	bool waits_for_trust;

	for (int i = 0; i < argc; i++)
		text_addf(&named, " %s", argv[i]);
	if (session_find_for(s, argc, NULL, err) < 0 ||
	    change_plan(s, change, argc, argv, &plan, err) < 0)
		return -1;
	waits_for_trust = change_print(s, &plan);
	if (plan.count == 0)
		out_info(s->out, "nothing to do: everything is as '%s' says", s->env.file);
	else
		out_info(s->out, "%zu step%s; 'bothy up%s' does them", plan.count,
			 plan.count == 1 ? "" : "s", text_str(&named));
	if (waits_for_trust)
		out_info(s->out,
			 "'bothy trust --show' tells what '%s' wants of this host beyond its "
			 "directory",
			 s->env.file);
	return 0;
}

static int run(struct session *s, int argc, char **argv, struct error *err)
{
	struct change change = { .goal = GOAL_UP };
	enum option_choice provision = CHOICE_UNSET;
	const struct option_row rows[] = {
		{ 0, "provision", OPTION_NO_FLAG, &provision, NULL, "as with up" },
		{ 0, "provision-with", OPTION_STRINGS, &change.provisioners, "NAME,…",
		  "as with up" },
		{ 0, "no-hooks", OPTION_FLAG, &change.no_hooks, NULL, "leave hooks out" },
	};
	int rc = command_options(s, OPTIONS(rows), &argc, argv, WORDS_ANY, err);

	if (provision != CHOICE_UNSET)
		change.provision = provision == CHOICE_YES ? PROVISION_FORCE : PROVISION_SKIP;
	if (rc == 0)
		rc = plan(s, &change, argc, argv, err);
	strings_free(&change.provisioners);
	return rc < 0 ? -1 : 0;
}

const struct command cmd_plan = {
	"plan",
	"life",
	"[OPTIONS] [MACHINE…]",
	"Show what up would do, why, and what it costs; touch nothing",
	run,
};
