/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of the forwarding engine: two sockets, and a flow of bytes each way. */
#ifndef GUEST_FORWARD_TCP_H
#define GUEST_FORWARD_TCP_H

#include "guest/forward_loop.h"

#define LINK_FDS 6 /* two sockets, and two pipes while both directions hold bytes */

/* The listener's socket is ready: accepts what waits there, and calls the guest for each. */
void tcp_accept(struct forward *f, struct watch *w, uint32_t events);
/* Ends all connections of the listener, with a reset. */
void tcp_drop(struct forward *f, struct listener *l);
/* Lets those go on that had stopped for others. */
void tcp_go_on(struct forward *f);
/* Gives up guests that did not answer in time. Returns when to call it again; 0: no need. */
int64_t tcp_expire(struct forward *f, int64_t now_ms);
/* Frees what is closed; no report of epoll may be waiting. */
void tcp_bury(struct forward *f);

#endif
