/* SPDX-License-Identifier: Apache-2.0 */
/* The command's side of a shared connection: as guest_attach(), through the keeper that a socket leads to. */
#ifndef GUEST_SHARE_CLIENT_H
#define GUEST_SHARE_CLIENT_H

#include "guest/guest.h"

enum share_outcome {
	SHARE_BROKE = -1, /* err is set */
	SHARE_DONE,
	SHARE_ELSEWHERE, /* nothing has run, and nothing was read: an own connection is needed */
};

struct share_visit { /* all borrowed */
	int fd;
	const char *machine; /* for messages */
	const char *mark;    /* what the keeper must have been started with */
	int64_t deadline_ms; /* until when the machine must have answered; else it is SHARE_ELSEWHERE */
	/* Asked about every second while the machine does not answer; false: SHARE_ELSEWHERE. May be NULL. */
	bool (*is_there)(void *ctx);
	void (*answered)(void *ctx); /* called when it has answered; may be NULL */
	void *ctx;
};

/* Joins a command or shell to descriptors until it ends; restores the terminal whatever happens. */
enum share_outcome share_attach(const struct share_visit *v, const struct guest_session *session,
				int *out_status, struct error *err);

#endif
