/* SPDX-License-Identifier: Apache-2.0 */
/* Running plans, made from a small world in memory: order, side by side, undo, interruption. */
#include "tests/unit/apply_world.h"

#include <stdio.h>
#include <time.h>

#include "core/text.h"

#define DEADLINE_MS 20000

static int world_setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	world_reset(w);
	*state = w;
	return 0;
}

static int world_teardown(void **state)
{
	world_reset(*state);
	free(*state);
	return 0;
}

static size_t index_of(const struct step *step)
{
	for (size_t i = 0; i < MACHINES; i++) {
		if (text_equal(step->machine, (const char *[]){ "db", "web", "toy" }[i]))
			return i;
	}
	return MACHINES;
}

/* Asserts cannot leave a thread, so what is wrong becomes an error of the step. */
static int change(struct world *w, const struct step *step, bool half, struct error *err)
{
	size_t i = index_of(step);
	cleanup_free char *id = i < MACHINES ? id_of(w, i) : NULL;

	switch (step->kind) {
	case STEP_NETWORK:
		w->network = true;
		w->network_members = half ? 0 : MACHINES;
		return 0;
	case STEP_NETWORK_REMOVE:
		w->network = half;
		w->network_members = 0;
		return 0;
	case STEP_CREATE:
		if (w->machines[i].exists && w->machines[i].complete)
			return error_set(err, ERROR_PROVIDER, "%s exists", step->machine);
		w->machines[i].exists = true;
		w->machines[i].complete = !half;
		w->machines[i].generation++;
		return 0;
	case STEP_REMOVE:
		w->machines[i].complete = w->machines[i].running = false;
		w->machines[i].exists = half;
		return 0;
	case STEP_START:
		if (!w->machines[i].complete || !w->network)
			return error_set(err, ERROR_PROVIDER, "%s cannot start", step->machine);
		w->machines[i].running = true; /* a half start never became reachable */
		return 0;
	case STEP_STOP:
		w->machines[i].running = half;
		return 0;
	case STEP_PROVISION:
		if (!w->machines[i].running)
			return error_set(err, ERROR_PROVIDER, "%s is off", step->machine);
		record_for_machine(&w->machines[i].record, id);
		record_set(&w->machines[i].record, &step->want->provision, step->provisioner,
			   step->provisioner->digest, !half);
		return 0;
	case STEP_PUBLISH:
	case STEP_FOLDERS:
	case STEP_READY:
	case STEP_HOOK:
	case STEP_BOX:
	case STEP_UPDATE:
		break;
	}
	return error_set(err, ERROR_PROVIDER, "unexpected step %s", step->id);
}

/* Waits until the other step of the pair has begun too. Called with the lock held. */
static void meet(struct world *w, const struct step *step)
{
	struct timespec until;

	if (!text_equal(step->id, w->meet[0]) && !text_equal(step->id, w->meet[1]))
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += DEADLINE_MS / 1000;
	w->met++;
	pthread_cond_broadcast(&w->changed);
	while (w->met < 2 && !w->missed)
		w->missed = pthread_cond_timedwait(&w->changed, &w->lock, &until) != 0;
}

static int broken(const struct world *w, const struct step *step, struct error *err)
{
	if (w->fail_silently)
		return -1;
	error_set(err, ERROR_PROVIDER, "%s broke", step->id);
	err->code = 42;
	return error_hint(err, "mend %s", step->id);
}

static int act(struct world *w, const struct step *step, struct error *err)
{
	bool now = ++w->operations == w->fault_at && w->fault != FAULT_NONE;

	meet(w, step);
	if (w->fail_step && text_has_suffix(step->id, w->fail_step))
		return broken(w, step, err);
	if (now && w->fault == FAULT_HALF)
		change(w, step, true, err);
	if (now && w->fault != FAULT_INTERRUPT)
		return broken(w, step, err);
	if (now || text_equal(step->id, w->stop_at))
		stop_set(true);
	return change(w, step, false, err);
}

static int do_step(void *ctx, const struct step *step, struct error *err)
{
	struct world *w = ctx;
	size_t i = (size_t)(step - w->plan.steps);
	int rc;

	pthread_mutex_lock(&w->lock);
	w->began[i] = ++w->clock;
	rc = act(w, step, err);
	w->ended[i] = ++w->clock;
	w->log_count++;
	pthread_mutex_unlock(&w->lock);
	return rc;
}

