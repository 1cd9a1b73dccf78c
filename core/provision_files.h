/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that provisioning reads, for bothy.lock: what does not depend on who cloned the project. Of a
 * file that is its SHA-256, as sha256sum prints it. Of a directory it is the SHA-256 over one record for each file and
 * link below it, in the order of their bytes, level by level: "f" or, if its owner may execute it, "x", or "l" for a link; a
 * blank; the SHA-256 of the contents, or of the link's target; a blank; the path below the directory; a zero byte.
 * Directories named .git or .bothy and files named bothy.lock are left out.
 */
#ifndef CORE_PROVISION_FILES_H
#define CORE_PROVISION_FILES_H

#include "core/env.h"
#include "core/error.h"

struct provision_file {
	const char *path; /* relative to the project, "." for all of it; absolute if outside of it */
	char digest[DIGEST_HEX_BYTES];
};

/*
 * Scripts and what is uploaded by all machines: each path once, in the order of their bytes. Everything lives in the
 * arena. It reads the files whole; one that is missing or neither file nor directory is an error that
 * names the machine.
 */
int provisioners_files(const struct env *env, struct arena *arena, struct provision_file **out,
		       size_t *out_count, struct error *err);

#endif
