/* SPDX-License-Identifier: Apache-2.0 */
/* UDP of the forwarding engine: a socket towards the guest for each peer, so that answers find their way. */
#ifndef GUEST_FORWARD_UDP_H
#define GUEST_FORWARD_UDP_H

#include "guest/forward_loop.h"

#define UDP_PEERS_MOST 4096 /* of all listeners; then the one silent for longest makes room */

/* The listener's socket has datagrams: hands them to the guest. */
void udp_receive(struct forward *f, struct watch *w, uint32_t events);
/* What a listener for UDP needs besides its socket. */
void udp_prepare(struct forward *f, struct listener *l);
/* Forgets all peers of the listener. */
void udp_drop(struct forward *f, struct listener *l);
/* Forgets who was silent for a minute. Returns when to call it again; 0: no need. */
int64_t udp_expire(struct forward *f, int64_t now_ms);
/* Frees who is forgotten; no report of epoll may be waiting. */
void udp_bury(struct forward *f);
void datagrams_free(struct datagrams **d);

#endif
