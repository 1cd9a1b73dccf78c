/* SPDX-License-Identifier: Apache-2.0 */
/* Why machines are left out, where everybody needs everybody before. */
#include "core/apply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STEPS 48
#define PATIENCE_S 120 /* there are 2^46 ways from the last step to the first */

struct chain {
	struct step steps[STEPS];
	size_t needs[STEPS];
	char names[STEPS][16];
	size_t notes, about_first;
};

/* Each step needs all before it; the first is `machine`'s. */
static struct plan make(struct chain *c, const char *machine)
{
	for (size_t i = 0; i < STEPS; i++) {
		const char *name = c->names[i];

		snprintf(c->names[i], sizeof(c->names[i]), "m%zu", i);
		c->needs[i] = i;
		c->steps[i] = (struct step){ .id = name,
					     .kind = STEP_PUBLISH,
					     .lane = name,
					     .machine = i ? name : machine,
					     .needs = c->needs,
					     .need_count = i };
	}
	return (struct plan){ .steps = c->steps, .count = STEPS };
}

static int fail_first(void *ctx, const struct step *step, struct error *err)
{
	(void)ctx;
	return error_set(err, ERROR_PROVIDER, "%s broke", step->id);
}

static void count_notes(void *ctx, const struct event *ev)
{
	struct chain *c = ctx;

	if (ev->kind != EVENT_NOTE)
		return;
	c->notes++;
	c->about_first += strcmp(ev->text, "goes no further, since 'm0' failed") == 0;
}

static void fail_at_first(struct chain *c, const char *machine)
{
	struct plan plan = make(c, machine);
	const struct hands hands = { .run = fail_first };
	const struct watcher watch = { .emit = count_notes, .ctx = c };
	const struct apply_options options = { .keep = true };
	cleanup_error struct error err = { 0 };

	alarm(PATIENCE_S);
	assert_int_equal(apply_plan(&plan, &hands, &watch, &options, NULL, &err), -1);
	alarm(0);
	assert_string_equal(err.text, "m0 broke");
	assert_null(err.next);
}

static void who_failed_is_named_to_all_behind(void **state)
{
	struct chain c = { 0 };

	(void)state;
	fail_at_first(&c, "m0");
	assert_int_equal(c.notes, STEPS - 1);
	assert_int_equal(c.about_first, STEPS - 1);
}

/* The step of a network is no machine's. */
static void nobody_is_looked_for_on_every_way(void **state)
{
	struct chain c = { 0 };

	(void)state;
	fail_at_first(&c, NULL);
	assert_int_equal(c.notes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_failed_is_named_to_all_behind),
		cmocka_unit_test(nobody_is_looked_for_on_every_way),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("apply_left_out", tests, NULL, NULL);
}
