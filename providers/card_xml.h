/* SPDX-License-Identifier: Apache-2.0 */
/* What the <interface> elements of VMs and containers have in common: pure. Format: libvirt's formatdomain document. */
#ifndef PROVIDERS_CARD_XML_H
#define PROVIDERS_CARD_XML_H

#include "core/env.h"
#include "providers/libvirt_network.h"
#include "providers/xml.h"

/*
 * Opens the element and says its MAC, what it is plugged into and, if that was said, its MTU; xml_end() closes it.
 * The MTU of the network is repeated, since libvirt 9.0 tells it to its own end of a VM's cable only.
 */
void card_xml_open(struct xml *x, const struct network *network, const struct card *card,
		   const struct place *place);

/* Where what is for nobody near goes: by which card, and to whom. Borrowed. */
struct way_out {
	size_t card; /* SIZE_MAX: by none */
	const char *gateway;
};

/* By the card that says a gateway, else by the first whose network leads out. `places` are those of m->cards. */
struct way_out way_out_of(const struct machine *m, const struct place *places);

#endif
