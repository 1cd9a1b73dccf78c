/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports of this host that lead to machines: listening sockets, and a loop that moves bytes between
 * both sides in the kernel (splice(2)) for TCP and datagram by datagram for UDP.
 */
#ifndef GUEST_FORWARD_H
#define GUEST_FORWARD_H

#include <stdint.h>

#include "core/error.h"
#include "core/network.h"

struct forward; /* sockets and connections; owned */

struct forward_rule { /* one port; all borrowed for the call only */
	enum port_protocol protocol;
	const char *bind;    /* numeric address of this host, IPv4 or IPv6 */
	unsigned host;       /* port there; 0: any that is free */
	const char *address; /* numeric address the machine has */
	unsigned guest;      /* port there */
	const char *owner;   /* machine, to drop its rules by */
};

/* Also has the process ignore SIGPIPE, and raises its limit of descriptors. */
int forward_new(struct forward **out, struct error *err);
/* Ends all its connections. */
void forward_free(struct forward **f);
#define cleanup_forward cleanup(forward_free)

/*
 * Listens from now on; connections are served by forward_run(). *out_host is the port it got. ERROR_BUSY
 * "port 127.0.0.1:8080 is in use" if something has it, ERROR_DENIED for a port below 1024 without the right.
 */
int forward_add(struct forward *f, const struct forward_rule *rule, unsigned *out_host,
		struct error *err);
/* Stops listening for that owner and ends its connections. */
void forward_drop(struct forward *f, const char *owner);
/* How many connections and UDP peers are open now. */
size_t forward_open_count(const struct forward *f);
/*
 * Moves bytes until `fd` (-1: none) is readable (returns 0), deadline_ms passes (0) or a stop is asked for
 * (-1, ERROR_STOPPED). A machine that does not answer ends that connection only; a half-closed
 * connection goes on in the other direction; UDP peers are forgotten after a minute of silence.
 */
int forward_run(struct forward *f, int fd, int64_t deadline_ms, struct error *err);

#endif
