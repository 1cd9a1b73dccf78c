/* SPDX-License-Identifier: Apache-2.0 */
/* How a machine hangs on the network, as its engine has it. */
#ifndef PROVIDERS_PROVIDER_CARD_H
#define PROVIDERS_PROVIDER_CARD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/network.h"

struct provider_address {
	char *ip;      /* owned by the caller */
	unsigned port; /* 0: the one the guest's sshd listens at */
};

/* A card as the engine has it. Strings are owned; NULL: none, or not known. */
struct provider_card {
	char *network; /* name in the project, or the engine's for FOREIGN */
	enum network_kind kind;
	char mac[NETWORK_MAC_BYTES];
	char *ip; /* reserved or fixed; NULL: by a DHCP that is not ours */
	unsigned prefix;
	char *ipv6;
	unsigned ipv6_prefix;
	char *gateway; /* the host's address on it, where the way out leads over that */
	char *server;  /* the host's address on it, where it answers names there */
	char *domain;  /* what those end in */
	bool link_down;
};

void provider_cards_free(struct provider_card *cards, size_t count);

struct provider_cards {
	struct provider_card *at; /* owned */
	size_t count;
};

void provider_cards_clear(struct provider_cards *c);
#define cleanup_provider_cards cleanup(provider_cards_clear)

#endif
