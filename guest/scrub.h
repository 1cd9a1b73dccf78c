/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a running machine's identity away, so that a box can be made of its disk: what core/identity_paths.h
 * lists, the host name, our keys. Afterwards nobody of us can log in again: the open connection is the last one,
 * and the machine is to be switched off.
 */
#ifndef GUEST_SCRUB_H
#define GUEST_SCRUB_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/text.h"

struct guest;

struct scrub { /* borrowed */
	const char *
		user_public; /* the key to take out of the lists of root and of the login; NULL: none */
	bool known_keys; /* Vagrant's well-known keys let the login in again, as everybody's box has it */
	int64_t deadline_ms;
};

/*
 * Goes by sh, of busybox too, with or without systemd. Nothing is removed through a mount. Keys go last: after a
 * failure before them the machine can still be reached.
 */
int guest_scrub(struct guest *g, const struct scrub *what, struct error *err);

/*
 * The script that does it, for the login `user`, in the tree at `root` ("": this machine, which is then told to keep
 * nothing new either).
 */
void scrub_script(const struct scrub *what, const char *user, const char *root, struct text *out);

#endif
