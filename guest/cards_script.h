/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside this room: the script that configures cards in a guest, for every POSIX sh. It works on variables and one
 * table of cards, and has three functions for each manager of networks, whose name is part of theirs:
 *
 *   NAME_write    makes the manager's files right: sets $changed if it had to, $touched to the devices concerned
 *   NAME_apply    has the manager use them for $touched; fails with its reason in $words
 *   NAME_forget   removes our files where another manager rules (not of "plain", which has none)
 */
#ifndef GUEST_CARDS_SCRIPT_H
#define GUEST_CARDS_SCRIPT_H

#include "core/error.h"
#include "core/text.h"
#include "guest/cards.h"

struct cards_place {
	const char *root;     /* what the guest's files are below; "" is the guest itself */
	const char *reached;  /* the address that SSH goes to; NULL: not known */
	unsigned patience_ds; /* how long the cards may take to be as said, in tenths of a second */
	unsigned grace_ds;    /* and how long a guest that just boots may take by itself */
};

/*
 * Adds the script to *out. It ends with 0 when all is as said, else with the reason as the last line of standard
 * error. -1 with ERROR_GUEST if a card's MAC, address, prefix, gateway, DNS server or MTU is none.
 */
int cards_script(const struct guest_card *cards, size_t count, const struct cards_place *place,
		 struct text *out, struct error *err);

/* Its parts. */
extern const char cards_netplan[], cards_nmcli[], cards_networkd[], cards_wicked[];
extern const char cards_ifupdown[], cards_plain[];

#endif
