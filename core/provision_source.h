/* SPDX-License-Identifier: Apache-2.0 */
/* The files of this host that a provisioner reads. */
#ifndef CORE_PROVISION_SOURCE_H
#define CORE_PROVISION_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/provision_draft.h"

struct provision_source {
	const char *path; /* absolute */
	const char *what; /* "script", "playbook", "roles": tells those of one provisioner apart */
	bool may_be_directory; /* else only a file will do */
	bool neighbour; /* beside a playbook, found by its name: a link there is not followed */
	bool secret;    /* not even its digest may be told */
};

/*
 * Those of p: scripts, uploads, playbooks with what ansible reads because it stands beside them, the files that options
 * name. Of neighbours only what exists. A script from a URL has none. Lives in the arena; *out_count of them.
 */
struct provision_source *provision_sources(const struct provisioner *p, struct arena *arena,
					   size_t *out_count);
/* Whether it can be read, and is no pipe or device, which could last for ever. It is looked at, not opened. */
int provision_source_check(const struct provision_source *s, struct error *err);
/* Whether ansible reads what has that name because it stands beside a playbook; a directory but for "ansible.cfg". */
bool provision_is_neighbour(const char *name);
/*
 * True for a directory that ansible-galaxy installed: what is in it follows from a file of roles. Nobody who compares
 * contents may look into it: it is not there before the first run.
 */
bool provision_is_from_galaxy(const char *directory);
/*
 * Adds a problem for each file of d->p that cannot be read, and what it wants of this host: to read what is not in the
 * project, which sets p->outside, and to run ansible.
 */
void provision_source_take(const struct provision_draft *d);

#endif
