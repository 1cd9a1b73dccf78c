/* SPDX-License-Identifier: Apache-2.0 */
/* Cards: which networks they join, and what they say that no network has a part in. */
#include "core/normalizer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema.h"
#include "core/text.h"

#define DEFAULT_PREFIX 24

int card_line(const struct card_raw *card, const char *key)
{
	size_t i;

	if (key && schema_find(&schema_card, key, &i) && card->decl.lines[i])
		return card->decl.lines[i];
	return card->decl.line;
}

const char *card_file(const struct normalizer *n, const struct card_raw *card)
{
	return card->decl.file ? card->decl.file : n->raw->file;
}

static bool card_says(const struct card_raw *card, const char *key)
{
	size_t i;

	return schema_find(&schema_card, key, &i) && (card->decl.said >> i & 1);
}

void card_problem(struct normalizer *n, const struct card_raw *card, const char *key,
		  const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	problems_add(n->problems, card_file(n, card), card_line(card, key), "%s%s%s: %s",
		     card->where, key ? "." : "", key ? key : "", text);
}

/* The card that `ip` of a machine is short for. */
static const struct card_raw *card_of_ip(struct normalizer *n, const struct machine_raw *m)
{
	struct arena *a = &n->env->arena;
	struct card_raw *card = arena_alloc(a, sizeof(*card));
	size_t i;

	card->kind = NETWORK_HOST_ONLY;
	card->ip = m->ip;
	card->where = arena_printf(a, "machine '%s'", m->name);
	card->decl.file = normalizer_file(n, m);
	card->decl.line = normalizer_line(m, "ip");
	if (schema_find(&schema_card, "ip", &i))
		card->decl.said = card->decl.set = 1ULL << i;
	return card;
}

/* One network a card; the name cannot be that of another machine's, since names of machines have no dot. */
static struct draft *nat_draft(struct normalizer *n, const struct machine *m,
			       const struct card_raw *card)
{
	cleanup_free char *name = xasprintf("nat-%s", m->name);

	for (unsigned i = 2; drafts_find(n, name); i++) {
		free(name);
		name = xasprintf("nat-%s.%u", m->name, i);
	}
	return drafts_add(n, name, NETWORK_NAT, card_file(n, card), card->decl.line);
}

/* Without an address: the one for all that do not care; else one by the address's subnet. */
static struct draft *host_only_draft(struct normalizer *n, const struct card_raw *card)
{
	cleanup_free char *name = NULL;
	char first[IPV4_TEXT_BYTES];
	struct draft *d;
	struct cidr c;

	if (!card->ip) {
		name = xstrdup("host-only");
	} else if (cidr_parse(card->ip, DEFAULT_PREFIX, &c)) {
		ipv4_text(cidr_first(&c), first);
		name = xasprintf("host-only-%s", first);
	} else {
		card_problem(n, card, "ip",
			     "expected an address such as \"192.168.56.10\", got \"%s\"", card->ip);
		return NULL;
	}
	d = drafts_find(n, name);
	return d ? d : drafts_add(n, name, NETWORK_HOST_ONLY, card_file(n, card), card->decl.line);
}

static struct draft *bridged_draft(struct normalizer *n, const struct card_raw *card)
{
	cleanup_text struct text name = { 0 };
	const char *file = card_file(n, card);
	struct strings devices;
	struct draft *d;

	if (!drafts_take_devices(n, &card->dev, card->where, file, card_line(card, "dev"),
				 &devices))
		return NULL;
	text_add(&name, "bridged");
	for (size_t i = 0; i < devices.count; i++)
		text_addf(&name, "-%s", devices.at[i]);
	d = drafts_find(n, text_str(&name));
	if (!d)
		d = drafts_add(n, text_str(&name), NETWORK_BRIDGED, file, card->decl.line);
	d->network.devices = devices;
	return d;
}

/* NULL where declaring it was a mistake, which is reported already. */
static struct draft *declared_draft(struct normalizer *n, const struct card_raw *card)
{
	struct draft *d = drafts_find(n, card->name);

	return d && d->network.kind == card->kind ? d : NULL;
}

/* One that is declared, else one that the engine has. */
static struct draft *named_draft(struct normalizer *n, const struct card_raw *card)
{
	struct draft *d = drafts_find(n, card->name);

	if (strcmp(card->name, "management") == 0) {
		card_problem(n, card, NULL,
			     "every machine is on the network 'management' unless it says "
			     "management = false");
		return NULL;
	}
	if (network_is_reserved(card->name)) {
		card_problem(n, card, NULL, "'%s': bothy itself makes networks of such names",
			     card->name);
		return NULL;
	}
	return d ? d :
		   drafts_add(n, card->name, NETWORK_FOREIGN, card_file(n, card), card->decl.line);
}

