/* SPDX-License-Identifier: Apache-2.0 */
/* A machine as the XML of a system container: pure. Format: libvirt's drvlxc and formatdomain documents. */
#ifndef PROVIDERS_CONTAINER_XML_H
#define PROVIDERS_CONTAINER_XML_H

#include "core/env.h"
#include "providers/libvirt_network.h"
#include "providers/tag.h"

struct container_domain { /* all borrowed */
	const char *name;
	const char *uuid; /* NULL: libvirt makes one up */
	const char *root; /* directory on the host */
	const struct machine *machine;
	const struct place *places;     /* of the machine's cards */
	const struct network *networks; /* that they are on, by card.network */
	const struct tag *tag;
};

/* Process 1 where the environment file gives no command. */
#define CONTAINER_INIT "/sbin/init"

/* Caller frees. */
char *container_xml(const struct container_domain *d);

#endif
