/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting until a machine serves: a port of it, a command in it, or both. */
#ifndef GUEST_READY_H
#define GUEST_READY_H

#include "guest/guest.h"

struct ready_wait { /* all borrowed */
	const char *machine;
	const char *address; /* as seen from this host; NULL: never tried from there */
	unsigned port;       /* 0: none */
	const char *command; /* for root's sh, where the login may become root; NULL: none */
	int64_t deadline_ms;
	/* Called as soon as one of both is so: "port 5432 is open", "'pg_isready' succeeds". May be NULL. */
	void (*reached)(void *ctx, const char *what);
	void *ctx;
};

/*
 * Asks again and again until the port accepts TCP connections, then until the command ends with status 0. The port is
 * tried from inside of the machine, at 127.0.0.1 and at the address that SSH goes to, so that it needs no way to it
 * from this host; where the machine's sshd forbids that, or `g` is NULL (a machine without a login), from this host.
 * ERROR_TIMEOUT says what is not so: "nothing listens on port 5432", "'pg_isready' ended with status 2: no response".
 */
int guest_ready(struct guest *g, const struct ready_wait *what, struct error *err);

#endif
