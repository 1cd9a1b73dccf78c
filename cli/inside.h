/* SPDX-License-Identifier: Apache-2.0 */
/* A step that works inside a machine: what it has at hand. */
#ifndef CLI_INSIDE_H
#define CLI_INSIDE_H

#include "cli/session.h"
#include "core/event.h"
#include "core/plan.h"
#include "guest/guest.h"

/* All borrowed. */
struct inside {
	struct session *session;
	const struct watcher *watch;
	const struct step *step; /* of one machine: step->want is set */
	struct provider *provider;
	const char *id;   /* the engine's */
	const char *user; /* who logs in */
	/* The lane's login, kept from step to step. NULL behind it: not open, or closed by a step that lost it. */
	struct guest **guest;
};

/* Its machine, as far as that takes to reach it. Borrows from `in`. */
struct observed_machine inside_machine(const struct inside *in);
/*
 * Makes sure that in->guest is open: waits for a machine that runs, starts nothing. ERROR_GUEST where this host has no
 * way in. Must not be called where the provider has no guests.
 */
int inside_log_in(const struct inside *in, struct error *err);
/* Whether inside_log_in() can come to anything: false where this host has no way in. */
bool inside_has_way_in(const struct inside *in);

#endif
