/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forwarder of a project: two small processes in the background, one that forwards and one that starts it
 * again, which live exactly as long as a machine with forwarded ports runs. They are found by a socket and a
 * lock in .bothy/forward/, and remember what they forward there, so that a restart goes on with the same ports.
 */
#ifndef CLI_FORWARDER_H
#define CLI_FORWARDER_H

#include "cli/session.h"

/* A range of ports as it is forwarded now. Owned strings. */
struct forwarded {
	char *machine;
	enum port_protocol protocol;
	char *bind;
	unsigned host, guest, count;
};

struct forwarded_list {
	struct forwarded *at;
	size_t count;
};

void forwarded_list_clear(struct forwarded_list *l);
#define cleanup_forwarded cleanup(forwarded_list_clear)

/*
 * Forwards exactly the ports of `m`, which exists with engine id `id` and is reached at `address`, starting
 * the forwarder if need be. The ports listen when this returns, before the machine has booted. A port that is shifted
 * keeps the one it was given before if that is free. Nothing changes on failure: ERROR_BUSY
 * names the machine and the port, and whose it is where that is a project of bothy.
 */
int forwarder_serve(struct session *s, const struct machine *m, const char *id, const char *address,
		    struct error *err);
/* Stops forwarding for that machine; the forwarder ends with the last one. None running is success. */
int forwarder_drop(struct session *s, const char *machine, struct error *err);
/* What is forwarded now for the project whose state directory that is; empty if no forwarder lives. */
int forwarder_list(const char *state_dir, struct forwarded_list *out, struct error *err);

/* The body of the background process, `bothy forwarder-daemon`, not listed in help. */
int forwarder_main(struct session *s, struct error *err);

#endif
