/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/provider_card.h"

#include <stdlib.h>

void provider_cards_free(struct provider_card *cards, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(cards[i].network);
		free(cards[i].ip);
		free(cards[i].ipv6);
		free(cards[i].gateway);
		free(cards[i].server);
		free(cards[i].domain);
	}
	free(cards);
}

void provider_cards_clear(struct provider_cards *c)
{
	provider_cards_free(c->at, c->count);
	*c = (struct provider_cards){ 0 };
}
