/* SPDX-License-Identifier: Apache-2.0 */
/* Plan towards a goal, check rights and settings, ask where data would be lost, apply. */
#include "cli/change.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/hands.h"
#include "cli/once.h"
#include "cli/options.h"
#include "cli/pins.h"
#include "cli/plaintext.h"
#include "cli/stock.h"
#include "cli/trust.h"
#include "core/printable.h"
#include "core/stop.h"
#include "core/strings.h"

/* What goes upwards goes by the file. */
static int view_project(struct session *s, struct error *err)
{
	if (s->has_env)
		return session_views(s, err);
	error_set(err, ERROR_NOT_FOUND, "there is no 'bothy.lua' in '%s' any more",
		  s->project.directory);
	return error_hint(err, "bring it back; without it there are status, halt and destroy");
}

/* What ran of once_all_up{}; the request borrows both. */
static void view_once(const struct session *s, struct plan_request *r, struct record *once,
		      char id[static DIGEST_HEX_BYTES])
{
	once_load(s, once);
	once_id(&s->env, &s->observed, id);
	r->once = once;
	r->once_id = id;
}

int change_plan(struct session *s, const struct change *c, int argc, char **argv, struct plan *out,
		struct error *err)
{
	cleanup_record struct record once = { 0 };
	char id[DIGEST_HEX_BYTES];
	struct strings names = { 0 };
	struct plan_request request = {
		.env = s->has_env ? &s->env : NULL,
		.observed = &s->observed,
		.project_id = s->project.id,
		.goal = c->goal,
		.names = &names,
		.provision = c->provision,
		.provisioners = &c->provisioners,
		.from = c->from,
		.force = c->force,
		.no_hooks = c->no_hooks,
	};
	int rc;

	if (session_observe(s, err) < 0 || session_select(s, argc, argv, &names, err) < 0)
		return -1;
	/* Selecting may have entered another project. */
	request.env = s->has_env ? &s->env : NULL;
	rc = c->goal <= GOAL_PROVISION ? view_project(s, err) : 0;
	if (rc == 0 && c->frozen)
		rc = pins_check(s, err);
	request.views = s->views;
	if (rc == 0 && s->has_env && s->env.once.count)
		view_once(s, &request, &once, id);
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
	return error_set(err, ERROR_PROVIDER, "this host cannot do what '%s' asks for",
			 s->env.file);
}

/* Why nobody can be asked, or NULL. */
static const char *why_not_ask(const struct session *s)
{
	return s->options.no_input   ? "'--no-input' was given" :
	       s->out->json          ? "'--json' was given" :
	       !isatty(STDIN_FILENO) ? "standard input is not a terminal" :
				       NULL;
}

int change_ask(struct session *s, const char *action, bool *out_yes, struct error *err)
{
	const char *why_not = why_not_ask(s);
	char answer[4096] = ""; /* the longest line a terminal hands over */
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	if (why_not)
		return error_set(err, ERROR_DECLINED, "cannot ask whether to %s: %s", action,
				 why_not);
	fprintf(s->out->errors, "%s? [y/N] ", action);
	fflush(s->out->errors);
	/* A signal just before a read would not end it, so no wait is long. */
	while (!stop_requested() && poll(&input, 1, 100) <= 0)
		;
	if (!stop_requested() && read(STDIN_FILENO, answer, sizeof(answer)) <= 0)
		answer[0] = '\0';
	if (stop_check(0, action, err) < 0)
		return -1;
	*out_yes = answer[0] == 'y' || answer[0] == 'Y';
	return 0;
}

static int check_loss(struct session *s, const struct change *c, const struct plan *plan,
		      struct error *err)
{
	bool yes = false;

	for (size_t i = 0; i < plan->count && c->goal != GOAL_DESTROY && !c->recreate; i++) {
		const struct step *step = &plan->steps[i];
		cleanup_free char *action = NULL;

		if (step->effect != EFFECT_LOSES_DATA)
			continue;
		action = xasprintf("make machine '%s' anew and lose its data (%s)", step->machine,
				   step->reason);
		if (change_ask(s, action, &yes, err) < 0)
			return err->kind == ERROR_DECLINED ?
				       error_hint(err, "allow it with --recreate") :
				       -1;
		if (!yes)
			return error_set(err, ERROR_DECLINED, "machine '%s' was left as it is",
					 step->machine);
	}
	return 0;
}

