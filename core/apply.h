/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a plan through hands: lanes side by side in threads of their own, each step as soon as what
 * it needs has ended well. What this run created and could not bring up is taken back, newest
 * first; what was there before is never touched by that.
 */
#ifndef CORE_APPLY_H
#define CORE_APPLY_H

#include "core/error.h"
#include "core/event.h"
#include "core/plan.h"

/* What acts. Called from several threads at once, never twice at a time for one lane. */
struct hands {
	/* Does the step; 0, or -1 with err. */
	int (*run)(void *ctx, const struct step *step, struct error *err);
	/* Takes back a STEP_CREATE or a creating STEP_NETWORK that this run did. */
	int (*undo)(void *ctx, const struct step *step, struct error *err);
	void *ctx;
};

enum step_result { RESULT_WAITING, RESULT_DONE, RESULT_FAILED, RESULT_SKIPPED, RESULT_UNDONE };

struct apply_options {
	bool keep; /* no undo: leave what failed for a look at it */
};

/*
 * Runs every step that can run; a failure stops only what needs it. results (one a step) may be
 * NULL. -1 when any step failed, with the errors of all of them in the order of the plan; after an
 * interruption with ERROR_STOPPED, and behind it what had failed before. Each failure is also an
 * event. An undo that fails is named in the (first) error's text.
 */
int apply_plan(const struct plan *plan, const struct hands *hands, const struct watcher *watch,
	       const struct apply_options *options, enum step_result *results, struct error *err);

#endif
