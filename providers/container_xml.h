/* SPDX-License-Identifier: Apache-2.0 */
/* A machine as the XML of a system container: pure. Format: libvirt's drvlxc and formatdomain documents. */
#ifndef PROVIDERS_CONTAINER_XML_H
#define PROVIDERS_CONTAINER_XML_H

#include "core/env.h"
#include "providers/tag.h"

struct container_domain { /* all borrowed */
	const char *name;
	const char *uuid;    /* NULL: libvirt makes one up */
	const char *root;    /* directory on the host */
	const char *network; /* libvirt's name of it */
	const char *address, *prefix, *gateway;
	const struct machine *machine;
	const struct tag *tag;
};

/* Process 1 where the environment file gives no command. */
#define CONTAINER_INIT "/sbin/init"

/* Caller frees. */
char *container_xml(const struct container_domain *d);

#endif
