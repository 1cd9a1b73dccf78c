/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network of a project as libvirt's network XML: pure, no connection. providers/network_view.h reads it.
 * Format: libvirt's formatnetwork document.
 */
#ifndef PROVIDERS_NETWORK_XML_H
#define PROVIDERS_NETWORK_XML_H

#include "core/env.h"
#include "providers/seating.h"
#include "providers/tag.h"

#define NETWORK_BRIDGE_BYTES 16 /* IFNAMSIZ */
#define NETWORK_MANAGEMENT_NAME "management"

/* libvirt's name: "bothy-<project id>" of the management network, others have "-<network>" behind it. Caller frees. */
char *network_libvirt_name(const char *project_id, const char *network);
/*
 * Its bridge: "by<project id>", of others "by" and 11 hex digits of SHA-256 over project id, "/" and name. The
 * result is a number that differs from network to network, to begin the search for a subnet with.
 */
unsigned long network_bridge(const char *project_id, const char *network,
			     char out[static NETWORK_BRIDGE_BYTES]);

/* All borrowed. */
struct network_design {
	struct seating seating;
	const struct tag *tag;  /* of the project; what is said of networks is filled in */
	const char *uuid, *mac; /* of the network that it replaces; NULL */
	const struct reservations *reservations;
};

/* Caller frees. */
char *network_xml(const struct network_design *d);

#endif
