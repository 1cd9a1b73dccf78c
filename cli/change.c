/* SPDX-License-Identifier: Apache-2.0 */
/* Plan towards a goal, check rights and settings, ask where data would be lost, apply. */
#include "cli/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/hands.h"
#include "cli/options.h"

int change_plan(struct session *s, const struct change *c, int argc, char **argv, struct plan *out,
		struct error *err)
{
	struct strings names = { 0 };
	struct plan_request request = {
		.env = s->has_env ? &s->env : NULL,
		.observed = &s->observed,
		.project_id = s->project.id,
		.goal = c->goal,
		.names = &names,
		.provision = c->provision,
		.provisioners = &c->provisioners,
		.force = c->force,
	};
	int rc;

	if (session_observe(s, err) < 0 || session_select(s, argc, argv, &names, err) < 0)
		return -1;
	/* Selecting may have entered another project. */
	request.env = s->has_env ? &s->env : NULL;
	rc = c->goal <= GOAL_PROVISION ? session_views(s, err) : 0;
	request.views = s->views;
	if (rc == 0)
		rc = plan_build(&request, out, err);
	strings_free(&names);
	return rc;
}

static bool makes_or_starts(const struct step *step)
{
	return step->kind == STEP_CREATE || step->kind == STEP_START || step->kind == STEP_UPDATE ||
	       step->kind == STEP_REMOVE || (step->kind == STEP_BOX && step->want);
}

static int check_rights(struct session *s, const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->count && geteuid() != 0; i++) {
		const struct step *step = &plan->steps[i];

		if (!makes_or_starts(step) || !provider_find(step->provider)->needs_root)
			continue;
		error_set(err, ERROR_DENIED, "cannot %s machine '%s': a %s needs root",
			  step->kind == STEP_BOX ? "create" : step_kind_name(step->kind),
			  step->machine ? step->machine : step->want->name, step->provider);
		return error_hint(err, "sudo bothy %s", s->command);
	}
	return 0;
}

/* Each provider is asked once, and only about what it is going to make or change. */
static int check_settings(struct session *s, const struct plan *plan, struct error *err)
{
	for (size_t k = 0; providers[k]; k++) {
		bool used = false;
		struct provider *p;

		for (size_t i = 0; i < plan->count; i++)
			used = used || ((plan->steps[i].kind == STEP_CREATE ||
					 plan->steps[i].kind == STEP_UPDATE) &&
					strcmp(plan->steps[i].provider, providers[k]->name) == 0);
		if (used && (session_provider(s, providers[k]->name, &p, err) < 0 ||
			     provider_check(p, &s->env, &s->problems, err) < 0))
			return -1;
	}
	if (s->problems.count == 0)
		return 0;
	problems_sort(&s->problems);
	return error_set(err, ERROR_PROVIDER, "this cannot work here");
}

int change_ask(struct session *s, const char *question, bool *out_yes, struct error *err)
{
	char answer[16] = "";

	if (s->options.no_input || s->out->json || !isatty(STDIN_FILENO))
		return error_set(err, ERROR_DECLINED, "%s: nobody can be asked here", question);
	fprintf(s->out->errors, "%s [y/N] ", question);
	fflush(s->out->errors);
	if (!fgets(answer, sizeof(answer), stdin))
		answer[0] = '\0';
	*out_yes = answer[0] == 'y' || answer[0] == 'Y';
	return 0;
}

static int check_loss(struct session *s, const struct change *c, const struct plan *plan,
		      struct error *err)
{
	bool yes = false;

	for (size_t i = 0; i < plan->count && c->goal != GOAL_DESTROY && !c->recreate; i++) {
		const struct step *step = &plan->steps[i];
		cleanup_free char *question = NULL;

		if (step->effect != EFFECT_LOSES_DATA)
			continue;
		question = xasprintf(
			"machine '%s' must be made anew (%s) and would lose its data: go on?",
			step->machine, step->reason);
		if (change_ask(s, question, &yes, err) < 0)
			return error_hint(err, "allow it with --recreate");
		if (!yes)
			return error_set(err, ERROR_DECLINED, "machine '%s' was left as it is",
					 step->machine);
	}
	return 0;
}

