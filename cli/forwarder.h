/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forwarder of a project: two small processes in the background, one that forwards and one that starts it
 * again, which live exactly as long as a machine with forwarded ports runs. They are found by a socket and a
 * lock in .bothy/forward/, and remember what they forward there, so that a restart goes on with the same ports.
 * All of them are found by the links in <home>/forward/, so that one project can tell what another one has.
 */
#ifndef CLI_FORWARDER_H
#define CLI_FORWARDER_H

#include "cli/session.h"

#define FORWARDER_COMM "bothy-forwarder" /* what its processes are called */

/* A range of ports as it is forwarded now. Owned strings. */
struct forwarded {
	char *machine;
	enum port_protocol protocol;
	char *bind;
	unsigned host, guest, count;
	unsigned wanted; /* host as the file says; another one where that was taken */
};

struct forwarded_list {
	struct forwarded *at;
	size_t count;
};

void forwarded_list_clear(struct forwarded_list *l);
#define cleanup_forwarded cleanup(forwarded_list_clear)

struct forwarder_order { /* all borrowed */
	const struct machine *machine;
	const char *id;      /* the engine's */
	const char *address; /* where it is reached */
	/* What was forwarded before: a port that is shifted keeps the one it was given if that is free. May be NULL. */
	const struct forwarded_list *before;
};

/*
 * Forwards exactly the ports of the machine, starting the forwarder if need be. The ports listen when this returns,
 * before the machine has booted; it has its boot_timeout_s to run. Nothing changes on failure: ERROR_BUSY names the
 * machine and the port, and whose it is where that is a machine of bothy, or a process that can be seen.
 */
int forwarder_serve(struct session *s, const struct forwarder_order *order, struct error *err);
/*
 * Stops forwarding for that machine. With the last one the forwarder ends, and has ended when this returns. None
 * running is success.
 */
int forwarder_drop(struct session *s, const char *machine, struct error *err);
/* What is forwarded now for the project whose state directory that is; empty if no forwarder lives. */
int forwarder_list(const char *state_dir, struct forwarded_list *out, struct error *err);

/* The body of the background process: ROLE STATE_DIR PROJECT_ID SHORT_LIVES, see cli/forwarder_start.h. */
int forwarder_main(struct session *s, int argc, char **argv, struct error *err);

#endif
