/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside this room: the login user's authorized_keys. Each change is one command that leaves either the old or the new
 * file, never half of one, and keeps its mode and owner.
 */
#ifndef GUEST_AUTHORIZED_H
#define GUEST_AUTHORIZED_H

#include "guest/guest.h"

struct authorized_change {
	struct text removed; /* patterns of lines: words for "grep -vF" */
	struct text added;   /* commands of the script */
};

/* Lines that have this in them go. */
void authorized_remove(struct authorized_change *c, const char *blob);
/* "ssh-ed25519 AAAA… comment" comes to the end, unless its key is there. */
void authorized_add(struct authorized_change *c, const char *public_line);
/* Does it, and clears *c. ERROR_GUEST: "status 1: …", for the caller to wrap. */
int authorized_apply(struct guest *g, struct authorized_change *c, int64_t deadline_ms,
		     struct error *err);

#endif
