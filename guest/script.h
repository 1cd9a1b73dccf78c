/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: a script that runs from a private directory in the guest, and of which nothing stays there. */
#ifndef GUEST_SCRIPT_H
#define GUEST_SCRIPT_H

#include "guest/guest.h"

/* All borrowed. */
struct script {
	const char *what; /* for messages: "provisioner 'x' in 'web'" */
	const char *who;  /* the same where the rest says which machine: "provisioner 'x'" */
	const char *content;
	size_t len;
	const struct strings *args; /* NULL: none */
	const struct env_vars *env; /* NULL: none */
	const char *user;           /* who it runs as; NULL: root */
	const char *
		cwd; /* NULL: that user's home, which is also what a relative one or "~/" is below */
	const struct guest_output
		*output; /* gets both streams as 1, in the order they were written */
	int64_t deadline_ms;
};

/*
 * Neither the script nor its environment appears in the guest's list of processes; its arguments do. At the deadline,
 * and when the user interrupts, every process of its session in the guest is ended. Another status than 0 is
 * ERROR_GUEST "WHAT failed with status N", with err->code = N.
 */
int script_run(struct guest *g, const struct script *s, struct error *err);
/* Puts who or what before the error, so that the machine is named once. Returns -1. */
int script_wrap(const struct guest *g, const struct script *s, struct error *err);

#endif
