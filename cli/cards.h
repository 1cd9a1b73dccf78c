/* SPDX-License-Identifier: Apache-2.0 */
/* A machine's cards, carried from what its engine gave them into the guest. */
#ifndef CLI_CARDS_H
#define CLI_CARDS_H

#include "cli/boot.h"

/*
 * Has the guest use its cards as the file and the engine say, those that it gets right by itself left out: the card that a
 * box asks DHCP for, and in a container those that have their address from outside. Costs nothing where there is nothing
 * to do and never was.
 */
int cards_configure(const struct boot *b, struct guest *g, struct error *err);

#endif
