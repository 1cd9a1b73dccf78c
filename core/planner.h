/* SPDX-License-Identifier: Apache-2.0 */
/* A plan in the making: what plan.c, plan_up.c and plan_down.c share. */
#ifndef CORE_PLANNER_H
#define CORE_PLANNER_H

#include <stdint.h>

#include "core/plan.h"

#define PLANNER_NO_STEP SIZE_MAX

struct planner {
	const struct plan_request *request;
	struct plan *plan;
	bool *meant;  /* upwards: machines of env that the goal is about */
	size_t *last; /* upwards: by machine of env its last step so far, or PLANNER_NO_STEP */
};

/* Appends a step in the lane of that machine (NULL: of the project). Valid until the next one is added. */
struct step *planner_add(struct planner *p, enum step_kind kind, const char *machine,
			 const char *reason);
/* The step added last needs that one as well; PLANNER_NO_STEP and itself are ignored. */
void planner_need(struct planner *p, size_t step);
/* True if the request names that machine. */
bool planner_names(const struct planner *p, const char *machine);
/* What exists of the machine in the request's project, or NULL. */
const struct observed_machine *planner_have(const struct planner *p, const char *machine);
/* True if `words` has the provisioner's name or kind. */
bool planner_asked_for(const struct strings *words, const struct provisioner *what);

/* Upwards: appends a step of that machine of env, which follows the one before it. Valid likewise. */
struct step *planner_add_for(struct planner *p, size_t index, enum step_kind kind,
			     const char *reason);

/*
 * The step that makes right what is wrong with the networks that the machines meant need in the engine of that one, added
 * unless it is there; PLANNER_NO_STEP if nothing is wrong.
 */
size_t planner_network_step(struct planner *p, size_t index);
/* The same for a machine that runs on: only where that does not have to be cut off its networks for it. */
void planner_network_step_live(struct planner *p, size_t index);
/*
 * `difference`, which may be NULL, and "network 'lan' changes" for each network that the machine is on and that is made
 * anew. Lives in the plan's arena.
 */
const char *planner_with_network_change(struct planner *p, size_t index, const char *difference);
/* STEP_PUBLISH, if it is due. `boots`: the machine is going to start. */
void planner_publish(struct planner *p, size_t index, bool boots);

/* up, reload, provision: machines of the file, dependencies first. ERROR_USAGE for provisioners none has. */
int plan_upwards(struct planner *p, struct error *err);
/* halt, destroy: machines that exist, dependants first. */
void plan_downwards(struct planner *p);

#endif
