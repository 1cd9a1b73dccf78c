/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of cards: they fit their network, and each is one card's. */
#include "core/normalizer.h"

#include <string.h>

#include "core/text.h"

#define DEFAULT_PREFIX 24
#define DEFAULT_PREFIX6 64

/* A network that was given no subnet has that of the first address on it. */
static void found_subnet(struct normalizer *n, struct draft *d, const struct card_raw *said)
{
	const char *flaw;
	struct cidr c;

	if (!said || !said->ip || d->has_subnet || !network_is_ours(d->network.kind) ||
	    !cidr_parse(said->ip, DEFAULT_PREFIX, &c))
		return;
	flaw = subnet_flaw(&c);
	if (flaw) {
		card_problem(n, said, "ip", "'%s': %s", said->ip, flaw);
		return;
	}
	d->subnet = c;
	d->has_subnet = true;
	d->subnet_file = arena_strdup(&n->env->arena, card_file(n, said));
	d->subnet_line = card_line(said, "ip");
}

/* Why no machine of that network may have the address, or NULL. */
static const char *address_flaw(const struct draft *d, uint32_t address)
{
	if (address == cidr_first(&d->subnet))
		return "is the subnet itself";
	if (address == cidr_last(&d->subnet))
		return "means everybody on it";
	if (address == cidr_first(&d->subnet) + 1 && d->network.kind != NETWORK_INTERNAL)
		return "is this host's own address there";
	return NULL;
}

/* On a network of ours. */
static bool fits(struct normalizer *n, const struct draft *d, const struct card_raw *said,
		 const struct cidr *c)
{
	char subnet[CIDR_TEXT_BYTES];
	const char *flaw;

	if (!d->has_subnet)
		return false;
	cidr_text(&d->subnet, subnet);
	flaw = address_flaw(d, c->address);
	if (!cidr_holds(&d->subnet, c->address) ||
	    (strchr(said->ip, '/') && c->prefix != d->subnet.prefix))
		card_problem(n, said, "ip", "'%s' is not in the subnet %s of network '%s' (%s)",
			     said->ip, subnet, d->network.name,
			     normalizer_place(n, card_file(n, said), d->subnet_file,
					      d->subnet_line));
	else if (flaw)
		card_problem(n, said, "ip", "'%s' %s: no machine can have it in %s", said->ip, flaw,
			     subnet);
	else
		return true;
	return false;
}

static void take_ip(struct normalizer *n, const struct draft *d, const struct card_raw *said,
		    struct card *card)
{
	bool has_prefix = said->ip && strchr(said->ip, '/');
	char text[IPV4_TEXT_BYTES];
	struct cidr c;

	if (!said->ip)
		return;
	if (!cidr_parse(said->ip, DEFAULT_PREFIX, &c)) {
		/* Those of host_only {} were needed, and looked at, before. */
		if (said->kind != NETWORK_HOST_ONLY)
			card_problem(n, said, "ip",
				     "expected an address such as \"192.168.56.10\", got \"%s\"",
				     said->ip);
		return;
	}
	if (network_is_ours(d->network.kind) && !fits(n, d, said, &c))
		return;
	if (d->network.kind == NETWORK_BRIDGED && !has_prefix)
		card_problem(n, said, "ip", "on a bridged network, say its prefix too: \"%s/24\"",
			     said->ip);
	ipv4_text(c.address, text);
	card->ip = arena_strdup(&n->env->arena, text);
	if (has_prefix && !network_is_ours(d->network.kind))
		card->prefix = c.prefix;
}

/* On a network of ours. */
static bool fits6(struct normalizer *n, const struct draft *d, const struct card_raw *said,
		  const struct cidr6 *c)
{
	struct cidr6 host = cidr6_subnet(&d->ipv6);
	char subnet[CIDR6_TEXT_BYTES];
	bool is_subnet;

	if (!d->has_ipv6) {
		card_problem(n, said, "ipv6", "network '%s' has no IPv6 prefix", d->network.name);
		problems_hint(n->problems,
			      "declare it: network \"%s\" { kind = …, ipv6 = \"fd00:20::/64\" }",
			      d->network.name);
		return false;
	}
	cidr6_text(&d->ipv6, subnet);
	is_subnet = memcmp(host.address, c->address, sizeof(host.address)) == 0;
	host.address[15] |= 1;
	if (!cidr6_holds(&d->ipv6, c->address) ||
	    (strchr(said->ipv6, '/') && c->prefix != d->ipv6.prefix))
		card_problem(n, said, "ipv6", "'%s' is not in %s of network '%s'", said->ipv6,
			     subnet, d->network.name);
	else if (is_subnet || (memcmp(host.address, c->address, sizeof(host.address)) == 0 &&
			       d->network.kind != NETWORK_INTERNAL))
		card_problem(n, said, "ipv6", "'%s': no machine can have it in %s", said->ipv6,
			     subnet);
	else
		return true;
	return false;
}

static void take_ipv6(struct normalizer *n, const struct draft *d, const struct card_raw *said,
		      struct card *card)
{
	bool ours = network_is_ours(d->network.kind);
	char text[IPV6_TEXT_BYTES];
	struct cidr6 c;

