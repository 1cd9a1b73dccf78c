/* SPDX-License-Identifier: Apache-2.0 */
/* The guard of a forwarder, and the worker's side of it. */
#ifndef CLI_FORWARDER_GUARD_H
#define CLI_FORWARDER_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "cli/forwarder_start.h"

/*
 * The body of the guard. Asks the engines every two seconds how the machines are, and tells the worker which are off.
 * Ends with the worker, or becomes it if it died; returns -1 with err only if it could not.
 */
int guard_run(const struct forwarder_place *place, const char *home, struct error *err);

struct guard { /* a worker's; {.fd = -1} before */
	pid_t pid;
	int fd;                   /* a socket to it; -1: there is none */
	int64_t born_ms, next_ms; /* when it was started; when to try again */
	unsigned short_lives;
};

/* Starts one if there is none and it is time. Failures go to the log. */
void guard_keep(struct guard *g, const struct forwarder_place *place);
/* What it says: {"running":NAME,"serial"} or {"stopped":…} of a machine. NULL: nothing (more). */
json_t *guard_hear(struct guard *g);
/* Tells it that the work is done, and waits until it has ended. */
void guard_dismiss(struct guard *g);

#endif
