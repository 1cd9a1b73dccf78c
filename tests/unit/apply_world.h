/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small world in memory for tests/unit/apply.c: three machines, "web" needs "db", "toy" nobody.
 * It can be told what goes wrong, and says what happened.
 */
#ifndef TESTS_APPLY_WORLD_H
#define TESTS_APPLY_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/apply.h"
#include "core/stop.h"

enum { DB, WEB, TOY, MACHINES };
enum fault {
	FAULT_NONE,
	FAULT_FAIL, /* operation N does nothing and fails */
	FAULT_HALF, /* it fails half-way and leaves that; nothing is taken back, as after a kill */
	FAULT_INTERRUPT, /* it ends well, and Ctrl-C comes */
	FAULT_UNDO,      /* it fails, and so does every undo */
	FAULTS,
};

struct world {
	struct {
		bool exists, complete, running;
		unsigned generation; /* each creation gives another id */
		struct record record;
	} machines[MACHINES];
	bool network;
	size_t network_members;
	/* What goes wrong. */
	const char *fail_step, *fail_undo, *stop_at; /* step ids; fail_step may be an end of some */
	bool fail_silently;
	enum fault fault;
	size_t fault_at, operations;
	const char *meet[2]; /* steps that wait for each other */
	/* What happened in the last run. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t clock, began[64], ended[64], log_count;
	char undone[256];
	bool undo_saw_stop, missed;
	int met;
	int events[EVENT_UNDO + 1];
	enum step_result results[64];
	struct error err;
	struct plan plan;
	struct machine machine_list[MACHINES];
	struct provisioner shells[MACHINES];
	struct env env;
	struct observed observed;
	struct machine_view views[MACHINES];
	struct apply_options options;
};

static const size_t on_db[] = { DB };
static struct network management = { .name = "management", .settings = "management dhcp" };
static struct card on_management;

static void world_reset(struct world *w)
{
	static const char *const names[] = { "db", "web", "toy" };

	plan_clear(&w->plan);
	observed_clear(&w->observed);
	error_clear(&w->err);
	for (size_t i = 0; i < MACHINES; i++)
		record_clear(&w->machines[i].record);
	*w = (struct world){ .lock = PTHREAD_MUTEX_INITIALIZER,
			     .changed = PTHREAD_COND_INITIALIZER };
	for (size_t i = 0; i < MACHINES; i++) {
		struct provisioner *p = &w->shells[i];

		*p = (struct provisioner){ .name = "shell-1" };
		digest_of(names[i], strlen(names[i]), p->digest);
		w->machine_list[i] = (struct machine){
			.name = names[i],
			.hostname = names[i],
			.provider = "fake",
			.box = "b",
			.cards = &on_management,
			.card_count = 1,
			.autostart = true,
			.depends = on_db,
			.depend_count = i == WEB,
			.provision = { .at = p, .count = 1 },
		};
		w->views[i] = (struct machine_view){ .engine = "fake",
						     .base_present = true,
						     .record = &w->machines[i].record };
	}
	w->env = (struct env){ .project = { "0123abcd", "demo", "/demo" },
			       .file = "bothy.lua",
			       .machines = w->machine_list,
			       .machine_count = MACHINES,
			       .networks = &management,
			       .network_count = 1 };
	stop_set(false);
}

static char *id_of(const struct world *w, size_t i)
{
	return xasprintf("id-%zu-%u", i, w->machines[i].generation);
}

static void observe(struct world *w)
{
	struct observed_network *n;

	observed_clear(&w->observed);
	for (size_t i = 0; i < MACHINES; i++) {
		struct observed_machine *o;
		cleanup_free char *id = id_of(w, i);

		if (!w->machines[i].exists)
			continue;
		o = observed_add_machine(&w->observed);
		*o = (struct observed_machine){
			.provider = "fake",
			.id = arena_strdup(&w->observed.arena, id),
			.name = w->machine_list[i].name,
			.project = w->env.project,
			.state = w->machines[i].running ? MACHINE_RUNNING : MACHINE_STOPPED,
			.complete = w->machines[i].complete,
			.hostname = w->machine_list[i].name,
		};
	}
	if (!w->network)
		return;
	n = observed_add_network(&w->observed);
	n->engine = "fake";
	n->name = "management";
	n->project = w->env.project;
	n->active = true;
	n->members.count = w->network_members;
	n->members.at = arena_alloc(&w->observed.arena, MACHINES * sizeof(char *));
	for (size_t i = 0; i < MACHINES; i++)
		n->members.at[i] = w->machine_list[i].name;
}

#endif
