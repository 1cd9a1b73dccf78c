/* SPDX-License-Identifier: Apache-2.0 */
/* From a machine's name to a verified login: address, keys and pins of .bothy put together. */
#ifndef CLI_REACH_H
#define CLI_REACH_H

#include "cli/session.h"
#include "guest/guest.h"
#include "guest/identity.h"

struct reach {
	struct identity identity;
	char *address, *pin_path, *user, *name;
	struct guest_target target; /* borrows the above */
};

/*
 * Fills the target of a machine that exists; `want` may be NULL (no longer in the file). `user` NULL:
 * the one recorded at creation. ERROR_NOT_FOUND with a hint where its keys are gone.
 */
int reach_init(struct session *s, const struct observed_machine *have, const struct machine *want,
	       struct reach *out, struct error *err);
void reach_clear(struct reach *t);
#define cleanup_reach cleanup(reach_clear)

/* Finds the machine, which must run and be one to log in to, and fills its target. */
int reach_find(struct session *s, const char *machine, struct reach *out, struct error *err);
/* Connects to it. */
int reach_connect(const struct reach *t, struct guest **out, struct error *err);
/* Both. For one command use shared_attach() of cli/shared.h, which needs no login of its own. */
int reach_open(struct session *s, const char *machine, struct guest **out, struct error *err);
/* The error about a machine that is off (`have`) or not there at all (NULL), with what brings it up. Returns -1. */
int reach_missing(const struct session *s, const char *machine, const struct observed_machine *have,
		  struct error *err);
/* The running machine of that name; ERROR_NOT_FOUND with what to type if there is none or it is off. */
int reach_machine(struct session *s, const char *machine, const struct observed_machine **out,
		  struct error *err);
/* The line of it in a file of known hosts (sshd(8)), with the newline. Caller frees. */
char *reach_known_host(const struct reach *t);
/* Writes <machine>/known_hosts for `ssh`, in the format of sshd(8): "address key". */
int reach_write_known_hosts(const struct session *s, const struct reach *t, struct error *err);

#endif
