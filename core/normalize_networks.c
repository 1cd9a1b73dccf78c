/* SPDX-License-Identifier: Apache-2.0 */
/* Networks: what is declared, by whom, and that they do not get into each other's way. */
#include "core/normalizer.h"

#include <string.h>

#include "core/schema.h"
#include "core/text.h"

#define PREFIX_MIN 8
#define PREFIX_MAX 30 /* this host, and one machine */
#define PREFIX6_MIN 16
#define PREFIX6_MAX 112    /* as many host numbers as the widest IPv4 subnets are likely to use */
#define DEVICE_NAME_MAX 15 /* IFNAMSIZ without the NUL */

struct draft *drafts_find(const struct normalizer *n, const char *name)
{
	for (size_t i = 0; i < n->draft_count; i++) {
		if (strcmp(n->drafts[i].network.name, name) == 0)
			return &n->drafts[i];
	}
	return NULL;
}

struct draft *drafts_add(struct normalizer *n, const char *name, enum network_kind kind,
			 const char *file, int line)
{
	struct arena *a = &n->env->arena;
	struct draft *d;

	n->drafts = arena_grow(a, n->drafts, n->draft_count, sizeof(*n->drafts));
	d = &n->drafts[n->draft_count++];
	*d = (struct draft){ .index = DRAFT_NOT_USED };
	d->network.name = arena_strdup(a, name);
	d->network.kind = kind;
	d->network.dhcp = network_is_ours(kind) && kind != NETWORK_INTERNAL;
	d->network.file = arena_strdup(a, file);
	d->network.line = line;
	return d;
}

/* Of a field of `network "x" {}`, or of that itself. */
static int line_of(const struct network_raw *raw, const char *key)
{
	const struct schema_row *dhcp;
	size_t i;

	if (schema_find(&schema_network, key, &i) && raw->decl.lines[i])
		return raw->decl.lines[i];
	dhcp = schema_find(&schema_network, "dhcp", &i);
	if (text_has_prefix(key, "dhcp.") && schema_find(dhcp->sub, key + strlen("dhcp."), &i) &&
	    raw->dhcp.decl.lines[i])
		return raw->dhcp.decl.lines[i];
	return raw->decl.line;
}

static bool says(const struct network_raw *raw, const char *key)
{
	size_t i;

	return schema_find(&schema_network, key, &i) && (raw->decl.said >> i & 1);
}

static const char *file_of(const struct normalizer *n, const struct network_raw *raw)
{
	return raw->decl.file ? raw->decl.file : n->raw->file;
}

#define PROBLEM(n, raw, key, fmt, ...)                                                           \
	problems_add((n)->problems, file_of(n, raw), line_of(raw, key), "network '%s'.%s: " fmt, \
		     (raw)->name, key __VA_OPT__(, ) __VA_ARGS__)

const char *subnet_flaw(const struct cidr *c)
{
	unsigned first = cidr_first(c) >> 24, last = cidr_last(c) >> 24;

	if (c->prefix < PREFIX_MIN || c->prefix > PREFIX_MAX)
		return "subnets have a prefix of /8 to /30";
	if (first == 0 || last >= 224 || (first <= 127 && last >= 127))
		return "machines cannot have addresses there";
	return NULL;
}

static void take_subnet(struct normalizer *n, const struct network_raw *raw, struct draft *d)
{
	char text[CIDR_TEXT_BYTES];
	struct cidr c;

	if (!raw->subnet)
		return;
	if (!cidr_parse(raw->subnet, -1, &c)) {
		PROBLEM(n, raw, "subnet", "expected a subnet such as \"10.20.0.0/24\", got \"%s\"",
			raw->subnet);
		return;
	}
	cidr_text(&c, text);
	if (c.address != cidr_first(&c)) {
		PROBLEM(n, raw, "subnet", "'%s' is an address in '%s'; write that", raw->subnet,
			text);
	} else if (subnet_flaw(&c)) {
		PROBLEM(n, raw, "subnet", "'%s': %s", text, subnet_flaw(&c));
	} else {
		d->subnet = c;
		d->has_subnet = true;
		d->subnet_file = d->network.file;
		d->subnet_line = line_of(raw, "subnet");
	}
}

