/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioners: their names, files and digests. */
#ifndef CORE_PROVISIONERS_H
#define CORE_PROVISIONERS_H

#include <stdint.h>

#include "core/env.h"
#include "core/error.h"

struct normalizer; /* core/normalizer.h */

/*
 * Copies raw into *out, in the order of running, with copies of those that run around each other one, and with
 * everything filled in but the digest: a name for each, absolute paths. `m` is whose they are; NULL: those of
 * once_all_up{}. `file` has those that do not say theirs. What is wrong, and files that are missing or cannot be read,
 * become problems; what they want of this host is noted.
 */
void provisioners_take(struct normalizer *n, const struct provisioners *raw,
		       const struct machine *m, const char *file, struct provisioners *out);
/*
 * Fills the digest of every provisioner, also of env.once: over all that decides what it does (script bytes, uploaded
 * files with their modes, arguments, environment, user; of a playbook also what is beside it). It reads those files whole,
 * so only what plans asks for it. Not trusted: nothing outside of the project is opened, and whoever names something there
 * has a digest over paths.
 */
int provisioners_digest(struct env *env, bool trusted, struct error *err);
/* "shell", "cloud_init", …: the word. Static. */
const char *provisioner_kind_name(enum provisioner_kind kind);
/* True for a script whose `from` is an https:// URL. */
bool provisioner_has_url(const struct provisioner *p);
/* True if it runs on this host; else it runs in a machine. */
bool provisioner_is_on_host(const struct provisioner *p);
/* When a try that begins now has to have ended, as clock_ms() counts; 0: never. */
int64_t provisioner_deadline(const struct provisioner *p);

#endif
