/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many commands at once over one connection, without waiting for any of them. libssh knows no threads: all calls on one
 * share, and on its connection, come from one. What a slow reader does not take is bounded by the window of its
 * channel, and holds up nobody else.
 */
#ifndef GUEST_SHARE_H
#define GUEST_SHARE_H

#include <poll.h>

#include "guest/guest.h"

struct share;
struct share_session; /* a command or shell */

struct share_order {
	const char *command; /* NULL: a login shell. Borrowed, as term */
	const char *term;    /* NULL: without a terminal */
	int columns, rows;
	int pipes[3]; /* to read from, to write to, and to write to: taken over */
};

enum share_state {
	SHARE_OPENING,
	SHARE_IS_OPEN, /* the machine has answered */
	SHARE_RUNNING,
	SHARE_ENDED,   /* with a status; its output is in the pipes, which are closed */
	SHARE_REFUSED, /* it may not be opened beside the others: nothing has run */
	SHARE_FAILED,  /* see share_session_error() */
};

/* `g` is borrowed until share_free(). */
struct share *share_new(struct guest *g);
void share_free(struct share **s);
struct share_session *share_add(struct share *s, const struct share_order *order);
/*
 * Everybody does what can be done now. *out_moved: more may be to do. -1: the connection is lost, and all that had come
 * before is in the pipes.
 */
int share_turn(struct share *s, bool *out_moved, struct error *err);
/* Waits at most that long until there is something to do, or one of the other descriptors is ready. */
void share_wait(struct share *s, struct pollfd *others, size_t count, int most_ms);

enum share_state share_session_state(const struct share_session *c);
/* Exit status; 128+n if a signal ended it. */
int share_session_status(const struct share_session *c);
const struct error *share_session_error(const struct share_session *c);
void share_session_resize(struct share_session *c, int columns, int rows);
/* Forgets it; a command that still runs is asked to end. */
void share_drop(struct share *s, struct share_session *c);

#endif
