/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ran of once_all_up{}: <project>/.bothy/provision.json, as core/record.h has it. Its "machine" is a digest over
 * the names and ids of all machines of the file, so that with one made anew nothing has run.
 */
#ifndef CLI_ONCE_H
#define CLI_ONCE_H

#include "cli/session.h"

/* "" in place of an id stands for a machine that does not exist. */
void once_id(const struct env *env, const struct observed *observed,
	     char out_hex[static DIGEST_HEX_BYTES]);
/* What ran so far, for those machines that s->observed has. Needs session_observe(). Cleared by the caller. */
void once_load(const struct session *s, struct record *out);
/*
 * Keeps how p, one of s->env.once, ended as it is by that digest, for the machines that exist now, which it asks for:
 * they may have been made since session_observe(). Called from several threads.
 */
int once_save(struct session *s, const struct provisioner *p, const char *digest, bool ok,
	      struct error *err);
/*
 * Asks the providers of all machines of the file what exists now. s->observed stays: steps of a plan point into it. The
 * caller clears it. Called from several threads.
 */
int once_observe(struct session *s, struct observed *out, struct error *err);

#endif
