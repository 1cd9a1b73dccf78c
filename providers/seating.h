/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets which address on a network: pure. */
#ifndef PROVIDERS_SEATING_H
#define PROVIDERS_SEATING_H

#include "core/env.h"
#include "core/error.h"
#include "providers/reservation.h"
#include "providers/subnet.h"

/* A card that wants a place. Borrowed. */
struct seat {
	const struct machine *machine;
	const struct card *card;
};

struct seats {
	struct seat *at; /* owned */
	size_t count;
};

/* The network, in the subnet that it has or is going to have. */
struct seating {
	const struct network *network;
	struct subnet subnet; /* IPv4 */
};

void seats_add(struct seats *s, const struct machine *machine, const struct card *card);
void seats_clear(struct seats *s);
#define cleanup_seats cleanup(seats_clear)

/* The host's own address on it: the first; 0 on networks that the host is not on. */
uint32_t seating_host(const struct seating *s);
/*
 * From where to where machines without a place get theirs from DHCP: as said, else the upper half but at most 4096 of
 * it. False if there is no DHCP, or no room for both in the subnet.
 */
bool seating_leases(const struct seating *s, uint32_t *first, uint32_t *last);

/*
 * A place for each seat and each of `old` that is no seat's, sorted. An address that was said wins; then whoever had
 * one keeps it; the others get the lowest free ones from the second on, outside of the leases as long as there are any.
 * IPv6: what was said, else the network's prefix with the number that the IPv4 address has in its subnet.
 * ERROR_BUSY if two want the same, ERROR_PROVIDER if an address does not fit or none is left.
 */
int seating_assign(const struct seating *s, const struct seats *seats,
		   const struct reservations *old, struct reservations *out, struct error *err);

#endif