static void take_ipv6(struct normalizer *n, const struct network_raw *raw, struct draft *d)
{
	char text[CIDR6_TEXT_BYTES];
	struct cidr6 c, subnet;

	if (!raw->ipv6)
		return;
	if (!cidr6_parse(raw->ipv6, -1, &c)) {
		PROBLEM(n, raw, "ipv6", "expected a prefix such as \"fd00:20::/64\", got \"%s\"",
			raw->ipv6);
		return;
	}
	cidr6_text(&c, text);
	subnet = cidr6_subnet(&c);
	if (memcmp(subnet.address, c.address, sizeof(c.address)) != 0) {
		PROBLEM(n, raw, "ipv6", "'%s' is an address in '%s'; write that", raw->ipv6, text);
	} else if (c.prefix < PREFIX6_MIN || c.prefix > PREFIX6_MAX) {
		PROBLEM(n, raw, "ipv6", "'%s': the prefix must be one of /%d to /%d", text,
			PREFIX6_MIN, PREFIX6_MAX);
	} else if (c.address[0] == 0 || c.address[0] >= 0xfe) {
		PROBLEM(n, raw, "ipv6", "'%s': machines cannot have addresses there", text);
	} else {
		d->ipv6 = c;
		d->has_ipv6 = true;
	}
}

/* An address of the range of DHCP: in the subnet, and nobody's. */
static bool take_range_end(struct normalizer *n, const struct network_raw *raw,
			   const struct draft *d, const char *key, uint32_t *out)
{
	const char *said = strcmp(key, "dhcp.from") == 0 ? raw->dhcp.from : raw->dhcp.to;
	char text[CIDR_TEXT_BYTES];

	cidr_text(&d->subnet, text);
	if (!ipv4_parse(said, out))
		PROBLEM(n, raw, key, "expected an address, got \"%s\"", said);
	else if (!cidr_holds(&d->subnet, *out))
		PROBLEM(n, raw, key, "'%s' is not in '%s'", said, text);
	else if (*out <= cidr_first(&d->subnet) + 1 || *out == cidr_last(&d->subnet))
		PROBLEM(n, raw, key, "'%s' is no machine's in '%s'", said, text);
	else
		return true;
	return false;
}

static void take_range(struct normalizer *n, const struct network_raw *raw, struct draft *d)
{
	struct arena *a = &n->env->arena;
	uint32_t from, to;
	bool good;

	if (!raw->dhcp.from && !raw->dhcp.to)
		return;
	if (!raw->dhcp.from || !raw->dhcp.to || !d->has_subnet) {
		if (d->has_subnet || !says(raw, "subnet"))
			PROBLEM(n, raw, "dhcp", "a range needs %s",
				d->has_subnet ? "both from and to" : "a subnet");
		return;
	}
	good = take_range_end(n, raw, d, "dhcp.from", &from);
	if (!take_range_end(n, raw, d, "dhcp.to", &to) || !good)
		return;
	if (from > to)
		PROBLEM(n, raw, "dhcp", "'%s' is after '%s'", raw->dhcp.from, raw->dhcp.to);
	d->network.dhcp_from = arena_strdup(a, raw->dhcp.from);
	d->network.dhcp_to = arena_strdup(a, raw->dhcp.to);
}

static void take_domain(struct normalizer *n, const struct network_raw *raw, struct draft *d)
{
	char *domain = arena_strdup(&n->env->arena, raw->domain);

	if (!domain)
		return;
	if (!schema_is_host_name(domain))
		PROBLEM(n, raw, "domain", "expected a name such as \"lan.test\", got \"%s\"",
			domain);
	text_lower(domain);
	d->network.domain = domain;
}

