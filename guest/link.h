/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside this room: the open connection, from a connected socket to a verified and logged-in
 * session. Everything is non-blocking underneath, so that every wait is a patience_poll().
 */
#ifndef GUEST_LINK_H
#define GUEST_LINK_H

#include <libssh/libssh.h>
#include <stddef.h>

#include "guest/guest.h"
#include "guest/patience.h"

enum root_way { ROOT_UNKNOWN, ROOT_SELF, ROOT_SUDO, ROOT_NONE };

struct guest {
	ssh_session session;
	char *machine, *user;
	char *place;       /* "10.0.0.5:22" */
	char *host_public; /* what it presented: "ssh-ed25519 AAAA…" */
	size_t key_used;   /* which of the offered keys it took; their number: the password */
	enum guest_first first;
	enum root_way root;
	char *became; /* the user that became_check() said yes to last */
};

enum link_result {
	LINK_OPEN,
	LINK_BROKEN,   /* it broke off or made no sense: may work a little later */
	LINK_HOST_KEY, /* another host key than expected */
	LINK_REFUSED,  /* none of the keys is accepted */
	LINK_FATAL,    /* no use to try again */
};

struct link_offer {
	const char *host_public; /* what it must present; NULL: anything */
	ssh_key keys[2];         /* tried in this order; borrowed */
	size_t key_count;
	const char *password; /* tried last; NULL: none */
};

/* Takes fd over, whatever happens. Any result but LINK_OPEN has err set. */
enum link_result link_open(const struct guest_target *t, const struct link_offer *offer, int fd,
			   struct patience *p, struct guest **out, struct error *err);
/* Waits until the session's socket has something to do, with `extra` descriptors beside it (may be NULL). */
int link_wait(struct guest *g, struct pollfd *extra, size_t extra_count, struct patience *p,
	      struct error *err);
/* What -1 of a wait means while a connection is set up: the deadline of this attempt, or a reason to end everything. */
enum link_result link_waiting_failed(const struct error *err);
/* ERROR_GUEST with libssh's words: "cannot WHAT 'web': …". Returns -1. */
int link_error(struct guest *g, const char *what, struct error *err);

void link_free_key(ssh_key *key);
#define cleanup_key cleanup(link_free_key)

#endif
