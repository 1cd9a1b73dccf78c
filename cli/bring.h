/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A box brought from wherever it is into this host's store: found, downloaded, checked, handed to the
 * provider that will make machines of it, and written down under its name.
 */
#ifndef CLI_BRING_H
#define CLI_BRING_H

#include "boxes/entry.h"
#include "boxes/lockfile.h"
#include "boxes/offer.h"
#include "cli/session.h"

struct bring { /* all borrowed */
	struct session *session;
	const struct box_want *want;
	const struct lock_box *locked; /* it must be this very file; NULL: what is offered now */
	const char
		*provider; /* who will hold it: "kvm", "container", "fake"; NULL: what it is for, */
	const char *preferred; /* or this one, if it takes such boxes; may be NULL, too */
	const char *
		user; /* who to log in as, if known better than by the box; NULL: as it is offered */
	unsigned first_boot; /* enum first_boot, likewise; 0 */
	const char *origin; /* to be written down as where it is from; NULL: the URL that was used */
	const char *name;   /* what to call it; NULL: as it is offered */
	const char *version; /* of a box that is offered without one; NULL: none */
	bool again;          /* also if it is there already */
	bool keeps_others;   /* a box of that name and version with other content is an error */
	const struct watcher *watch;
};

/*
 * *out is what stands in the store then. *out_new (may be NULL) is false if it was there already. Two
 * processes that bring the same file do the work once: one waits for the other.
 */
int bring_box(const struct bring *b, struct entry *out, bool *out_new, struct error *err);

#endif