static int apply(struct session *s, const struct change *c, const struct plan *plan,
		 size_t *out_steps, struct error *err)
{
	cleanup_work struct work *work = work_new(s);
	struct hands hands = work_hands(work);
	struct watcher watch = out_watcher(s->out);
	struct apply_options options = { .keep = c->keep };
	enum step_result *results = xcalloc(plan->count, sizeof(*results));
	int rc = apply_plan(plan, &hands, &watch, &options, results, err);

	*out_steps = 0;
	for (size_t i = 0; i < plan->count; i++)
		*out_steps += results[i] == RESULT_DONE;
	free(results);
	return rc;
}

int change_apply(struct session *s, const struct change *c, int argc, char **argv,
		 size_t *out_steps, struct error *err)
{
	cleanup_plan struct plan plan = { 0 };

	/* An id may stand for another project; which one is known only after selecting. */
	if (s->directory && session_lock(s, err) < 0)
		return -1;
	if (change_plan(s, c, argc, argv, &plan, err) < 0)
		return -1;
	*out_steps = 0;
	if (plan.count == 0)
		return 0;
	if (check_rights(s, &plan, err) < 0 || session_lock(s, err) < 0 ||
	    check_settings(s, &plan, err) < 0 || check_loss(s, c, &plan, err) < 0)
		return -1;
	return apply(s, c, &plan, out_steps, err);
}

static json_t *plan_document(const struct plan *plan)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *s = &plan->steps[i];
		json_t *needs = json_array();

		for (size_t k = 0; k < s->need_count; k++)
			json_array_append_new(needs, json_string(plan->steps[s->needs[k]].id));
		json_array_append_new(steps,
				      json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:o}", "id", s->id,
						"kind", step_kind_name(s->kind), "machine",
						s->machine, "reason", s->reason, "effect",
						step_effect_name(s->effect), "needs", needs));
	}
	return json_pack("{s:o}", "steps", steps);
}

static const char *step_object(const struct step *s)
{
	if (s->kind == STEP_PROVISION)
		return s->provisioner->name;
	return s->kind == STEP_BOX ? s->want->box : "";
}

static void print_step(struct session *s, const struct step *step)
{
	static const char *const effects[] = {
		[EFFECT_NONE] = "",
		[EFFECT_LIVE] = "",
		[EFFECT_RESTART] = " → restarts it",
		[EFFECT_RECREATE] = " → makes it anew",
		[EFFECT_LOSES_DATA] = " → its data is lost",
	};
	static const char *const words[] = {
		[STEP_BOX] = "bring box",
		[STEP_NETWORK] = "make network",
		[STEP_CREATE] = "create",
		[STEP_START] = "start",
		[STEP_UPDATE] = "change",
		[STEP_PROVISION] = "provision",
		[STEP_STOP] = "stop",
		[STEP_REMOVE] = "remove",
		[STEP_NETWORK_REMOVE] = "remove network",
	};
	cleanup_free char *what = xasprintf("%s %s", words[step->kind], step_object(step));

	out_machine(s->out, step->machine, COLOR_PLAIN, "%-24s %s%s%s%s%s", what,
		    out_color(s->out, COLOR_DIM), step->reason, out_color(s->out, COLOR_PLAIN),
		    out_color(s->out, step->effect == EFFECT_LOSES_DATA ? COLOR_RED : COLOR_YELLOW),
		    effects[step->effect]);
}

void change_print(struct session *s, const struct plan *plan)
{
	if (s->out->json) {
		out_document(s->out, plan_document(plan));
		return;
	}
	for (size_t i = 0; i < plan->count; i++)
		print_step(s, &plan->steps[i]);
}