static int undo_step(void *ctx, const struct step *step, struct error *err)
{
	struct world *w = ctx;
	size_t i = index_of(step);

	w->undo_saw_stop = w->undo_saw_stop || stop_requested();
	if (text_equal(step->id, w->fail_undo) || w->fault == FAULT_UNDO)
		return error_set(err, ERROR_PROVIDER, "disk is stuck");
	snprintf(w->undone + strlen(w->undone), sizeof(w->undone) - strlen(w->undone), "%s ",
		 step->id);
	if (step->kind == STEP_NETWORK)
		w->network = false;
	else
		w->machines[i].exists = w->machines[i].complete = w->machines[i].running = false;
	return 0;
}

static struct hands world_hands(struct world *w)
{
	return (struct hands){ .run = do_step, .undo = undo_step, .ctx = w };
}

static void count_event(void *ctx, const struct event *ev)
{
	struct world *w = ctx;

	pthread_mutex_lock(&w->lock);
	w->events[ev->kind]++;
	pthread_mutex_unlock(&w->lock);
}

/* Plans from what there is, and runs it. */
static int world_apply(struct world *w, enum goal goal)
{
	struct watcher watch = { .emit = count_event, .ctx = w };
	struct apply_options options = w->options;
	struct hands hands = world_hands(w);
	struct plan_request request = {
		.env = &w->env,
		.observed = &w->observed,
		.views = w->views,
		.project_id = w->env.project.id,
		.goal = goal,
	};

	options.keep = options.keep || w->fault == FAULT_HALF;
	plan_clear(&w->plan);
	error_clear(&w->err);
	observe(w);
	w->log_count = 0;
	w->undone[0] = '\0';
	if (plan_build(&request, &w->plan, &w->err) < 0)
		fail_msg("%s", w->err.text);
	assert_true(w->plan.count <= ARRAY_SIZE(w->results));
	return apply_plan(&w->plan, &hands, &watch, &options, w->results, &w->err);
}

static enum step_result world_result(const struct world *w, const char *id)
{
	for (size_t i = 0; i < w->plan.count; i++) {
		if (strcmp(w->plan.steps[i].id, id) == 0)
			return w->results[i];
	}
	fail_msg("there is no step '%s'", id);
	return RESULT_WAITING;
}

static bool world_is_at(const struct world *w, enum goal goal)
{
	bool there = w->network == (goal != GOAL_DESTROY);

	for (size_t i = 0; i < MACHINES; i++) {
		there = there && w->machines[i].exists == (goal != GOAL_DESTROY) &&
			w->machines[i].running == (goal == GOAL_UP) &&
			(goal == GOAL_DESTROY ||
			 (w->machines[i].record.count == 1 && w->machines[i].record.entries[0].ok));
	}
	return there;
}

static void empty_plan_is_done(void **state)
{
	struct world *w = *state;
	const struct plan none = { 0 };
	struct apply_options options = { 0 };
	struct hands hands = world_hands(w);

	assert_int_equal(apply_plan(&none, &hands, NULL, &options, NULL, &w->err), 0);
}

static void steps_wait_for_their_needs(void **state)
{
	struct world *w = *state;

	assert_int_equal(world_apply(w, GOAL_UP), 0);
	assert_int_equal(w->log_count, w->plan.count);
	for (size_t i = 0; i < w->plan.count; i++) {
		const struct step *s = &w->plan.steps[i];

		assert_int_equal(w->results[i], RESULT_DONE);
		for (size_t k = 0; k < s->need_count; k++)
			assert_true(w->ended[s->needs[k]] < w->began[i]);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(w->plan.steps[k].lane, s->lane) == 0)
				assert_true(w->ended[k] < w->began[i]);
		}
	}
}

static void lanes_run_side_by_side(void **state)
{
	struct world *w = *state;

	/* db and toy depend on nothing: each start waits until the other has begun too. */
	w->meet[0] = "db/start";
	w->meet[1] = "toy/start";
	assert_int_equal(world_apply(w, GOAL_UP), 0);
	assert_int_equal(w->met, 2);
	assert_false(w->missed);
}

