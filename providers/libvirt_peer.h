/* SPDX-License-Identifier: Apache-2.0 */
/* libvirt's other driver, which may have machines of the same projects, on the same networks. */
#ifndef PROVIDERS_LIBVIRT_PEER_H
#define PROVIDERS_LIBVIRT_PEER_H

#include "providers/libvirt.h"

/* A connection to look through, ended by ConnectClose(); NULL where this host has no such driver. */
int libvirt_peer_open(struct libvirt_provider *p, virConnectPtr *out, struct error *err);

/* A card of a machine of any project, or of somebody else's, on a network of libvirt. All owned. */
struct network_user {
	char *network; /* libvirt's name of it */
	char *mac;
};

struct network_users {
	struct network_user *at;
	size_t count;
};

/* Of both drivers. */
int network_users_read(struct libvirt_provider *p, struct network_users *out, struct error *err);
/* Whether there is any on that network, with that MAC unless it is NULL. */
bool network_users_have(const struct network_users *u, const char *network, const char *mac);
void network_users_clear(struct network_users *u);
#define cleanup_network_users cleanup(network_users_clear)

#endif
