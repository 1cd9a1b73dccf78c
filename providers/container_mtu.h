/* SPDX-License-Identifier: Apache-2.0 */
/* The sizes of packets on a container's cards, which libvirt's LXC driver leaves as they come. */
#ifndef PROVIDERS_CONTAINER_MTU_H
#define PROVIDERS_CONTAINER_MTU_H

#include "providers/libvirt.h"
#include "providers/xml.h"

/*
 * Gives the cards of a container that was just started the <mtu> of their definition, else that of their network.
 * Those without are left alone. Needs root.
 */
int container_set_mtus(struct libvirt_provider *p, virDomainPtr dom, xmlDocPtr doc,
		       struct error *err);

#endif