	if (!said->ipv6)
		return;
	if (!cidr6_parse(said->ipv6, DEFAULT_PREFIX6, &c) || c.address[0] == 0 ||
	    c.address[0] >= 0xfe) {
		card_problem(n, said, "ipv6",
			     "expected an address such as \"fd00:20::5\", got \"%s\"", said->ipv6);
		return;
	}
	if (!ours && c.prefix != DEFAULT_PREFIX6)
		card_problem(n, said, "ipv6", "'%s': the prefix must be /%d here", said->ipv6,
			     DEFAULT_PREFIX6);
	if (ours && !fits6(n, d, said, &c))
		return;
	ipv6_text(c.address, text);
	card->ipv6 = arena_strdup(&n->env->arena, text);
}

/* The subnet the card is in, where that is known here. */
static bool subnet_of(const struct draft *d, const struct card *card, struct cidr *out)
{
	if (d->has_subnet)
		*out = d->subnet;
	return d->has_subnet ||
	       (card->ip && card->prefix && cidr_parse(card->ip, (int)card->prefix, out));
}

static void take_gateway(struct normalizer *n, const struct draft *d, const struct card_raw *said,
			 struct card *card)
{
	char text[IPV4_TEXT_BYTES], subnet_text[CIDR_TEXT_BYTES];
	struct cidr subnet;
	uint32_t gateway;
	bool known;

	if (!said->gateway)
		return;
	if (!ipv4_parse(said->gateway, &gateway)) {
		card_problem(n, said, "gateway", "expected an address, got \"%s\"", said->gateway);
		return;
	}
	known = subnet_of(d, card, &subnet);
	if (!known && network_is_ours(d->network.kind)) {
		card_problem(
			n, said, "gateway",
			"the subnet of network '%s' is not said, so nobody knows what is in it",
			d->network.name);
		return;
	}
	ipv4_text(gateway, text);
	if (known)
		cidr_text(&subnet, subnet_text);
	if (known && (!cidr_holds(&subnet, gateway) || gateway == cidr_first(&subnet) ||
		      gateway == cidr_last(&subnet)))
		card_problem(n, said, "gateway", "'%s' is no machine's in %s", text, subnet_text);
	else if (text_equal(card->ip, text))
		card_problem(n, said, "gateway", "'%s' is the card's own address", text);
	else
		card->gateway = arena_strdup(&n->env->arena, text);
}

/* There is one way out. */
static void check_gateways(struct normalizer *n, size_t machine)
{
	const struct machine *m = &n->env->machines[machine];
	const struct card *first = NULL;

	for (size_t i = 0; i < m->card_count; i++) {
		const struct card_raw *said = n->said[machine][i];

		if (m->cards[i].gateway && first)
			problems_add(n->problems, card_file(n, said), card_line(said, "gateway"),
				     "%s.gateway: another card has the gateway '%s'",
				     normalizer_where(n, m, said->where), first->gateway);
		else if (m->cards[i].gateway)
			first = &m->cards[i];
	}
}

/* Against the cards of the machines up to this one. */
static void check_taken(struct normalizer *n, size_t machine, size_t index)
{
	const struct machine *m = &n->env->machines[machine];
	const struct card *card = &m->cards[index];
	const struct card_raw *said = n->said[machine][index];

	for (size_t i = 0; i <= machine; i++) {
		const struct machine *o = &n->env->machines[i];

		for (size_t k = 0; k < o->card_count && (i < machine || k < index); k++) {
			const struct card *other = &o->cards[k];
			bool ip = card->ip && text_equal(card->ip, other->ip);
			const char *field = ip ? "ip" : "ipv6";

			if (other->network != card->network ||
			    (!ip && (!card->ipv6 || !text_equal(card->ipv6, other->ipv6))))
				continue;
			problems_add(n->problems, card_file(n, said), card_line(said, field),
				     "%s.%s: machine '%s' has '%s' already (%s)",
				     normalizer_where(n, m, said->where), field, o->name,
				     ip ? card->ip : card->ipv6,
				     normalizer_place(n, card_file(n, said),
						      card_file(n, n->said[i][k]),
						      card_line(n->said[i][k], field)));
			return;
		}
	}
}

static void take_machine(struct normalizer *n, size_t machine)
{
	struct machine *m = &n->env->machines[machine];

	for (size_t i = 0; i < m->card_count; i++) {
		const struct card_raw *said = n->said[machine][i];
		struct card *card = &m->cards[i];
		const struct draft *d = &n->drafts[card->network];

		if (!said)
			continue;
		take_ip(n, d, said, card);
		take_ipv6(n, d, said, card);
		take_gateway(n, d, said, card);
		if (card->ip || card->ipv6)
			check_taken(n, machine, i);
	}
	check_gateways(n, machine);
}

void addresses_take(struct normalizer *n)
{
	for (size_t i = 0; i < n->env->machine_count; i++) {
		const struct machine *m = &n->env->machines[i];

		for (size_t k = 0; k < m->card_count; k++)
			found_subnet(n, &n->drafts[m->cards[k].network], n->said[i][k]);
	}
	for (size_t i = 0; i < n->env->machine_count; i++)
		take_machine(n, i);
}
