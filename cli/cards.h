/* SPDX-License-Identifier: Apache-2.0 */
/* A machine's cards, carried from what its engine gave them into the guest. */
#ifndef CLI_CARDS_H
#define CLI_CARDS_H

#include "cli/boot.h"
#include "core/seed.h"

/*
 * Has the guest use its cards as the file and the engine say, those that it gets right by itself left out: the card that a
 * box asks DHCP for, and in a container those that have their address from outside. Costs nothing where there is nothing
 * to do and never was.
 */
int cards_configure(const struct boot *b, struct guest *g, struct error *err);
/*
 * What has to be in the guest before anybody can log in to it, from what the engine gives its cards: where the machine is
 * not on the management network, those with an address that no DHCP server of ours gives; then also, to be asked for by
 * DHCP, its first card and the one to log in by. *out lives in the arena; the count is 0 where boxes get it right.
 */
size_t cards_for_seed(const struct env *env, const struct machine *m,
		      const struct provider_cards *given, struct arena *arena,
		      const struct seed_card **out);

#endif
