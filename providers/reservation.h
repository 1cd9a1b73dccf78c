/* SPDX-License-Identifier: Apache-2.0 */
/* The places that machines have on a network: plain lists. */
#ifndef PROVIDERS_RESERVATION_H
#define PROVIDERS_RESERVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A machine's place on the network. All owned. */
struct reservation {
	char *name;   /* the machine's, in its project */
	char **names; /* what DNS knows it by, none twice */
	size_t name_count;
	char *mac;
	uint32_t address;
	char *ipv6; /* canonical; NULL: none */
};

struct reservations {
	struct reservation *at;
	size_t count;
};

/* Adds one without names. Borrowed, until the next one is added. */
struct reservation *reservations_add(struct reservations *r, const char *name, const char *mac,
				     uint32_t address);
/* The same with names and IPv6 of another. */
void reservations_copy(struct reservations *r, const struct reservation *from);
/* A name that it has already is left out; NULL is none. */
void reservation_add_name(struct reservation *r, const char *name);
void reservations_clear(struct reservations *r);
#define cleanup_reservations cleanup(reservations_clear)

/* By MAC, by the machine's name, or by address; NULL if there is none. Borrowed. */
const struct reservation *reservations_by_mac(const struct reservations *r, const char *mac);
const struct reservation *reservations_by_name(const struct reservations *r, const char *name);
struct reservation *reservations_by_address(const struct reservations *r, uint32_t address);
/* By address, so that the same places make the same list. */
void reservations_sort(struct reservations *r);

/* "web 52:54:00:00:00:01 10.9.0.2 fd00::2; …", IPv6 where there is any, without names. Caller frees. */
char *reservations_text(const struct reservations *r);
/* Adds what such a text holds; what cannot be read is left out, NULL is empty. */
void reservations_add_text(struct reservations *r, const char *text);

#endif
