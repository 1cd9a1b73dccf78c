/* SPDX-License-Identifier: Apache-2.0 */
/* What `upload` and `download` have in common: SRC [DST] [MACHINE], the login, the bar. */
#ifndef CLI_TRANSFER_H
#define CLI_TRANSFER_H

#include "cli/session.h"
#include "guest/guest.h"

struct transfer {
	struct session *session;
	const char *from, *to; /* borrowed from the words; `to` NULL: none was given */
	const char *machine;
	struct guest *guest;
	struct watcher watch;
};

/*
 * Takes the words, finds the machine and logs in. The second of two words is the machine if one of that name exists
 * in the project, as with Vagrant's upload. ERROR_USAGE if there is no SRC.
 */
int transfer_open(struct session *s, int argc, char **argv, struct transfer *out,
		  struct error *err);
void transfer_close(struct transfer *t);
#define cleanup_transfer cleanup(transfer_close)
/* Draws how far it is; `ctx` is a struct transfer. */
void transfer_progress(void *ctx, uint64_t done, uint64_t total);
/*
 * The last part of a path, which may end with slashes; NULL if there is none ("/"). What "." is called is known only of
 * one of this host: `here`. Caller frees.
 */
char *transfer_name(const char *path, bool here);
/* Says that it is done, into the machine (`up`) or out of it; or the document. */
void transfer_done(struct transfer *t, bool up, const char *to);

#endif
