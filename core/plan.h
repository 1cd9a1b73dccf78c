/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Environment + what exists + a goal → the steps between them. Pure: no handles, no files, no
 * clock; the same input gives the same plan, so a dry run cannot act.
 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/env.h"
#include "core/error.h"
#include "core/observed.h"
#include "core/record.h"

enum goal { GOAL_UP, GOAL_RELOAD, GOAL_PROVISION, GOAL_HALT, GOAL_DESTROY };

enum step_kind {
	STEP_BOX,            /* make the box's base image ready for a provider */
	STEP_NETWORK,        /* the project's network and everybody's address in it */
	STEP_CREATE,         /* a machine with its disk */
	STEP_PUBLISH,        /* make its ports, and its names if asked for, known on this host */
	STEP_START,          /* boot it and wait until it can be logged into */
	STEP_UPDATE,         /* give it other settings; stops and starts it if it runs */
	STEP_FOLDERS,        /* mount its folders, or bring into it what they hold */
	STEP_PROVISION,      /* run one provisioner */
	STEP_READY,          /* wait until it is what `ready` says */
	STEP_HOOK,           /* one command or note of `hooks` */
	STEP_STOP,           /* shut it down */
	STEP_REMOVE,         /* remove it with its disk */
	STEP_NETWORK_REMOVE, /* the project's network */
};

enum step_effect { EFFECT_NONE, EFFECT_LIVE, EFFECT_RESTART, EFFECT_RECREATE, EFFECT_LOSES_DATA };

struct step {
	const char *id; /* "web/create"; unique in the plan */
	enum step_kind kind;
	const char *lane; /* steps of one lane run in turn: a machine's name, or what is shared */
	const char *machine; /* name; NULL for steps of no machine */
	const char *reason;  /* "memory 1 GiB → 2 GiB" */
	enum step_effect effect;
	const size_t *needs; /* indices of steps that must have ended well */
	size_t need_count;
	const char *provider;       /* who acts; NULL: any provider of `engine` */
	const char *engine;         /* STEP_NETWORK_REMOVE: whose network it is */
	const struct machine *want; /* NULL for machines that are not in the file any more */
	const struct observed_machine *have; /* NULL for machines that do not exist */
	const struct provisioner
		*provisioner;    /* STEP_PROVISION; one of env.once: `machine` may be NULL */
	const struct hook *hook; /* STEP_HOOK */
	bool creates;            /* STEP_NETWORK: it does not exist yet */
	bool force; /* STEP_STOP, STEP_UPDATE that restarts: without asking the guest */
};

struct plan {
	struct arena arena;
	struct step *steps; /* in an order that respects needs */
	size_t count;
};

/* What else is known of a machine of env, by index. */
struct machine_view {
	const char *engine;          /* of its provider; machines of one engine share a network */
	const char *box_digest;      /* NULL: not known (the box is not at hand) */
	bool box_unfit;              /* box_digest NULL: but not what the machine is made of */
	bool base_present;           /* no STEP_BOX needed */
	const struct record *record; /* NULL: nothing ran */
	const char *key_id;          /* of the keys in .bothy; NULL if there are none */
	bool booting;                /* it was started, but nobody saw it come up */
	/* Why STEP_PUBLISH is due if it runs: "port 127.0.0.1:8080 → 80 is not forwarded"; NULL: all is as wanted. */
	const char *publish_reason;
	/* Why STEP_FOLDERS is due although it runs: "./src was never copied"; NULL: all is as wanted. */
	const char *folders_reason;
};

/* Why a machine is restarted that has nothing to change. */
#define PLAN_RELOAD "reload asked for"

enum provision_mode {
	PROVISION_DUE,   /* what has not run, failed or changed, and what runs always */
	PROVISION_FORCE, /* everything but "never"; of env.once only where no machines are named */
	PROVISION_SKIP,
};

/* All borrowed for the life of the plan. */
struct plan_request {
	const struct env *env; /* NULL for halt and destroy outside a project */
	const struct observed *observed;
	const struct machine_view *views; /* one a machine of env; NULL for halt and destroy */
	const char *project_id;
	enum goal goal;
	const struct strings *names; /* of the machines meant; empty: all (up: all with autostart) */
	enum provision_mode provision;
	const struct strings
		*provisioners; /* names or kinds; not empty: run just these, whatever ran before */
	/* NULL, or a name: run the provisioner of that name and those behind it, in each list that has one. */
	const char *from;
	const struct record *once; /* what ran of env.once; NULL: nothing */
	const char *once_id;       /* over the ids of all machines of env; NULL: not known */
	bool force;                /* halt, reload: do not ask the guest */
	bool no_hooks;             /* leave all hooks out */
};

/*
 * ERROR_USAGE for names nobody has, or provisioners that neither a meant machine nor env.once has. Steps of env.once are
 * called "once/NAME"; they are there if all machines with autostart are up at the end, behind all that is done to any
 * machine.
 */
int plan_build(const struct plan_request *request, struct plan *out, struct error *err);
void plan_clear(struct plan *p);
#define cleanup_plan cleanup(plan_clear)

/*
 * "box/debian/12/kvm", "box/user/box@~> 1.2/container": the id of the STEP_BOX that brings the box of that
 * machine. Machines of one id share it. Caller frees.
 */
char *plan_box_id(const struct machine *m);

/* "create", "network_remove", …; "none", "loses_data", …: the words of --json. Static. */
const char *step_kind_name(enum step_kind kind);
const char *step_effect_name(enum step_effect effect);

#endif
