/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two processes of a forwarder, `bothy forwarder-daemon ROLE STATE_DIR PROJECT_ID SHORT_LIVES`, in sessions of
 * their own, with nothing open that was open before. The worker forwards. The guard looks whether the machines still
 * run, and becomes the worker when that has died; the worker starts a new guard when that has died.
 */
#ifndef CLI_FORWARDER_START_H
#define CLI_FORWARDER_START_H

#include <sys/types.h>

#include "core/fs.h"

#define FORWARDER_LINK_FD 3 /* of the guard: to the worker */

enum forwarder_role { FORWARDER_WORKER, FORWARDER_GUARD };

struct forwarder_place {       /* what both know; borrowed */
	const char *state_dir; /* .bothy, absolute */
	const char *project_id;
	struct owner owner;
	unsigned short_lives; /* how many workers in a row have died soon after they began */
};

/* <state_dir>/forward. Caller frees. */
char *forwarder_directory(const char *state_dir);
/* Starts a process; a guard gets link_fd. The directory is made, and `log` in it takes what it says. */
int forwarder_start(const struct forwarder_place *place, enum forwarder_role role, int link_fd,
		    pid_t *out, struct error *err);
/* Makes this process a worker. Returns only if that failed, -1. */
int forwarder_become_worker(const struct forwarder_place *place, struct error *err);

#endif