static bool was_worked_on(const struct plan *plan, const char *machine)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (text_equal(plan->steps[i].machine, machine))
			return true;
	}
	return false;
}

static void show_messages(struct session *s, const struct plan *plan)
{
	for (size_t i = 0; i < s->env.machine_count; i++) {
		const struct machine *m = &s->env.machines[i];

		if (m->post_up_message && was_worked_on(plan, m->name))
			out_machine(s->out, m->name, COLOR_PLAIN, "%s", m->post_up_message);
	}
}

static void print_outcome(struct session *s, const struct plan *plan)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < plan->count; i++)
		json_array_append_new(steps, json_pack("{s:s, s:s, s:s?}", "id", plan->steps[i].id,
						       "kind", step_kind_name(plan->steps[i].kind),
						       "machine", plan->steps[i].machine));
	out_document(s->out, json_pack("{s:o}", "steps", steps));
}

/* Each caveat once, at the first machine that has it. */
static void show_caveats(struct session *s, const struct plan *plan, const struct watcher *watch)
{
	cleanup_free char *last = NULL;

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		cleanup_error struct error ignored = { 0 };
		cleanup_free char *text = NULL;
		struct provider *p;

		if (step->kind != STEP_CREATE ||
		    session_provider(s, step->provider, &p, &ignored) < 0)
			continue;
		text = provider_caveat(p, &s->env, step->want);
		if (!text || text_equal(text, last))
			continue;
		watcher_emit(watch, &(struct event){ .kind = EVENT_NOTE,
						     .machine = step->machine,
						     .step = step->id,
						     .text = text });
		free(last);
		last = take_ptr(text);
	}
}

/* Whoever asks for boxes may need servers and secrets; nobody else reads that file. */
static int configure(struct session *s, const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->steps[i].kind == STEP_BOX)
			return stock_configure(s, err);
	}
	return 0;
}

/* Also after a failure: which boxes they are is known, and the next try should take the same. */
static int write_lock(struct session *s, const struct change *c, int rc, struct error *err)
{
	cleanup_error struct error problem = { 0 };

	if (c->goal > GOAL_RELOAD || c->frozen || !s->has_env || pins_write(s, &problem) == 0)
		return rc;
	return rc < 0 ? rc : error_move(err, &problem);
}

static int apply(struct session *s, const struct change *c, const struct plan *plan,
		 size_t *out_steps, struct error *err)
{
	cleanup_work struct work *work = work_new(s);
	struct hands hands = work_hands(work);
	struct watcher watch = out_watcher(s->out);
	struct apply_options options = { .keep = c->keep };
	enum step_result *results = xcalloc(plan->count, sizeof(*results));
	int rc;

	show_caveats(s, plan, &watch);
	rc = apply_plan(plan, &hands, &watch, &options, results, err);
	*out_steps = 0;
	for (size_t i = 0; i < plan->count; i++)
		*out_steps += results[i] == RESULT_DONE;
	free(results);
	return rc;
}

/* An id may stand for another project; which one is known, and can be locked, only after selecting. */
static int plan_locked(struct session *s, const struct change *c, int argc, char **argv,
		       struct plan *out, struct error *err)
{
	if (session_may_leave(s, argc, argv)) {
		cleanup_plan struct plan early = { 0 };

		if (change_plan(s, c, argc, argv, &early, err) < 0)
			return -1;
	}
	if (session_lock(s, err) < 0)
		return -1;
	/* What was seen without the lock may not be so any more. */
	session_forget(s);
	return change_plan(s, c, argc, argv, out, err);
}

/* Of who was not trusted nothing outside was looked at: what is due is known only now. */
static int plan_trusted(struct session *s, const struct change *c, int argc, char **argv,
			struct plan *out, struct error *err)
{
	bool before;

	if (plan_locked(s, c, argc, argv, out, err) < 0)
		return -1;
	before = trust_given(s);
	if (trust_check(s, out, err) < 0)
		return -1;
	if (before || !s->trusted)
		return 0;
	plan_clear(out);
	session_forget(s);
	return change_plan(s, c, argc, argv, out, err);
}

