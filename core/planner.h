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

/* The step added last needs those of the machines that this one depends on, through those that have nothing to do. */
void planner_need_dependencies(struct planner *p, size_t index);
/* Takes back the steps from `count` on, which are of that machine; `last` was its last one before them. */
void planner_drop(struct planner *p, size_t index, size_t count, size_t last);

/* ERROR_USAGE for provisioners the request names and nobody meant has. */
int planner_check_provisioners(const struct planner *p, struct error *err);
/* ERROR_PROVIDER if the engine chooses a subnet, or has, that is too small for the machines of the file. */
int planner_check_room(const struct planner *p, struct error *err);
/* A STEP_PROVISION for each that is due, with hooks around them. `anew`: the machine is made in this plan. */
void planner_provisions(struct planner *p, size_t index, bool anew);
/* The same of env.once, when all other steps are there. */
void planner_once(struct planner *p);

/* STEP_FOLDERS, if the machine has folders and boots, or its view says why. */
void planner_folders(struct planner *p, size_t index, bool boots);
/* STEP_READY, if it says when it is. */
void planner_ready(struct planner *p, size_t index);
/* Whether it runs and says when it is ready, but was not seen to be that since it started. */
bool planner_ready_is_due(const struct planner *p, size_t index);
/* Whether anything but hooks is done to that machine of env so far. */
bool planner_has_work(const struct planner *p, size_t index);
/*
 * A STEP_HOOK for each of that event, in the machine's lane, in their order. Those before provisioners of a machine
 * that runs on wait for what it depends on, as its provisioners do.
 */
void planner_hooks(struct planner *p, size_t index, enum hook_event event);
/*
 * Takes the steps first … end - 1 back, hooks around no work, when p->last of the machine was `last` before. What
 * was added behind them must be steps of no machine, which need nothing.
 */
void planner_drop_hooks(struct planner *p, size_t index, size_t first, size_t end, size_t last);
/* What a plan says of one: "on this host: make". Lives in the plan's arena. */
const char *planner_hook_reason(struct planner *p, const struct hook *h);

/* up, reload, provision: machines of the file, dependencies first. ERROR_USAGE for provisioners none has. */
int plan_upwards(struct planner *p, struct error *err);
/* halt, destroy: machines that exist, dependants first. */
void plan_downwards(struct planner *p);

#endif
