/* SPDX-License-Identifier: Apache-2.0 */
/* Said addresses first, kept ones second, free ones last. */
#include "providers/seating.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SEAT 2u /* .1 is the host, or a router that the user makes */
#define LEASES_MAX 4096u
#define SPAN_FOR_LEASES 15u /* smaller subnets are for machines that are known */
#define NEXT_BLOCK 0x10000u

void seats_add(struct seats *s, const struct machine *machine, const struct card *card)
{
	s->at = xgrow(s->at, s->count, sizeof(*s->at));
	s->at[s->count++] = (struct seat){ machine, card };
}

void seats_clear(struct seats *s)
{
	free(s->at);
	*s = (struct seats){ 0 };
}

uint32_t seating_host(const struct seating *s)
{
	return s->network->kind == NETWORK_INTERNAL ? 0 : subnet_first(&s->subnet) + 1;
}

bool seating_leases(const struct seating *s, uint32_t *first, uint32_t *last)
{
	uint32_t from, to, base = subnet_first(&s->subnet), span = subnet_span(&s->subnet);
	bool said = s->network->dhcp_from || s->network->dhcp_to;

	if (!s->network->dhcp || (!said && span < SPAN_FOR_LEASES))
		return false;
	if (!ipv4_parse(s->network->dhcp_to, &to))
		to = base + span - 1;
	if (!ipv4_parse(s->network->dhcp_from, &from)) {
		from = base + span / 2 + 1;
		if (to >= from && to - from >= LEASES_MAX)
			from = to - LEASES_MAX + 1;
	}
	*first = from;
	*last = to;
	return from <= to && subnet_has(&s->subnet, from) && subnet_has(&s->subnet, to);
}

/* Whether a machine could have it at all. */
static bool fits(const struct seating *s, uint32_t address)
{
	uint32_t base = subnet_first(&s->subnet);

	return subnet_has(&s->subnet, address) && address != base &&
	       address != base + subnet_span(&s->subnet) && address != seating_host(s);
}

static uint32_t next_within(const struct seating *s, const struct reservations *taken, bool leases)
{
	uint32_t base = subnet_first(&s->subnet), span = subnet_span(&s->subnet);
	uint32_t first = 0, last = 0;
	bool any = seating_leases(s, &first, &last);

	for (uint32_t n = FIRST_SEAT; n < span; n++) {
		bool is_lease = any && base + n >= first && base + n <= last;

		if (is_lease && !leases)
			n = last - base;
		else if (is_lease == leases && !reservations_by_address(taken, base + n))
			return base + n;
	}
	return 0;
}

/* DHCP does not give to others what is reserved, so that the leases may be used when nothing else is left. */
static int next_free(const struct seating *s, const struct reservations *taken, const char *name,
		     uint32_t *out, struct error *err)
{
	uint32_t address = next_within(s, taken, false);
	cleanup_free char *subnet = NULL;

	if (!address)
		address = next_within(s, taken, true);
	*out = address;
	if (address)
		return 0;
	subnet = subnet_format(&s->subnet);
	return error_set(err, ERROR_PROVIDER, "no address is left for machine '%s' in %s", name,
			 subnet);
}

static void seat(const struct seat *who, uint32_t address, struct reservations *out)
{
	const struct machine *m = who->machine;
	struct reservation *r = reservations_add(out, m->name, who->card->mac, address);

	reservation_add_name(r, m->name);
	reservation_add_name(r, m->hostname);
	for (size_t i = 0; i < m->aliases.count; i++)
		reservation_add_name(r, m->aliases.at[i]);
}

