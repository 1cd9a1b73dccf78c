/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rsync's remote shell without a connection of its own: rsync starts 'bothy rsync-shell', which hands the descriptors that
 * rsync gave it over to the bothy that started rsync, and that joins them to a command on its open connection.
 */
#ifndef CLI_RSYNCSHELL_H
#define CLI_RSYNCSHELL_H

#include "core/text.h"
#include "guest/guest.h"
#include "guest/rsync.h"

/* Runs rsync with its remote shell on that connection; r->shell is filled in here. */
int rsyncshell_run(struct guest *g, struct rsync *r, struct rsync_result *out, struct error *err);
/* The other end, a command of the program: NAME-OF-SOCKET HOST COMMAND [WORD…]. Sets s->exit_status. */
struct session;
int rsyncshell_main(struct session *s, int argc, char **argv, struct error *err);

#endif
