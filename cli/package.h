/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine made into a box. The machine itself keeps its identity: what is taken out of a VM is taken
 * out of a layer over its disks, what is taken out of a container is not copied.
 */
#ifndef CLI_PACKAGE_H
#define CLI_PACKAGE_H

#include "boxes/pack.h"
#include "cli/session.h"

struct package {                             /* borrowed */
	const struct machine *want;          /* the file's */
	const struct observed_machine *have; /* complete */
	struct provider *provider;
	const char *path;        /* of the box; must not exist */
	enum pack_format format; /* PACK_ROOTFS for containers only, and nothing else for them */
	const char *vagrantfile; /* NULL: a minimal one */
};

/* The machine is shut down, and off when this ends, well or not. */
int package_machine(struct session *s, const struct package *p, struct error *err);

#endif
