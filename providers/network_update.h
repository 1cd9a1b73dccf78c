/* SPDX-License-Identifier: Apache-2.0 */
/* Changes who a running network knows, without stopping it. */
#ifndef PROVIDERS_NETWORK_UPDATE_H
#define PROVIDERS_NETWORK_UPDATE_H

#include "providers/libvirt.h"

/*
 * Gives the running network the <host> elements of DHCP and DNS that `wanted`, the XML of the same network, has, and
 * takes those away that it has not; its definition stays. Half of it may be done on failure; the rest is done by the
 * next call.
 */
int network_update(virNetworkPtr net, const char *wanted, struct error *err);
/* How many changes that would be, each of which takes libvirt 30 to 400 ms. */
int network_update_count(virNetworkPtr net, const char *wanted, size_t *out, struct error *err);

#endif
