/* SPDX-License-Identifier: Apache-2.0 */
/* How long one piece of waiting may last, and who may cut it short. */
#ifndef GUEST_PATIENCE_H
#define GUEST_PATIENCE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct patience {
	int64_t deadline_ms; /* 0: none */
	const char *what;    /* for messages: what was waited for; borrowed */
	/* Asked about every 200 ms; may be NULL. 0 to go on, -1 with err set to give up. */
	int (*alive)(void *ctx, struct error *err);
	void *ctx;
	int64_t asked_ms; /* when alive was asked last */
	bool regardless;  /* for tidying up: goes on although the user interrupted */
};

/* -1: interrupted (ERROR_STOPPED), too late (ERROR_TIMEOUT), or what alive said. */
int patience_check(struct patience *p, struct error *err);
/*
 * One poll() of at most 50 ms, and no longer than most_ms, with patience_check() afterwards.
 * Returns what poll() did, or -1 with err set.
 */
int patience_poll(struct patience *p, struct pollfd *fds, nfds_t count, int64_t most_ms,
		  struct error *err);

#endif