static void failure_skips_only_what_needs_it(void **state)
{
	struct world *w = *state;

	w->fail_step = "db/start";
	assert_int_equal(world_apply(w, GOAL_UP), -1);
	assert_string_equal(w->err.text, "db/start broke");
	assert_string_equal(w->err.hint, "mend db/start");
	assert_int_equal(w->err.kind, ERROR_PROVIDER);
	assert_int_equal(w->err.code, 42);
	assert_int_equal(world_result(w, "db/start"), RESULT_FAILED);
	assert_int_equal(world_result(w, "db/provision/shell-1"), RESULT_SKIPPED);
	assert_int_equal(world_result(w, "web/start"), RESULT_SKIPPED);
	assert_int_equal(world_result(w, "web/provision/shell-1"), RESULT_SKIPPED);
	assert_int_equal(world_result(w, "toy/start"), RESULT_DONE);
	assert_int_equal(world_result(w, "toy/provision/shell-1"), RESULT_DONE);
	assert_true(w->machines[TOY].running && w->network);
}

static void undo_takes_back_what_did_not_come_up(void **state)
{
	struct world *w = *state;

	w->fail_step = "db/start";
	assert_int_equal(world_apply(w, GOAL_UP), -1);
	assert_int_equal(world_result(w, "db/create"), RESULT_UNDONE);
	assert_int_equal(world_result(w, "web/create"), RESULT_UNDONE);
	assert_int_equal(world_result(w, "toy/create"), RESULT_DONE);
	assert_int_equal(world_result(w, "network/fake"), RESULT_DONE);
	/* Newest first. */
	assert_string_equal(w->undone, "web/create db/create ");
	assert_false(w->machines[DB].exists || w->machines[WEB].exists);
}

static void undo_takes_back_the_network_nobody_uses(void **state)
{
	struct world *w = *state;

	w->env.machine_count = 1; /* db alone */
	w->fail_step = "db/start";
	assert_int_equal(world_apply(w, GOAL_UP), -1);
	assert_string_equal(w->undone, "db/create network/fake ");
	assert_false(w->network);
}

static void undo_leaves_a_network_that_was_there(void **state)
{
	struct world *w = *state;

	w->env.machine_count = 1;
	w->network = true; /* without an address for db, so that there is a step for it */
	w->network_members = 0;
	w->fail_step = "db/create";
	assert_int_equal(world_apply(w, GOAL_UP), -1);
	assert_int_equal(world_result(w, "network/fake"), RESULT_DONE);
	assert_string_equal(w->undone, "");
	assert_true(w->network);
}

static void undo_leaves_machines_that_were_there(void **state)
{
	struct world *w = *state;

	assert_int_equal(world_apply(w, GOAL_UP), 0);
	assert_int_equal(world_apply(w, GOAL_HALT), 0);
	w->network = false;
	w->fail_step = "db/start";
	assert_int_equal(world_apply(w, GOAL_UP), -1);
	assert_string_equal(w->undone, "");
	assert_true(w->machines[DB].exists && w->machines[WEB].exists && w->network);
}

static void failed_provisioning_leaves_the_machine(void **state)
{
	struct world *w = *state;

	w->fail_step = "db/provision/shell-1";
	assert_int_equal(world_apply(w, GOAL_UP), -1);
	assert_true(w->machines[DB].running);
	/* What waited for it was only made, and goes. */
	assert_string_equal(w->undone, "web/create ");
}

static void keep_leaves_everything(void **state)
{
	struct world *w = *state;

	w->options.keep = true;
	w->fail_step = "db/start";
	assert_int_equal(world_apply(w, GOAL_UP), -1);
	assert_string_equal(w->undone, "");
	assert_int_equal(world_result(w, "db/create"), RESULT_DONE);
	assert_true(w->machines[DB].exists && w->machines[WEB].exists && w->network);
}

static void failed_undo_is_named(void **state)
{
	struct world *w = *state;

	w->env.machine_count = 1;
	w->fail_step = "db/start";
	w->fail_undo = "db/create";
	assert_int_equal(world_apply(w, GOAL_UP), -1);
	assert_string_equal(w->err.text,
			    "db/start broke; what was made could not be taken back: disk is stuck");
	assert_string_equal(w->err.hint, "mend db/start");
	assert_int_equal(w->err.kind, ERROR_PROVIDER);
	assert_int_equal(w->err.code, 42);
	assert_int_equal(world_result(w, "db/create"), RESULT_DONE);
	/* The machine that stayed still needs it. */
	assert_true(w->network);
}

