/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and subnets: from text, to text, and what lies in what. IPv4 is in host byte order. */
#ifndef CORE_CIDR_H
#define CORE_CIDR_H

#include <stdbool.h>
#include <stdint.h>

#define IPV4_TEXT_BYTES 16
#define CIDR_TEXT_BYTES 20 /* "255.255.255.255/32" */
#define IPV6_TEXT_BYTES 46
#define CIDR6_TEXT_BYTES 50

/* An address and how many bits of it are the subnet's, 0 to 32. */
struct cidr {
	uint32_t address;
	unsigned prefix;
};

struct cidr6 {
	unsigned char address[16]; /* in network byte order, RFC 4291 */
	unsigned prefix;           /* 0 to 128 */
};

/* "10.20.0.5" by RFC 1123 2.1: four decimal numbers, without leading zeros. `text` may be NULL, which is none. */
bool ipv4_parse(const char *text, uint32_t *out);
void ipv4_text(uint32_t address, char out[static IPV4_TEXT_BYTES]);

/* "10.20.0.5/24". Without "/24" the prefix is `otherwise`; -1: then it is none. */
bool cidr_parse(const char *text, int otherwise, struct cidr *out);
/* The first address of the subnet, which names it, and the last, which means all. */
uint32_t cidr_first(const struct cidr *c);
uint32_t cidr_last(const struct cidr *c);
/* How many machines find an address in it beside this host, which has the first. */
uint32_t cidr_room(const struct cidr *c);
bool cidr_holds(const struct cidr *c, uint32_t address);
bool cidr_overlap(const struct cidr *a, const struct cidr *b);
/* "10.20.0.0/24": of the subnet. */
void cidr_text(const struct cidr *c, char out[static CIDR_TEXT_BYTES]);

/* The same of IPv6. The texts are canonical (RFC 5952). */
bool cidr6_parse(const char *text, int otherwise, struct cidr6 *out);
struct cidr6 cidr6_subnet(const struct cidr6 *c);
bool cidr6_holds(const struct cidr6 *c, const unsigned char address[static 16]);
bool cidr6_overlap(const struct cidr6 *a, const struct cidr6 *b);
void ipv6_text(const unsigned char address[static 16], char out[static IPV6_TEXT_BYTES]);
/* "fd00:20::/64": of the subnet. */
void cidr6_text(const struct cidr6 *c, char out[static CIDR6_TEXT_BYTES]);

/* An address of either kind in its canonical text; false if it is none. */
bool ip_canonical(const char *text, char out[static IPV6_TEXT_BYTES]);

#endif
