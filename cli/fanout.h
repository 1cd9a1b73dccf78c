/* SPDX-License-Identifier: Apache-2.0 */
/* One command in several machines at once. */
#ifndef CLI_FANOUT_H
#define CLI_FANOUT_H

#include "cli/session.h"

/*
 * Runs `command` by the login shell of each of the machines, all at the same time, with empty input. Each line of output
 * comes whole, behind the machine's name, on the stream it came by; with --json all of it is in one document. The worst
 * status, of those that could not be reached 255, goes to s->exit_status. -1 only if nothing could be begun, or
 * the user interrupted.
 */
int fanout_run(struct session *s, const struct strings *machines, const char *command,
	       struct error *err);
/*
 * The same document of one machine, for --json: over the login that commands share, and with the input of this program.
 * One that cannot be reached is an error here.
 */
int fanout_document(struct session *s, const char *machine, const char *command, struct error *err);

#endif
