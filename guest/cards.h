/* SPDX-License-Identifier: Apache-2.0 */
/* The network cards of a running guest, configured by whatever the guest configures its cards with. */
#ifndef GUEST_CARDS_H
#define GUEST_CARDS_H

#include "core/network.h"
#include "guest/guest.h"

struct guest_card { /* all borrowed */
	const char *mac;
	const char *ip; /* NULL without an ipv6 either: by DHCP */
	unsigned prefix;
	const char *ipv6; /* NULL: none but what the network announces */
	unsigned ipv6_prefix;
	bool dhcp;           /* IPv4 by DHCP, whatever ip says */
	const char *gateway; /* default route by this card; NULL: never one, also not from DHCP */
	const struct strings *dns; /* may be NULL */
	unsigned mtu;              /* 0: left alone */
	bool seeded; /* cloud-init was told of it, see struct seed_card: it is left to that where the guest has one */
};

/*
 * Makes each of these cards, found by its MAC, be as said, now and after the guest's next boot, without touching
 * other cards. By netplan, NetworkManager, systemd-networkd, wicked or ifupdown, whichever rules the guest; where there
 * is none, by ip(8) or busybox for as long as the guest runs. Files of ours have "bothy" in their names, or such a mark
 * in them; those of cards that are no more said go. What is so already is not touched. count 0 only removes.
 * Waits until the cards have their addresses, also those by DHCP, except where no cable is plugged in.
 * ERROR_GUEST says which card is missing, or what failed with the guest's own words.
 */
int guest_configure_cards(struct guest *g, const struct guest_card *cards, size_t count,
			  int64_t deadline_ms, struct error *err);

#endif