static int seat_said(const struct seating *s, const struct seats *seats, struct reservations *out,
		     struct error *err)
{
	for (size_t i = 0; i < seats->count; i++) {
		const struct seat *who = &seats->at[i];
		const struct reservation *other;
		cleanup_free char *subnet = NULL;
		uint32_t address;

		if (!who->card->ip)
			continue;
		if (!ipv4_parse(who->card->ip, &address) || !fits(s, address)) {
			subnet = subnet_format(&s->subnet);
			return error_set(err, ERROR_PROVIDER,
					 "machine '%s' cannot have the address %s in %s",
					 who->machine->name, who->card->ip, subnet);
		}
		other = reservations_by_address(out, address);
		if (other)
			return error_set(err, ERROR_BUSY,
					 "machines '%s' and '%s' both want the address %s",
					 other->name, who->machine->name, who->card->ip);
		seat(who, address, out);
	}
	return 0;
}

static bool may_keep(const struct seating *s, const struct reservation *old,
		     const struct reservations *out)
{
	return old && fits(s, old->address) && !reservations_by_address(out, old->address);
}

static const struct seat *seat_of(const struct seats *seats, const char *name)
{
	for (size_t i = 0; i < seats->count; i++)
		if (strcmp(seats->at[i].machine->name, name) == 0)
			return &seats->at[i];
	return NULL;
}

static void seat_kept(const struct seating *s, const struct seats *seats,
		      const struct reservations *old, struct reservations *out)
{
	for (size_t i = 0; i < old->count; i++) {
		const struct reservation *r = &old->at[i];
		const struct seat *who = seat_of(seats, r->name);

		if (!may_keep(s, r, out) || reservations_by_name(out, r->name))
			continue;
		if (who)
			seat(who, r->address, out);
		else
			reservations_copy(out, r);
	}
}

static int seat_others(const struct seating *s, const struct seats *seats,
		       const struct reservations *old, struct reservations *out, struct error *err)
{
	uint32_t address;

	for (size_t i = 0; i < seats->count; i++) {
		const struct seat *who = &seats->at[i];

		if (reservations_by_name(out, who->machine->name))
			continue;
		if (next_free(s, out, who->machine->name, &address, err) < 0)
			return -1;
		seat(who, address, out);
	}
	for (size_t i = 0; i < old->count; i++) {
		if (reservations_by_name(out, old->at[i].name))
			continue;
		if (next_free(s, out, old->at[i].name, &address, err) < 0)
			return -1;
		reservations_copy(out, &old->at[i]);
		out->at[out->count - 1].address = address;
	}
	return 0;
}

static bool has_ipv6(const struct reservations *r, const char *ipv6)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->at[i].ipv6 && strcmp(r->at[i].ipv6, ipv6) == 0)
			return true;
	return false;
}

static void number_ipv6(const struct seating *s, const struct seats *seats, struct reservations *r)
{
	char text[IPV6_TEXT_BYTES];
	struct subnet prefix;
	bool any = subnet_read(s->network->ipv6, &prefix);

	for (size_t i = 0; i < r->count; i++) {
		const struct seat *who = seat_of(seats, r->at[i].name);

		free(r->at[i].ipv6);
		r->at[i].ipv6 = any && who && who->card->ipv6 ? xstrdup(who->card->ipv6) : NULL;
	}
	for (size_t i = 0; any && i < r->count; i++) {
		uint32_t n = r->at[i].address - subnet_first(&s->subnet);

		if (r->at[i].ipv6)
			continue;
		subnet6_nth(&prefix, n, text);
		while (has_ipv6(r, text))
			subnet6_nth(&prefix, n += NEXT_BLOCK, text);
		r->at[i].ipv6 = xstrdup(text);
	}
}

int seating_assign(const struct seating *s, const struct seats *seats,
		   const struct reservations *old, struct reservations *out, struct error *err)
{
	cleanup_reservations struct reservations r = { 0 };

	if (seat_said(s, seats, &r, err) < 0)
		return -1;
	seat_kept(s, seats, old, &r);
	if (seat_others(s, seats, old, &r, err) < 0)
		return -1;
	number_ipv6(s, seats, &r);
	reservations_sort(&r);
	*out = r;
	r = (struct reservations){ 0 };
	return 0;
}