/* NULL after a problem. */
static struct draft *draft_of(struct normalizer *n, const struct machine *m,
			      const struct card_raw *card)
{
	switch (card->kind) {
	case NETWORK_NAT:
		return nat_draft(n, m, card);
	case NETWORK_HOST_ONLY:
		return host_only_draft(n, card);
	case NETWORK_BRIDGED:
		return bridged_draft(n, card);
	case NETWORK_INTERNAL:
	case NETWORK_NAT_NETWORK:
		return declared_draft(n, card);
	case NETWORK_FOREIGN:
	case NETWORK_MANAGEMENT:
		break;
	}
	return named_draft(n, card);
}

static bool joined_already(struct normalizer *n, size_t machine, size_t network,
			   const struct card_raw *card)
{
	const struct machine *m = &n->env->machines[machine];
	const struct draft *d = &n->drafts[network];

	for (size_t i = 0; i < m->card_count && d->network.kind != NETWORK_BRIDGED; i++) {
		const struct card_raw *other = n->said[machine][i];

		if (m->cards[i].network != network)
			continue;
		problems_add(n->problems, card_file(n, card), card->decl.line,
			     "%s: it has a card on network '%s' already (%s)",
			     normalizer_where(n, m, card->where), d->network.name,
			     normalizer_place(n, card_file(n, card), card_file(n, other),
					      other->decl.line));
		return true;
	}
	return false;
}

static void add_card(struct normalizer *n, size_t machine, size_t network,
		     const struct card_raw *said)
{
	struct machine *m = &n->env->machines[machine];

	m->cards[m->card_count] = (struct card){ .network = network, .configure = true };
	n->said[machine][m->card_count++] = said;
}

static void take_dns(struct normalizer *n, const struct card_raw *said, struct card *card)
{
	struct arena *a = &n->env->arena;
	char text[IPV6_TEXT_BYTES];

	card->dns.at = arena_alloc(a, said->dns.count * sizeof(*card->dns.at));
	for (size_t i = 0; i < said->dns.count; i++) {
		if (ip_canonical(said->dns.at[i], text))
			card->dns.at[card->dns.count++] = arena_strdup(a, text);
		else
			card_problem(n, said, "dns", "expected an address, got \"%s\"",
				     said->dns.at[i]);
	}
}

/* Who gets no address here gets it by DHCP, or none at all. */
static void take_dhcp(struct normalizer *n, const struct card_raw *said,
		      const struct network *network, struct card *card)
{
	bool ours = network_is_ours(network->kind);

	card->dhcp = card_says(said, "dhcp") ? said->dhcp : !ours && !said->ip;
	if (ours && card->dhcp && !network->dhcp)
		card_problem(n, said, "dhcp", "network '%s' has no DHCP server", network->name);
	if (network->kind == NETWORK_BRIDGED && card->dhcp && said->ip)
		card_problem(n, said, "dhcp", "it has an ip already; say one of them");
	if (!ours && !card->dhcp && !said->ip && card->configure)
		card_problem(n, said, "dhcp", "without it, an ip is needed");
}

static void take_card(struct normalizer *n, size_t machine, const struct card_raw *said)
{
	struct machine *m = &n->env->machines[machine];
	struct draft *d = draft_of(n, m, said);
	struct card *card;

	if (!d || joined_already(n, machine, (size_t)(d - n->drafts), said))
		return;
	add_card(n, machine, (size_t)(d - n->drafts), said);
	card = &m->cards[m->card_count - 1];
	card->mtu = said->mtu;
	card->configure = card_says(said, "configure") ? said->configure : true;
	take_dns(n, said, card);
	take_dhcp(n, said, &d->network, card);
}

static void take_machine(struct normalizer *n, size_t machine)
{
	const struct machine_raw *raw = &n->merged[machine];
	struct arena *a = &n->env->arena;
	struct machine *m = &n->env->machines[machine];
	size_t most = raw->networks.count + 2;
	bool management = normalizer_says(raw, "management") ? raw->management : true;

	m->cards = arena_alloc(a, most * sizeof(*m->cards));
	n->said[machine] = arena_alloc(a, most * sizeof(const struct card_raw *));
	if (management) {
		struct draft *d = drafts_find(n, "management");

		if (!d)
			d = drafts_add(n, "management", NETWORK_MANAGEMENT, NULL, 0);
		add_card(n, machine, (size_t)(d - n->drafts), NULL);
	}
	if (raw->ip)
		take_card(n, machine, card_of_ip(n, raw));
	for (size_t i = 0; i < raw->networks.count; i++)
		take_card(n, machine, &raw->networks.at[i]);
	if (management || raw->ip || raw->networks.count || normalizer_says(raw, "networks"))
		return;
	problems_add(n->problems, m->file, normalizer_line(raw, "management"),
		     "machine '%s'.management: without it, the machine has no network card",
		     m->name);
	problems_hint(n->problems, "give it one: networks = { host_only {} }");
}

void cards_take(struct normalizer *n)
{
	for (size_t i = 0; i < n->env->machine_count; i++)
		take_machine(n, i);
}
