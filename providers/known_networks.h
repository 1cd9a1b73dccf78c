/* SPDX-License-Identifier: Apache-2.0 */
/* All networks that libvirt has, of bothy and of others, read once. */
#ifndef PROVIDERS_KNOWN_NETWORKS_H
#define PROVIDERS_KNOWN_NETWORKS_H

#include "providers/libvirt.h"
#include "providers/network_view.h"

struct known_network { /* all owned */
	virNetworkPtr net;
	xmlDocPtr doc; /* as it will be when it is started the next time: only that has all of the tag */
	struct network_view view; /* into doc */
	bool active;
};

struct known_networks {
	struct known_network *at;
	size_t count;
};

int known_networks_read(virConnectPtr conn, struct known_networks *out, struct error *err);
/* A network by its name in a project of bothy, or by libvirt's name of it; NULL if there is none. Borrowed. */
const struct known_network *known_networks_of(const struct known_networks *k,
					      const char *project_id, const char *name);
const struct known_network *known_networks_named(const struct known_networks *k, const char *name);
void known_networks_clear(struct known_networks *k);
#define cleanup_known_networks cleanup(known_networks_clear)

/* By libvirt's name of it; ERROR_NOT_FOUND if there is none. */
int known_network_find(virConnectPtr conn, const char *name, virNetworkPtr *out, struct error *err);
/* The XML of one network as it will be when it is started the next time. */
int known_network_describe(virNetworkPtr net, xmlDocPtr *out, struct error *err);

#endif
