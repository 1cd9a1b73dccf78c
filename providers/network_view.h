/* SPDX-License-Identifier: Apache-2.0 */
/* What libvirt's XML of a network says: pure. Format: libvirt's formatnetwork document. */
#ifndef PROVIDERS_NETWORK_VIEW_H
#define PROVIDERS_NETWORK_VIEW_H

#include "core/network.h"
#include "providers/reservation.h"
#include "providers/subnet.h"
#include "providers/tag.h"

/* Borrowed from the document, but for the reservations. NULL: not said. */
struct network_view {
	struct tag tag;           /* project_id NULL: not a network of bothy */
	const char *network;      /* its name in the project; NULL: no network of bothy */
	enum network_kind kind;   /* FOREIGN: no network of bothy */
	const char *name, *uuid;  /* libvirt's */
	const char *bridge, *mac; /* of the host, on it */
	const char *domain;
	bool leads_out; /* to where the host's own way out leads */
	bool has_names; /* the host answers names on it */
	bool has_subnet, has_ipv6;
	struct subnet subnet, ipv6;
	uint32_t gateway; /* the host's address; 0: it has none */
	struct reservations reservations;
};

/* False if it is no network of bothy; nothing needs to be cleared then. */
bool network_view_read(xmlDocPtr doc, struct network_view *out);
/* Of any network. Who has a place in one that is not ours has the name that its DHCP knows, or "". */
void network_view_read_any(xmlDocPtr doc, struct network_view *out);
void network_view_clear(struct network_view *v);
#define cleanup_network_view cleanup(network_view_clear)

/* Adds every IPv4 subnet and route of the network's XML. */
void network_add_subnets(xmlDocPtr doc, struct subnets *out);

#endif
