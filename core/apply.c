/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a plan: a thread a lane, then the undo of what did not come up. */
#include "core/apply.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/stop.h"
#include "core/text.h"

struct failure {
	struct error error;
	bool after_stop; /* it may be what the interruption caused */
};

struct run {
	const struct plan *plan;
	const struct hands *hands;
	const struct watcher *watch;
	pthread_mutex_t lock; /* guards results and failures */
	pthread_cond_t changed;
	enum step_result *results;
	struct failure *failures; /* one a step */
	struct error error;       /* all of them, when the lanes have ended */
};

struct lane {
	struct run *run;
	const char *name;
	pthread_t thread;
};

/* RESULT_DONE: go; RESULT_SKIPPED: never; RESULT_WAITING: not yet. Called with the lock held. */
static enum step_result readiness(const struct run *run, const struct step *step)
{
	enum step_result result = RESULT_DONE;

	for (size_t i = 0; i < step->need_count; i++) {
		enum step_result need = run->results[step->needs[i]];

		if (need == RESULT_FAILED || need == RESULT_SKIPPED)
			return RESULT_SKIPPED;
		if (need == RESULT_WAITING)
			result = RESULT_WAITING;
	}
	return result;
}

static bool wait_for_needs(struct run *run, const struct step *step)
{
	enum step_result ready;

	pthread_mutex_lock(&run->lock);
	while ((ready = readiness(run, step)) == RESULT_WAITING)
		pthread_cond_wait(&run->changed, &run->lock);
	pthread_mutex_unlock(&run->lock);
	return ready == RESULT_DONE;
}

static void set_result(struct run *run, const struct step *step, enum step_result result,
		       struct error *err)
{
	struct failure *failure = &run->failures[step - run->plan->steps];

	pthread_mutex_lock(&run->lock);
	run->results[step - run->plan->steps] = result;
	if (err) {
		failure->after_stop = stop_requested();
		error_move(&failure->error, err);
	}
	pthread_cond_broadcast(&run->changed);
	pthread_mutex_unlock(&run->lock);
}

static void run_step(struct run *run, const struct step *step)
{
	struct event ev = { .kind = EVENT_STEP_START, .machine = step->machine, .step = step->id };
	cleanup_error struct error err = { 0 };
	int64_t start = clock_ms();

	if (stop_check(0, NULL, &err) < 0) {
		set_result(run, step, RESULT_SKIPPED, &err);
		return;
	}
	ev.text = step->reason;
	watcher_emit(run->watch, &ev);
	if (run->hands->run(run->hands->ctx, step, &err) < 0) {
		if (err.kind == ERROR_NONE)
			error_set(&err, ERROR_SYSTEM, "%s: unknown cause", step->id);
		ev.kind = EVENT_STEP_FAILED;
		ev.text = err.text;
		ev.stopped = err.kind == ERROR_STOPPED;
		ev.elapsed_ms = clock_ms() - start;
		watcher_emit(run->watch, &ev);
		set_result(run, step, RESULT_FAILED, &err);
		return;
	}
	ev.kind = EVENT_STEP_DONE;
	ev.elapsed_ms = clock_ms() - start;
	watcher_emit(run->watch, &ev);
	set_result(run, step, RESULT_DONE, NULL);
}

static void run_when_ready(struct run *run, const struct step *step)
{
	if (wait_for_needs(run, step))
		run_step(run, step);
	else
		set_result(run, step, RESULT_SKIPPED, NULL);
}

static void *run_lane(void *arg)
{
	struct lane *lane = arg;
	struct run *run = lane->run;

	for (size_t i = 0; i < run->plan->count; i++) {
		const struct step *step = &run->plan->steps[i];

		if (strcmp(step->lane, lane->name) == 0)
			run_when_ready(run, step);
	}
	return NULL;
}

static size_t list_lanes(struct run *run, struct lane *lanes)
{
	size_t count = 0;

	for (size_t i = 0; i < run->plan->count; i++) {
		const char *name = run->plan->steps[i].lane;
		bool known = false;

		for (size_t k = 0; k < count && !known; k++)
			known = strcmp(lanes[k].name, name) == 0;
		if (!known)
			lanes[count++] = (struct lane){ .run = run, .name = name };
	}
	return count;
}

static bool has_thread(const struct lane *lanes, size_t started, const char *name)
{
	for (size_t i = 0; i < started; i++) {
		if (strcmp(lanes[i].name, name) == 0)
			return true;
	}
	return false;
}

static void run_lanes(struct run *run)
{
	struct lane *lanes = xcalloc(run->plan->count, sizeof(*lanes));
	size_t count = list_lanes(run, lanes), started = 0;

	while (started < count &&
	       pthread_create(&lanes[started].thread, NULL, run_lane, &lanes[started]) == 0)
		started++;
	/* Where threads run out, the rest goes here one by one; the order of the plan respects needs. */
	for (size_t i = 0; i < run->plan->count && started < count; i++) {
		if (!has_thread(lanes, started, run->plan->steps[i].lane))
			run_when_ready(run, &run->plan->steps[i]);
	}
	for (size_t i = 0; i < started; i++)
		pthread_join(lanes[i].thread, NULL);
	free(lanes);
}