int change_apply(struct session *s, const struct change *c, int argc, char **argv,
		 size_t *out_steps, struct error *err)
{
	cleanup_plan struct plan plan = { 0 };
	size_t done = 0;
	int rc;

	if (plan_trusted(s, c, argc, argv, &plan, err) < 0)
		return -1;
	if (plan.count && (check_rights(s, &plan, err) < 0 || check_settings(s, &plan, err) < 0 ||
			   check_loss(s, c, &plan, err) < 0))
		return -1;
	if (plan.count && configure(s, &plan, err) < 0)
		return -1;
	rc = plan.count ? apply(s, c, &plan, &done, err) : 0;
	if (write_lock(s, c, rc, err) < 0)
		return err->kind == ERROR_STOPPED ?
			       error_hint(err, "'bothy %s' goes on from there", s->command) :
			       -1;
	if (c->goal <= GOAL_RELOAD)
		show_messages(s, &plan);
	if (!s->out->streams)
		print_outcome(s, &plan);
	*out_steps = done;
	return 0;
}

static json_t *plan_document(const struct plan *plan, bool trusted)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		json_t *needs = json_array();

		for (size_t k = 0; k < step->need_count; k++)
			json_array_append_new(needs, json_string(plan->steps[step->needs[k]].id));
		json_array_append_new(
			steps, json_pack("{s:s, s:s, s:s?, s:o, s:s, s:o, s:b}", "id", step->id,
					 "kind", step_kind_name(step->kind), "machine",
					 step->machine, "reason", plaintext_json_text(step->reason),
					 "effect", step_effect_name(step->effect), "needs", needs,
					 "needs_trust", !trusted && trust_concerns(step)));
	}
	return json_pack("{s:o}", "steps", steps);
}

static char *step_words(const struct step *step)
{
	static const char *const words[] = {
		[STEP_BOX] = "bring box",
		[STEP_NETWORK] = "make network",
		[STEP_CREATE] = "create",
		[STEP_PUBLISH] = "publish",
		[STEP_START] = "start",
		[STEP_UPDATE] = "change",
		[STEP_FOLDERS] = "folders",
		[STEP_PROVISION] = "provision",
		[STEP_READY] = "wait until ready",
		[STEP_HOOK] = "hook",
		[STEP_STOP] = "stop",
		[STEP_REMOVE] = "remove",
		[STEP_NETWORK_REMOVE] = "remove network",
	};
	if (step->kind == STEP_PROVISION)
		return xasprintf("%s %s", words[step->kind], step->provisioner->name);
	if (step->kind == STEP_HOOK)
		return xasprintf("%s %s", words[step->kind], hook_event_name(step->hook->event));
	if (step->kind == STEP_BOX)
		return xasprintf("%s %s", words[step->kind], out_box_name(step->want->box));
	return xstrdup(words[step->kind]);
}

static void print_step(struct session *s, const struct step *step, int width, bool trusted)
{
	static const char *const effects[] = {
		[EFFECT_NONE] = "",
		[EFFECT_LIVE] = "",
		[EFFECT_RESTART] = "; restarts it",
		[EFFECT_RECREATE] = "; makes it anew",
		[EFFECT_LOSES_DATA] = "; its data is lost",
	};
	cleanup_free char *words = step_words(step), *what = printable_line(words);
	cleanup_free char *reason = printable_line(step->reason);
	const char *machine = step->machine ? step->machine : "", *plain;

	plain = out_color(s->out, COLOR_PLAIN);
	out_line(s->out, "%s%-*s%s  %-*s  %s%s%s%s%s%s%s", out_color(s->out, COLOR_CYAN),
		 s->out->name_width, machine, plain, width, what, out_color(s->out, COLOR_DIM),
		 reason, plain,
		 out_color(s->out, step->effect == EFFECT_LOSES_DATA ? COLOR_RED : COLOR_YELLOW),
		 effects[step->effect], !trusted && trust_concerns(step) ? "; needs trust" : "",
		 plain);
}

bool change_print(struct session *s, const struct plan *plan)
{
	bool trusted = trust_given(s), waits = false;
	int width = 0;

	for (size_t i = 0; i < plan->count; i++) {
		cleanup_free char *what = step_words(&plan->steps[i]);

		width = (int)strlen(what) > width ? (int)strlen(what) : width;
		waits = waits || (!trusted && trust_concerns(&plan->steps[i]));
	}
	for (size_t i = 0; i < plan->count; i++)
		print_step(s, &plan->steps[i], width < 32 ? width : 32, trusted);
	out_document(s->out, plan_document(plan, trusted));
	return waits;
}