/* What this kind cannot have. */
static void check_kind(struct normalizer *n, const struct network_raw *raw, enum network_kind kind)
{
	static const char *const of_bridged[] = { "subnet", "ipv6", "dhcp", "domain" };
	bool internal = kind == NETWORK_INTERNAL;

	for (size_t i = 0; i < ARRAY_SIZE(of_bridged) && kind == NETWORK_BRIDGED; i++) {
		if (says(raw, of_bridged[i]))
			PROBLEM(n, raw, of_bridged[i],
				"a bridged network has what it leads to, nothing of its own");
	}
	if (internal && raw->dhcp.on)
		PROBLEM(n, raw, "dhcp", "an internal network has no DHCP server");
	if (internal && raw->domain)
		PROBLEM(n, raw, "domain", "an internal network has no name server");
	if (kind != NETWORK_BRIDGED && says(raw, "dev"))
		PROBLEM(n, raw, "dev", "only a bridged network has a device of this host");
	if (kind == NETWORK_BRIDGED && !says(raw, "dev"))
		problems_add(n->problems, file_of(n, raw), raw->decl.line,
			     "network '%s': expected dev = …, a card or bridge of this host",
			     raw->name);
}

bool drafts_take_devices(struct normalizer *n, const struct strings *said, const char *where,
			 const char *file, int line, struct strings *out)
{
	struct arena *a = &n->env->arena;
	bool good = said->count > 0;

	if (!good)
		problems_add(n->problems, file, line, "%s.dev: the list is empty", where);
	out->at = arena_alloc(a, said->count * sizeof(*out->at));
	out->count = said->count;
	for (size_t i = 0; i < said->count; i++) {
		const char *name = said->at[i];

		out->at[i] = arena_strdup(a, name);
		if (*name && strlen(name) <= DEVICE_NAME_MAX && !strpbrk(name, "/ :\t\n"))
			continue;
		problems_add(n->problems, file, line, "%s.dev: '%s' is no name of a network card",
			     where, name);
		good = false;
	}
	return good;
}

bool network_is_reserved(const char *name)
{
	return strcmp(name, "management") == 0 || text_has_prefix(name, "nat-") ||
	       text_has_prefix(name, "host-only") || text_has_prefix(name, "bridged-");
}

/* Whether somebody may declare a network so; `where` begins the message. */
static bool check_name(struct normalizer *n, const char *name, const char *where, const char *file,
		       int line)
{
	if (!schema_is_name(name))
		problems_add(n->problems, file, line,
			     "%s: expected a name of a-z, 0-9 and '-', at most 63 long", where);
	else if (network_is_reserved(name))
		problems_add(n->problems, file, line,
			     "%s: bothy itself makes networks of such names", where);
	else
		return true;
	return false;
}

static const enum network_kind kinds[] = {
	[NETWORK_WORD_NAT] = NETWORK_NAT_NETWORK,
	[NETWORK_WORD_NAT_NETWORK] = NETWORK_NAT_NETWORK,
	[NETWORK_WORD_HOST_ONLY] = NETWORK_HOST_ONLY,
	[NETWORK_WORD_INTERNAL] = NETWORK_INTERNAL,
	[NETWORK_WORD_BRIDGED] = NETWORK_BRIDGED,
};

static void declare(struct normalizer *n, const struct network_raw *raw)
{
	cleanup_free char *where = xasprintf("network '%s'", raw->name);
	const struct draft *other = drafts_find(n, raw->name);
	const char *file = file_of(n, raw);
	struct draft *d;

	if (other)
		problems_add(n->problems, file, raw->decl.line,
			     "%s is declared twice; the first is in %s", where,
			     normalizer_place(n, file, other->network.file, other->network.line));
	if (other || !check_name(n, raw->name, where, file, raw->decl.line))
		return;
	if (!says(raw, "kind"))
		problems_add(
			n->problems, file, raw->decl.line,
			"%s: expected kind = \"nat\", \"host_only\", \"internal\" or \"bridged\"",
			where);
	d = drafts_add(n, raw->name, kinds[raw->kind], file, raw->decl.line);
	d->declared = true;
	d->network.mtu = raw->mtu;
	if (says(raw, "dhcp"))
		d->network.dhcp = raw->dhcp.on && d->network.dhcp;
	if (says(raw, "kind"))
		check_kind(n, raw, d->network.kind);
	take_subnet(n, raw, d);
	take_ipv6(n, raw, d);
	take_range(n, raw, d);
	take_domain(n, raw, d);
	if (says(raw, "dev"))
		drafts_take_devices(n, &raw->dev, where, file, line_of(raw, "dev"),
				    &d->network.devices);
}

