/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A project's network as libvirt's network XML, and back: pure, no connection.
 * Format: libvirt's formatnetwork document.
 */
#ifndef PROVIDERS_NETWORK_XML_H
#define PROVIDERS_NETWORK_XML_H

#include <stdbool.h>
#include <stdint.h>

#include "core/env.h"
#include "providers/subnet.h"
#include "providers/tag.h"

#define NETWORK_NAME_BYTES (sizeof("bothy-") + ENV_ID_BYTES)
#define NETWORK_PREFIX "24"

/* "bothy-<project id>" */
void network_name(const char *project_id, char out[static NETWORK_NAME_BYTES]);

/* A machine's place on the network. All owned. */
struct reservation {
	char *name; /* the machine's, in its project */
	char *hostname;
	char *mac;
	uint32_t address;
};

struct reservations {
	struct reservation *at;
	size_t count;
};

void reservations_add(struct reservations *r, const struct machine *m, uint32_t address);
void reservations_clear(struct reservations *r);
#define cleanup_reservations cleanup(reservations_clear)
/* The lowest free address for a machine in that /24, or 0 if there is none. */
uint32_t reservations_next(const struct reservations *r, uint32_t subnet);
/* Finds by MAC or by name. Borrowed. */
const struct reservation *reservations_by_mac(const struct reservations *r, const char *mac);
const struct reservation *reservations_by_name(const struct reservations *r, const char *name);

/* The whole network. Caller frees. */
char *network_xml(const struct env *env, const struct tag *tag, uint32_t subnet,
		  const struct reservations *r);
/* One <host> of <dhcp> or of <dns>, for virNetworkUpdate(). Caller frees. */
char *network_xml_dhcp_host(const struct reservation *r);
char *network_xml_dns_host(const struct reservation *r);

/* What a network's XML says. Borrowed from the document, but for the reservations. */
struct network_view {
	struct tag tag;
	const char *name, *bridge, *domain;
	uint32_t gateway; /* 0: no address */
	const char *netmask, *prefix;
	struct reservations reservations;
};

/* False if it is no network of bothy; nothing needs to be freed then. */
bool network_view_read(xmlDocPtr doc, struct network_view *out);
void network_view_clear(struct network_view *v);
#define cleanup_network_view cleanup(network_view_clear)
/* Whether <dns> knows the reservation's address by both of its names. */
bool network_knows_names(xmlDocPtr doc, const struct reservation *r);
/* Whether <dns> has anything for that address. */
bool network_has_address(xmlDocPtr doc, uint32_t address);

#endif
