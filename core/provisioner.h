/* SPDX-License-Identifier: Apache-2.0 */
/* Provisioners: their names, files and digests. */
#ifndef CORE_PROVISIONER_H
#define CORE_PROVISIONER_H

#include "core/env.h"
#include "core/error.h"

/*
 * Copies raw into m->provision with everything filled in but the digest: a name for each, absolute
 * paths. Files that are missing or cannot be read become problems.
 */
void provisioners_take(const struct provisioners *raw, const char *directory, const char *file,
		       struct machine *m, struct arena *arena, struct problems *problems);
/*
 * Fills the digest of every provisioner: over all that decides what it does (script bytes, uploaded
 * files with their modes, arguments, environment, user). It reads those files whole, so only what
 * plans asks for it.
 */
int provisioners_digest(struct env *env, struct error *err);
/* "shell", "script" or "upload". Static. */
const char *provisioner_kind_name(enum provisioner_kind kind);

#endif