static void failure_without_a_word_is_a_failure(void **state)
{
	struct world *w = *state;

	w->fail_step = "db/start";
	w->fail_silently = true;
	assert_int_equal(world_apply(w, GOAL_UP), -1);
	assert_string_equal(w->err.text, "db/start: unknown cause");
}

static void every_failure_is_an_event(void **state)
{
	struct world *w = *state;

	w->fail_step = "/start"; /* of db and toy */
	assert_int_equal(world_apply(w, GOAL_UP), -1);
	assert_int_equal(w->events[EVENT_STEP_FAILED], 2);
	assert_string_equal(w->err.next->text, "toy/start broke");
	assert_int_equal(w->events[EVENT_UNDO], 4);
	assert_int_equal(w->events[EVENT_STEP_START],
			 w->events[EVENT_STEP_DONE] + w->events[EVENT_STEP_FAILED]);
}

static void interruption_ends_it_tidily(void **state)
{
	struct world *w = *state;

	w->stop_at = w->meet[0] = "db/start";
	w->meet[1] = "web/create";
	assert_int_equal(world_apply(w, GOAL_UP), -1);
	assert_int_equal(w->err.kind, ERROR_STOPPED);
	assert_int_equal(world_result(w, "db/start"), RESULT_DONE);
	assert_int_equal(world_result(w, "db/provision/shell-1"), RESULT_SKIPPED);
	assert_int_equal(world_result(w, "web/start"), RESULT_SKIPPED);
	assert_true(w->machines[DB].running);
	assert_int_equal(world_result(w, "web/create"), RESULT_UNDONE);
	/* The hands of the undo were not told to stop. */
	assert_false(w->undo_saw_stop);
}

static void interruption_explains_what_it_breaks(void **state)
{
	struct world *w = *state;

	/* A plain failure first, then the interruption. */
	w->fail_step = "toy/create";
	w->stop_at = "db/provision/shell-1";
	assert_int_equal(world_apply(w, GOAL_UP), -1);
	assert_int_equal(w->err.kind, ERROR_STOPPED);
}

static void interruption_after_the_last_step_is_none(void **state)
{
	struct world *w = *state;

	w->env.machine_count = 1;
	w->stop_at = "db/provision/shell-1";
	assert_int_equal(world_apply(w, GOAL_UP), 0);
}

/* Runs towards `goal` with a fault at each operation in turn, then without: it must get there. */
static void converges(struct world *w, enum fault fault, enum goal goal)
{
	for (size_t n = 1;; n++) {
		bool faulty;

		world_reset(w);
		if (goal != GOAL_UP)
			assert_int_equal(world_apply(w, GOAL_UP), 0);
		w->operations = 0;
		w->fault = fault;
		w->fault_at = n;
		faulty = world_apply(w, goal) < 0;
		w->fault = FAULT_NONE;
		stop_set(false);
		if (world_apply(w, goal) < 0)
			fail_msg("fault %d at %zu: %s", fault, n, w->err.text);
		assert_true(world_is_at(w, goal));
		assert_int_equal(world_apply(w, goal), 0);
		assert_int_equal(w->plan.count, 0);
		if (!faulty)
			break;
		assert_true(n < 100);
	}
}

static void converges_after_any_fault(void **state)
{
	for (enum fault fault = FAULT_FAIL; fault < FAULTS; fault++) {
		converges(*state, fault, GOAL_UP);
		converges(*state, fault, GOAL_HALT);
		converges(*state, fault, GOAL_DESTROY);
	}
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(empty_plan_is_done),
		CASE(steps_wait_for_their_needs),
		CASE(lanes_run_side_by_side),
		CASE(failure_skips_only_what_needs_it),
		CASE(undo_takes_back_what_did_not_come_up),
		CASE(undo_takes_back_the_network_nobody_uses),
		CASE(undo_leaves_a_network_that_was_there),
		CASE(undo_leaves_machines_that_were_there),
		CASE(failed_provisioning_leaves_the_machine),
		CASE(keep_leaves_everything),
		CASE(failed_undo_is_named),
		CASE(failure_without_a_word_is_a_failure),
		CASE(every_failure_is_an_event),
		CASE(interruption_ends_it_tidily),
		CASE(interruption_explains_what_it_breaks),
		CASE(interruption_after_the_last_step_is_none),
		CASE(converges_after_any_fault),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}
