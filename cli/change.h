/* SPDX-License-Identifier: Apache-2.0 */
/* What up, reload, provision, halt and destroy share: plan towards a goal, then apply it. */
#ifndef CLI_CHANGE_H
#define CLI_CHANGE_H

#include "cli/session.h"
#include "core/apply.h"
#include "core/plan.h"

struct change {
	enum goal goal;
	enum provision_mode provision;
	struct strings provisioners;
	const char *from; /* NULL, or the name of the first provisioner to run */
	bool force;       /* halt without asking the guest */
	bool keep;        /* no undo */
	bool recreate;    /* data may be lost without a question */
	bool frozen;      /* fail if bothy.lock would change */
	bool no_hooks;    /* leave hooks out */
};

/*
 * Observes, chooses machines by the words and plans. Needs session_find_for(); ERROR_NOT_FOUND if
 * the goal needs a file and there is none.
 */
int change_plan(struct session *s, const struct change *c, int argc, char **argv, struct plan *out,
		struct error *err);
/*
 * Locks, plans and applies, showing progress; prints the document of --json unless events are
 * streamed. *out_steps is the number of steps done. Rights and settings that cannot work, and what the file
 * is not trusted with, are refused before anything is touched.
 */
int change_apply(struct session *s, const struct change *c, int argc, char **argv,
		 size_t *out_steps, struct error *err);
/*
 * Asks on the terminal whether to do `action`, such as "remove it"; *out_yes is false if the answer
 * is no. ERROR_DECLINED where nobody can be asked.
 */
int change_ask(struct session *s, const char *action, bool *out_yes, struct error *err);
/* The plan as a table for people, or as the document of --json. True if a step of it waits for trust. */
bool change_print(struct session *s, const struct plan *plan);

#endif
