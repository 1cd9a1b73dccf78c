/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the forwarding engine share: its sockets, and who is called when one is ready. */
#ifndef GUEST_FORWARD_LOOP_H
#define GUEST_FORWARD_LOOP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "core/network.h"
#include "guest/forward_pipe.h"

struct forward;
struct link;
struct peer;
struct datagrams;
struct peer_table;

/* A descriptor that epoll reports; `ready` NULL: closed, though reports of it may still be waiting. */
struct watch {
	int fd;
	void (*ready)(struct forward *f, struct watch *w, uint32_t events);
};

union forward_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

LIST_HEAD(links, link);
TAILQ_HEAD(link_queue, link);
TAILQ_HEAD(peer_queue, peer);

struct listener {
	struct watch watch; /* first: the listener is found by it */
	enum port_protocol protocol;
	union forward_address guest;
	socklen_t guest_bytes;
	char *owner;
	struct links links;       /* TCP */
	struct peer_table *peers; /* UDP */
	bool wildcard;            /* UDP: answers must name the address that was asked */
	LIST_ENTRY(listener) next;
};

struct forward {
	int epoll_fd;
	LIST_HEAD(listeners, listener) listeners;
	size_t open_count;         /* connections and peers */
	size_t peer_count;         /* of them */
	size_t fd_count, fd_limit; /* descriptors that all of it may need at once */
	bool paused;               /* nothing is accepted before resume_ms */
	int64_t resume_ms;
	struct pipe_pool pipes;
	struct link_queue waiting;   /* for the guest to answer, the oldest first */
	struct link_queue eager;     /* stopped so that others get their turn */
	struct link_queue dead;      /* closed, not freed: reports of them may be waiting */
	struct peer_queue recent;    /* the longest silent first */
	struct peer_queue gone;      /* as dead */
	struct datagrams *datagrams; /* room for a batch; NULL: no UDP yet */
};

/* Has epoll report the descriptor. -1 with errno. */
int forward_watch(struct forward *f, struct watch *w, uint32_t events);
/* Whether `count` more descriptors may be opened. */
bool forward_has_room(const struct forward *f, size_t count);
/* Descriptors have run out: nothing is accepted for a moment. */
void forward_pause(struct forward *f);

#endif
