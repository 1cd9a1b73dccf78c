/* SPDX-License-Identifier: Apache-2.0 */
/* What a file wants of this host, and what it was read from. */
#ifndef CORE_WANT_H
#define CORE_WANT_H

#include <stddef.h>

#include "core/digest.h"

/* What a file wants of this host beyond its own directory: only a trusted one gets it (cli/trust.h). */
enum want_kind {
	WANT_COMMAND, /* runs on this host: `what` is the command, or "ansible-playbook site.yml" */
	WANT_PATH,    /* `what` is read, or shared with a machine: absolute, links followed */
	WANT_AGENT,   /* the user's SSH agent or display is lent to a machine */
};

struct want {
	enum want_kind kind;
	const char *machine; /* NULL: of the project */
	const char *what;
	const char *why; /* "before up", "folder at /srv", "upload", … */
	const char *file;
	int line;
};

/* A file that decided what the environment is: bothy.lua, included ones, and all that were read. */
struct env_source {
	const char *name; /* relative to the project */
	char digest[DIGEST_HEX_BYTES];
};

#endif
