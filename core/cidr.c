/* SPDX-License-Identifier: Apache-2.0 */
/* The system's own parsers, and arithmetic. */
#include "core/cidr.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

bool ipv4_parse(const char *text, uint32_t *out)
{
	struct in_addr a;

	if (!text || inet_pton(AF_INET, text, &a) != 1)
		return false;
	*out = ntohl(a.s_addr);
	return true;
}

void ipv4_text(uint32_t address, char out[static IPV4_TEXT_BYTES])
{
	snprintf(out, IPV4_TEXT_BYTES, "%u.%u.%u.%u", address >> 24, (address >> 16) & 255,
		 (address >> 8) & 255, address & 255);
}

/* Splits "ADDRESS/PREFIX" into a buffer for the address and a number of at most `most`. */
static bool split(const char *text, int otherwise, unsigned most, char *address, size_t size,
		  unsigned *prefix)
{
	const char *slash = text ? strchr(text, '/') : NULL;
	size_t len = !text ? 0 : slash ? (size_t)(slash - text) : strlen(text);
	size_t digits = slash ? strspn(slash + 1, "0123456789") : 0;
	unsigned n = 0;

	if (len == 0 || len >= size)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!slash) {
		*prefix = (unsigned)otherwise;
		return otherwise >= 0;
	}
	if (digits == 0 || digits > 3 || slash[1 + digits] || (digits > 1 && slash[1] == '0'))
		return false;
	for (const char *c = slash + 1; *c; c++)
		n = n * 10 + (unsigned)(*c - '0');
	*prefix = n;
	return n <= most;
}

bool cidr_parse(const char *text, int otherwise, struct cidr *out)
{
	char address[IPV4_TEXT_BYTES];
	struct cidr c;

	if (!split(text, otherwise, 32, address, sizeof(address), &c.prefix) ||
	    !ipv4_parse(address, &c.address))
		return false;
	*out = c;
	return true;
}

static uint32_t cidr_mask(unsigned prefix)
{
	return prefix ? ~(uint32_t)0 << (32 - prefix) : 0;
}

uint32_t cidr_first(const struct cidr *c)
{
	return c->address & cidr_mask(c->prefix);
}

uint32_t cidr_last(const struct cidr *c)
{
	return c->address | ~cidr_mask(c->prefix);
}

uint32_t cidr_room(const struct cidr *c)
{
	uint32_t span = cidr_last(c) - cidr_first(c);

	return span > 2 ? span - 2 : 0;
}

bool cidr_holds(const struct cidr *c, uint32_t address)
{
	return ((c->address ^ address) & cidr_mask(c->prefix)) == 0;
}

bool cidr_overlap(const struct cidr *a, const struct cidr *b)
{
	return a->prefix < b->prefix ? cidr_holds(a, b->address) : cidr_holds(b, a->address);
}

void cidr_text(const struct cidr *c, char out[static CIDR_TEXT_BYTES])
{
	char first[IPV4_TEXT_BYTES];

	ipv4_text(cidr_first(c), first);
	snprintf(out, CIDR_TEXT_BYTES, "%s/%u", first, c->prefix);
}

bool cidr6_parse(const char *text, int otherwise, struct cidr6 *out)
{
	char address[IPV6_TEXT_BYTES];
	struct cidr6 c;

	if (!split(text, otherwise, 128, address, sizeof(address), &c.prefix) ||
	    inet_pton(AF_INET6, address, c.address) != 1)
		return false;
	*out = c;
	return true;
}

struct cidr6 cidr6_subnet(const struct cidr6 *c)
{
	struct cidr6 subnet = *c;

	for (unsigned bit = c->prefix; bit < 128; bit++)
		subnet.address[bit / 8] &= (unsigned char)~(0x80u >> bit % 8);
	return subnet;
}

bool cidr6_holds(const struct cidr6 *c, const unsigned char address[static 16])
{
	struct cidr6 other = { .prefix = c->prefix }, mine = cidr6_subnet(c);

	memcpy(other.address, address, sizeof(other.address));
	other = cidr6_subnet(&other);
	return memcmp(mine.address, other.address, sizeof(mine.address)) == 0;
}

bool cidr6_overlap(const struct cidr6 *a, const struct cidr6 *b)
{
	return a->prefix < b->prefix ? cidr6_holds(a, b->address) : cidr6_holds(b, a->address);
}

void ipv6_text(const unsigned char address[static 16], char out[static IPV6_TEXT_BYTES])
{
	inet_ntop(AF_INET6, address, out, IPV6_TEXT_BYTES);
}

void cidr6_text(const struct cidr6 *c, char out[static CIDR6_TEXT_BYTES])
{
	struct cidr6 subnet = cidr6_subnet(c);
	char first[IPV6_TEXT_BYTES];

	ipv6_text(subnet.address, first);
	snprintf(out, CIDR6_TEXT_BYTES, "%s/%u", first, c->prefix);
}

bool ip_canonical(const char *text, char out[static IPV6_TEXT_BYTES])
{
	unsigned char bytes[16];

	for (size_t i = 0; i < 2; i++) {
		int family = i ? AF_INET6 : AF_INET;

		if (inet_pton(family, text, bytes) == 1)
			return inet_ntop(family, bytes, out, IPV6_TEXT_BYTES);
	}
	return false;
}
