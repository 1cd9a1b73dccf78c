/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a machine and waiting until it can be logged into, with its stages and its console. */
#ifndef CLI_BOOT_H
#define CLI_BOOT_H

#include "cli/session.h"
#include "core/event.h"
#include "guest/guest.h"

/* In a machine's directory from its start until somebody has logged in: who is killed in between leaves it. */
#define BOOT_MARK "booting"

/* All borrowed. */
struct boot {
	struct session *session;
	const struct watcher *watch;
	struct provider *provider;
	const struct machine *machine;
	const char *id;   /* the engine's */
	const char *user; /* who to log in as */
	const char *step; /* id of the step, for events */
};

/*
 * Starts it (a running one is only waited for), logs in and gives it its host name; *out is the open login, NULL where
 * the provider has no guests, and where this host has no way in to that one (a note says so). A time-out names the
 * stage reached; the console's last lines become a note, all of it goes to .bothy/logs/<machine>/console.log.
 */
int boot_machine(const struct boot *b, struct guest **out, struct error *err);
/* False if this host has no way in to the machine, whether it runs or not. */
bool boot_has_way_in(const struct boot *b);

#endif
