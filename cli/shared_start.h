/* SPDX-License-Identifier: Apache-2.0 */
/* The process of a keeper: `bothy connection-keeper DIRECTORY`, in a session of its own and with nothing of the caller's. */
#ifndef CLI_SHARED_START_H
#define CLI_SHARED_START_H

#include "cli/shared_target.h"

struct session;

#define SHARED_LINK_FD 3 /* the keeper's: to the command that started it, its first one */

/*
 * Starts a keeper, which logs in first; *out_fd leads to it, as a connection to its socket would. What goes wrong later
 * it says there.
 */
int shared_start(const struct shared_target *t, int *out_fd, struct error *err);

/* The body of the process. */
int shared_keeper_main(struct session *s, int argc, char **argv, struct error *err);

#endif
