/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: one command or shell on an open connection, as bytes in both directions. */
#ifndef GUEST_REMOTE_H
#define GUEST_REMOTE_H

#include <libssh/libssh.h>
#include <libssh/callbacks.h>

#include "guest/link.h"

struct remote {
	struct guest *guest;
	ssh_channel handle;
	bool has_status;
	int status; /* exit status; 128+n if a signal ended it */
	struct ssh_channel_callbacks_struct callbacks;
};

/*
 * The first steps without waiting, for several channels on one connection: a new channel, which must stay where it is
 * until remote_close(), and then, each called again while it returns 0: -1 with err, 1 when it is done. They close
 * nothing. A channel that cannot be opened leaves the others as they are.
 */
int remote_prepare(struct remote *c, struct guest *g, struct error *err);
int remote_opening(struct remote *c, struct error *err);
int remote_pty_coming(struct remote *c, const char *term, int columns, int rows, struct error *err);
int remote_starting(struct remote *c, const char *command, struct error *err);

/* A fresh channel; *c must stay where it is until remote_close(). */
int remote_open(struct remote *c, struct guest *g, struct patience *p, struct error *err);
int remote_pty(struct remote *c, const char *term, int columns, int rows, struct patience *p,
	       struct error *err);
/* Starts the command, or a login shell if it is NULL. */
int remote_start(struct remote *c, const char *command, struct patience *p, struct error *err);
/* How many bytes of stream 1 or 2 were there to take; 0 if none now; -1 if the connection is lost. */
int remote_read(struct remote *c, int stream, void *buf, size_t size, struct error *err);
/* How many bytes the other side has room for; 0 if none now, -1 if the connection is lost. */
int remote_write(struct remote *c, const void *data, size_t len, struct error *err);
/* No more output can come. What has come may not have been read yet. */
bool remote_ended(const struct remote *c);
/* Asks the other side to end the command: it would go on without us otherwise. Not heard by all, above all not as root. */
void remote_terminate(struct remote *c);
/* Ends every command that runs over this connection, for at most a second. Those with a terminal end by being closed. */
void remote_end_all(struct guest *g);
void remote_close(struct remote *c);

#endif
