/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One login into a machine, shared by the commands that run there: the first one starts a small process, the keeper,
 * which logs in and stays for a minute after its last command (BOTHY_KEEP=SECONDS; 0: nothing is shared). It is found
 * by a socket in the machine's directory, one for each user of this host. Its connection is the proof that the machine
 * lives and is the one asked for: a machine that does not answer on it at once is asked for anew.
 */
#ifndef CLI_SHARED_H
#define CLI_SHARED_H

#include "cli/session.h"
#include "guest/guest.h"

/* The command or shell, over a shared connection where that can be, else over its own. Its status goes to s->exit_status. */
int shared_attach(struct session *s, const char *machine, const struct guest_session *session,
		  struct error *err);
/* The machine is about to stop: a keeper without a command ends, and has ended when this returns. */
void shared_retire(const struct session *s, const char *machine);
/* It has stopped: its keepers end at once. */
void shared_leave(const struct session *s, const char *machine);
/* What a login means there may have changed, such as the groups of its user: the next command makes a new one. */
void shared_renew(const struct session *s, const char *machine);

#endif
