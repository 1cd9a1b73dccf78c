/* SPDX-License-Identifier: Apache-2.0 */
/* The cables of the cards of machines. */
#ifndef PROVIDERS_LIBVIRT_LINK_H
#define PROVIDERS_LIBVIRT_LINK_H

#include "providers/card_note.h"
#include "providers/provider.h"

/* Whether the cable of that card of a domain is pulled out. False while the machine is off. */
bool libvirt_link_is_down(xmlDocPtr domain, const struct card_note *n);

/* Behind the slots of both providers. */
int libvirt_card_link(struct provider *p, const char *id, const char *mac, bool up,
		      struct error *err);

#endif
