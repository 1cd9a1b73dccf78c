/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that provisioning reads, for bothy.lock: what does not depend on who cloned the project. Of a
 * file that is its SHA-256, as sha256sum prints it. Of a directory it is the SHA-256 over one record for each file and
 * link below it, in the order of their bytes, level by level: "f" or, if its owner may execute it, "x", or "l" for a link; a
 * blank; the SHA-256 of the contents, or of the link's target; a blank; the path below the directory; a zero byte.
 * Directories named .git or .bothy and files named bothy.lock are left out, and so are roles that ansible-galaxy brought.
 */
#ifndef CORE_PROVISION_FILES_H
#define CORE_PROVISION_FILES_H

#include <stdbool.h>

#include "core/env.h"
#include "core/error.h"

struct provision_file {
	const char *path; /* relative to the project, "." for all of it; absolute if outside of it */
	char digest[DIGEST_HEX_BYTES];
};

/*
 * Scripts, what is uploaded, playbooks with what is beside them, Compose files and user data, of all machines and of
 * once_all_up{}: each path once, in the order of their bytes. Files of sensitive provisioners and with the password of a
 * vault are not among them, since a digest can tell what a short secret is; nor, unless the project is trusted, are files
 * that lie outside of it, which are not opened then. Everything lives in the arena. It reads the files whole; one that is
 * missing or neither file nor directory is an error that names the machine.
 */
int provisioners_files(const struct env *env, bool trusted, struct arena *arena,
		       struct provision_file **out, size_t *out_count, struct error *err);

#endif
