/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of places on a network. */
#include "providers/reservation.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "providers/subnet.h"

struct reservation *reservations_add(struct reservations *r, const char *name, const char *mac,
				     uint32_t address)
{
	r->at = xgrow(r->at, r->count, sizeof(*r->at));
	r->at[r->count] = (struct reservation){
		.name = xstrdup(name),
		.mac = xstrdup(mac),
		.address = address,
	};
	return &r->at[r->count++];
}

void reservations_copy(struct reservations *r, const struct reservation *from)
{
	struct reservation *to = reservations_add(r, from->name, from->mac, from->address);

	for (size_t i = 0; i < from->name_count; i++)
		reservation_add_name(to, from->names[i]);
	to->ipv6 = from->ipv6 ? xstrdup(from->ipv6) : NULL;
}

void reservation_add_name(struct reservation *r, const char *name)
{
	if (!name)
		return;
	for (size_t i = 0; i < r->name_count; i++)
		if (strcasecmp(r->names[i], name) == 0)
			return;
	r->names = xgrow(r->names, r->name_count, sizeof(*r->names));
	r->names[r->name_count++] = xstrdup(name);
}

static void clear(struct reservation *r)
{
	for (size_t i = 0; i < r->name_count; i++)
		free(r->names[i]);
	free(r->names);
	free(r->name);
	free(r->mac);
	free(r->ipv6);
}

void reservations_clear(struct reservations *r)
{
	for (size_t i = 0; i < r->count; i++)
		clear(&r->at[i]);
	free(r->at);
	*r = (struct reservations){ 0 };
}

const struct reservation *reservations_by_mac(const struct reservations *r, const char *mac)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcasecmp(r->at[i].mac, mac) == 0)
			return &r->at[i];
	return NULL;
}

const struct reservation *reservations_by_name(const struct reservations *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->at[i].name, name) == 0)
			return &r->at[i];
	return NULL;
}

struct reservation *reservations_by_address(const struct reservations *r, uint32_t address)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->at[i].address == address)
			return &r->at[i];
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct reservation *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

void reservations_sort(struct reservations *r)
{
	if (r->count)
		qsort(r->at, r->count, sizeof(*r->at), compare);
}

char *reservations_text(const struct reservations *r)
{
	struct text t = { 0 };

	for (size_t i = 0; i < r->count; i++) {
		const struct reservation *one = &r->at[i];
		char address[IPV4_TEXT_BYTES];

		ipv4_text(one->address, address);
		text_addf(&t, "%s%s %s %s", i ? "; " : "", one->name, one->mac, address);
		if (one->ipv6)
			text_addf(&t, " %s", one->ipv6);
	}
	return text_take(&t);
}

static void add_entry(struct reservations *r, char *entry)
{
	char *rest = NULL;
	const char *name = strtok_r(entry, " ", &rest), *mac = strtok_r(NULL, " ", &rest);
	const char *ip = strtok_r(NULL, " ", &rest), *ipv6 = strtok_r(NULL, " ", &rest);
	struct reservation *added;
	uint32_t address;

	if (!name || !mac || !ipv4_parse(ip, &address))
		return;
	added = reservations_add(r, name, mac, address);
	added->ipv6 = ipv6 ? xstrdup(ipv6) : NULL;
}

void reservations_add_text(struct reservations *r, const char *text)
{
	cleanup_free char *copy = text ? xstrdup(text) : NULL;
	char *rest = NULL;

	for (char *entry = copy ? strtok_r(copy, ";", &rest) : NULL; entry;
	     entry = strtok_r(NULL, ";", &rest))
		add_entry(r, entry);
}
