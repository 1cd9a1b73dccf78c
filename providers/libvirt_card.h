/* SPDX-License-Identifier: Apache-2.0 */
/* The cards of machines as libvirt has them: where they are, who reaches them, and pulling their cables out. */
#ifndef PROVIDERS_LIBVIRT_CARD_H
#define PROVIDERS_LIBVIRT_CARD_H

#include "providers/card_note.h"
#include "providers/libvirt_network.h"

/* Of a machine's cards, in their order. Owned. */
struct places {
	struct place *at;
	size_t count;
};

/* Where the cards of a machine that is being made or changed will be. */
int libvirt_places(struct libvirt_provider *p, const struct provider_creation *what,
		   struct places *out, struct error *err);
void places_clear(struct places *places);
#define cleanup_places cleanup(places_clear)

/*
 * Tells this host's kernel the hardware addresses of a machine that was just started, so that its first packets need
 * not wait for the machine to answer. Needs root and does nothing otherwise; only on networks made by bothy.
 */
void libvirt_announce_cards(struct libvirt_provider *p, xmlDocPtr domain, const struct tag *tag);
/* Takes that back once the machine is off: nothing of it shall remain, and who connects to it shall not wait in vain. */
void libvirt_withdraw_cards(struct libvirt_provider *p, virDomainPtr dom);

/* Behind the slots of both providers. */
char *libvirt_card_caveat(struct provider *p, const struct env *env, const struct machine *m);
int libvirt_machine_address(struct provider *p, const char *id, struct provider_address *out,
			    struct error *err);
int libvirt_machine_cards(struct provider *p, const char *id, struct provider_card **out,
			  size_t *out_count, struct error *err);
int libvirt_machine_places(struct provider *p, const struct provider_creation *what,
			   struct provider_card **out, size_t *out_count, struct error *err);

#endif
