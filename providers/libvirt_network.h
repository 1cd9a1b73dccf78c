/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network of a project: one NAT network with an address and a name for each machine. Needs
 * nothing but libvirt's calls, so that every member of the group libvirt can do it.
 */
#ifndef PROVIDERS_LIBVIRT_NETWORK_H
#define PROVIDERS_LIBVIRT_NETWORK_H

#include "providers/libvirt.h"
#include "providers/xml.h"

/* Behind the slots of both providers. */
int libvirt_network_ensure(struct provider *p, const struct env *env, struct error *err);
int libvirt_network_remove(struct provider *p, const char *project_id, struct error *err);

/* Starts the project's network if it does not run, as after a restart of the host without autostart. */
int libvirt_network_start(struct libvirt_provider *p, const char *project_id, struct error *err);

/* Where a machine is on its project's network. */
struct place {
	char *address, *gateway, *prefix, *bridge, *domain;
};

/* ERROR_NOT_FOUND if there is no network, or no address reserved for that MAC. */
int libvirt_place(struct libvirt_provider *p, const char *project_id, const char *mac,
		  struct place *out, struct error *err);
void place_clear(struct place *place);
#define cleanup_place cleanup(place_clear)

/*
 * Tells this host's kernel the hardware address of a machine that was just started, so that its first
 * packets need not wait for the machine to answer. Needs root and does nothing otherwise.
 */
void libvirt_announce(struct libvirt_provider *p, xmlDocPtr domain, const char *project_id);

#endif
