/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The networks of a project, with a place and names for each of its cards. Needs nothing but libvirt's calls, so that
 * every member of the group libvirt can do it. Root does three things more: a network made anew keeps the running
 * machines plugged in, this host is deaf on internal networks, and its kernel is told where machines are.
 */
#ifndef PROVIDERS_LIBVIRT_NETWORK_H
#define PROVIDERS_LIBVIRT_NETWORK_H

#include "providers/libvirt.h"
#include "providers/xml.h"

/* Behind the slots of both providers. */
int libvirt_network_ensure(struct provider *p, const struct env *env, struct error *err);
int libvirt_network_remove(struct provider *p, const char *project_id, struct error *err);

/*
 * Adds what stands in the way of the networks that machines of this provider have cards on: subnets that something
 * else on this host has, devices that it does not have, networks that libvirt does not have.
 */
int libvirt_network_check(struct provider *p, const struct env *env, struct problems *out,
			  struct error *err);

/*
 * Starts the networks that a domain has cards on if they do not run, as after a restart of the host without autostart.
 * ERROR_NOT_FOUND if one is missing.
 */
int libvirt_network_start(struct libvirt_provider *p, xmlDocPtr domain, struct error *err);

/* Where a card is. Owned; NULL: none, or not known. */
struct place {
	char *network; /* libvirt's name of it; NULL: BRIDGED */
	char *bridge; /* the host's bridge, where the network has one of its own or is BRIDGED to one */
	char *device;  /* BRIDGED to a card of the host by macvtap: that card */
	char *address; /* reserved for it, or said */
	char *prefix;  /* its length, "24" */
	char *ipv6, *ipv6_prefix;
	char *gateway; /* the host's address where the way out leads over it */
	char *server;  /* the host's address where it answers names */
	char *domain;
};

/*
 * Of the card with that MAC on that network of the project, by the name it has in struct network. What is not on a
 * network of ours is taken from `network` and `card`, and what is missing there from what libvirt says of the network.
 * ERROR_NOT_FOUND if there is no such network or device, or no place on it.
 */
int libvirt_place(struct libvirt_provider *p, const char *project_id, const struct network *network,
		  const struct card *card, struct place *out, struct error *err);
/*
 * The same by libvirt's name of the network, as a domain's XML has it. On one that is none of ours no address is
 * success, too.
 */
int libvirt_place_in(struct libvirt_provider *p, const char *network, const char *mac,
		     struct place *out, struct error *err);
void place_clear(struct place *place);
#define cleanup_place cleanup(place_clear)

#endif