/* The step of a machine whose failure is why this one was left out; NULL if there is none. `before`: of those before it. */
static const struct step *culprit(const struct run *run, const struct step *step,
				  const struct step *const *before)
{
	for (size_t i = 0; i < step->need_count; i++) {
		const struct step *need = &run->plan->steps[step->needs[i]], *found = NULL;

		if (run->results[step->needs[i]] == RESULT_FAILED)
			found = need->machine ? need : NULL;
		else if (run->results[step->needs[i]] == RESULT_SKIPPED)
			found = before[step->needs[i]];
		if (found)
			return found;
	}
	return NULL;
}

static bool is_first_skipped(const struct run *run, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (run->results[k] == RESULT_SKIPPED &&
		    strcmp(run->plan->steps[k].lane, run->plan->steps[i].lane) == 0)
			return false;
	}
	return run->results[i] == RESULT_SKIPPED;
}

/* Of machines that did not fail themselves, nothing else would say that their steps were not done. */
static void tell_left_out(const struct run *run)
{
	/* Each is found once: where everybody needs everybody before, there are more ways than anybody can go. */
	cleanup_free const struct step **culprits = xcalloc(run->plan->count, sizeof(*culprits));

	for (size_t i = 0; i < run->plan->count; i++) {
		const struct step *step = &run->plan->steps[i], *why;
		cleanup_free char *text = NULL;

		why = culprits[i] = culprit(run, step, culprits);
		if (!step->machine || strcmp(step->lane, step->machine) != 0 ||
		    !is_first_skipped(run, i))
			continue;
		if (!why || strcmp(why->lane, step->lane) == 0)
			continue;
		text = xasprintf("goes no further, since '%s' failed", why->machine);
		watcher_emit(run->watch, &(struct event){ .kind = EVENT_NOTE,
							  .machine = step->machine,
							  .step = step->id,
							  .text = text });
	}
}

/* Whether the machine that `step` created did not come up in the same run. */
static bool did_not_come_up(const struct run *run, const struct step *step)
{
	for (size_t i = 0; i < run->plan->count; i++) {
		const struct step *other = &run->plan->steps[i];

		if (other->kind == STEP_START && strcmp(other->lane, step->lane) == 0)
			return run->results[i] != RESULT_DONE;
	}
	return false;
}

static bool nobody_uses_it(const struct run *run)
{
	for (size_t i = 0; i < run->plan->count; i++) {
		const struct step *step = &run->plan->steps[i];

		if (step->machine &&
		    (step->have || (step->kind == STEP_CREATE && run->results[i] == RESULT_DONE)))
			return false;
	}
	return true;
}

static bool is_to_be_undone(const struct run *run, size_t i)
{
	const struct step *step = &run->plan->steps[i];

	if (run->results[i] != RESULT_DONE)
		return false;
	if (step->kind == STEP_CREATE)
		return did_not_come_up(run, step);
	return step->kind == STEP_NETWORK && step->creates && nobody_uses_it(run);
}

static void undo_step(struct run *run, size_t i)
{
	const struct step *step = &run->plan->steps[i];
	cleanup_error struct error err = { 0 };
	struct event ev = { .kind = EVENT_UNDO, .machine = step->machine, .step = step->id };

	if (run->hands->undo(run->hands->ctx, step, &err) < 0) {
		char *text = xasprintf("%s; what was made could not be taken back: %s",
				       run->error.text, err.text ? err.text : "unknown cause");

		free(run->error.text);
		run->error.text = text;
		return;
	}
	run->results[i] = RESULT_UNDONE;
	ev.text = step->kind == STEP_NETWORK ? "removed the network again" :
					       "removed it again, since it did not come up";
	watcher_emit(run->watch, &ev);
}

static void undo(struct run *run)
{
	/* An interruption ends the work, not the tidying up; a second one ends that too. */
	stop_set(false);
	for (size_t i = run->plan->count; i > 0; i--) {
		if (is_to_be_undone(run, i - 1))
			undo_step(run, i - 1);
	}
}

/* An interruption comes first, and explains the failures it causes; the others stand in the order of the plan. */
static void gather(struct run *run)
{
	bool stopped = false;

	for (size_t i = 0; i < run->plan->count && !stopped; i++) {
		stopped = run->failures[i].error.kind == ERROR_STOPPED;
		if (stopped)
			error_move(&run->error, &run->failures[i].error);
	}
	for (size_t i = 0; i < run->plan->count; i++) {
		struct failure *failure = &run->failures[i];

		if (failure->error.kind == ERROR_NONE)
			continue;
		if (stopped && (failure->after_stop || failure->error.kind == ERROR_STOPPED))
			error_clear(&failure->error);
		else
			error_add(&run->error, &failure->error);
	}
	free(run->failures);
}

int apply_plan(const struct plan *plan, const struct hands *hands, const struct watcher *watch,
	       const struct apply_options *options, enum step_result *results, struct error *err)
{
	struct run run = {
		.plan = plan,
		.hands = hands,
		.watch = watch,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
		.results = xcalloc(plan->count, sizeof(*run.results)),
		.failures = xcalloc(plan->count, sizeof(*run.failures)),
	};
	bool failed;

	run_lanes(&run);
	gather(&run);
	failed = run.error.kind != ERROR_NONE;
	if (failed && run.error.kind != ERROR_STOPPED)
		tell_left_out(&run);
	if (failed && !options->keep)
		undo(&run);
	if (results && plan->count)
		memcpy(results, run.results, plan->count * sizeof(*results));
	free(run.results);
	return failed ? error_move(err, &run.error) : 0;
}