/* `internal "x" {}` and `nat_network "x" {}` as cards declare the network as well. */
static void declare_by_card(struct normalizer *n, const struct card_raw *card)
{
	const char *file = card_file(n, card);
	const struct draft *d = drafts_find(n, card->name);

	if (!d && check_name(n, card->name, card->where, file, card->decl.line))
		drafts_add(n, card->name, card->kind, file, card->decl.line);
	if (d && d->network.kind != card->kind)
		problems_add(n->problems, file, card->decl.line,
			     "%s: network '%s' is of kind %s here, and of kind %s in %s",
			     card->where, card->name, network_kind_name(card->kind),
			     network_kind_name(d->network.kind),
			     normalizer_place(n, file, d->network.file, d->network.line));
}

/* Networks that network "x" {} declares, and those that cards declare. */
static void drafts_declare(struct normalizer *n)
{
	for (size_t i = 0; i < n->raw->network_count; i++)
		declare(n, &n->raw->networks[i]);
	for (size_t i = 0; i < n->env->machine_count; i++) {
		const struct cards_raw *cards = &n->merged[i].networks;

		for (size_t k = 0; k < cards->count; k++) {
			if (cards->at[k].kind == NETWORK_INTERNAL ||
			    cards->at[k].kind == NETWORK_NAT_NETWORK)
				declare_by_card(n, &cards->at[k]);
		}
	}
}

static void check_overlap(struct normalizer *n, const struct draft *a, const struct draft *b)
{
	char one[CIDR6_TEXT_BYTES], other[CIDR6_TEXT_BYTES];

	if (a->has_subnet && b->has_subnet && cidr_overlap(&a->subnet, &b->subnet)) {
		cidr_text(&a->subnet, one);
		cidr_text(&b->subnet, other);
	} else if (a->has_ipv6 && b->has_ipv6 && cidr6_overlap(&a->ipv6, &b->ipv6)) {
		cidr6_text(&a->ipv6, one);
		cidr6_text(&b->ipv6, other);
	} else {
		return;
	}
	problems_add(n->problems, b->network.file, b->network.line,
		     "network '%s': its subnet %s and %s of network '%s' (%s) overlap",
		     b->network.name, other, one, a->network.name,
		     normalizer_place(n, b->network.file, a->network.file, a->network.line));
}

/* Texts of what is known only now. */
static void complete(struct normalizer *n, struct draft *d)
{
	struct arena *a = &n->env->arena;
	char text[CIDR6_TEXT_BYTES];

	if (d->has_subnet) {
		cidr_text(&d->subnet, text);
		d->network.subnet = arena_strdup(a, text);
	}
	if (d->has_ipv6) {
		cidr6_text(&d->ipv6, text);
		d->network.ipv6 = arena_strdup(a, text);
	}
	d->network.settings = network_settings(&d->network, a);
}

static void use(struct env *env, struct draft *d)
{
	if (d->index != DRAFT_NOT_USED)
		return;
	d->index = env->network_count;
	env->networks[env->network_count++] = d->network;
}

/* Overlaps; then env.networks, and the cards' indices into it. */
static void drafts_finish(struct normalizer *n)
{
	struct env *env = n->env;

	env->networks = arena_alloc(&env->arena, n->draft_count * sizeof(*env->networks));
	for (size_t i = 0; i < n->draft_count; i++) {
		for (size_t k = 0; k < i; k++)
			check_overlap(n, &n->drafts[k], &n->drafts[i]);
		complete(n, &n->drafts[i]);
		if (n->drafts[i].network.kind == NETWORK_MANAGEMENT)
			use(env, &n->drafts[i]);
	}
	for (size_t i = 0; i < env->machine_count; i++) {
		struct machine *m = &env->machines[i];

		for (size_t k = 0; k < m->card_count; k++) {
			struct draft *d = &n->drafts[m->cards[k].network];

			use(env, d);
			m->cards[k].network = d->index;
		}
	}
}

void normalize_networks(struct normalizer *n)
{
	n->said = arena_alloc(&n->env->arena, n->env->machine_count * sizeof(*n->said));
	drafts_declare(n);
	cards_take(n);
	addresses_take(n);
	rooms_check(n);
	macs_take(n);
	drafts_finish(n);
}
