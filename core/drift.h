/* SPDX-License-Identifier: Apache-2.0 */
/* How a machine that exists differs from what the file wants, and what it takes to mend it. */
#ifndef CORE_DRIFT_H
#define CORE_DRIFT_H

#include "core/plan.h"

struct drift {
	const char *reason;      /* "memory 1 GiB → 2 GiB, cpus 1 → 2"; NULL if there is none */
	enum step_effect effect; /* EFFECT_RESTART or EFFECT_LOSES_DATA */
};

/* Texts live in arena. */
struct drift drift_find(const struct env *env, const struct machine *want,
			const struct observed_machine *have, const struct machine_view *view,
			struct arena *arena);
/* The same of its cards alone: the reason, or NULL. Unknown settings differ from nothing. */
const char *drift_cards(const struct env *env, const struct machine *want,
			const struct observed_machine *have, struct arena *arena);
/* The same of its shared folders. What is copied is no drift. */
const char *drift_folders(const struct machine *want, const struct observed_machine *have,
			  struct arena *arena);

#endif
