/* SPDX-License-Identifier: Apache-2.0 */
/* The XML of a system container. */
#include "providers/container_xml.h"

#include "core/mem.h"
#include "providers/card_xml.h"
#include "providers/xml.h"

#define PERIOD_US 100000u
#define USUAL_PREFIX "24" /* where an address of a network that is not ours comes without */
#define USUAL_PREFIX_IPV6 "64"

static void write_size(struct xml *x, const struct machine *m)
{
	xml_memory(x, m->memory_mib);
	xml_element(x, "vcpu", "%u", m->cpus);
	/* The number of CPUs alone limits nothing: a container sees all of the host's. */
	xml_begin(x, "cputune");
	xml_element(x, "period", "%u", PERIOD_US);
	xml_element(x, "quota", "%llu", (unsigned long long)m->cpus * PERIOD_US);
	xml_end(x);
}

static void write_os(struct xml *x, const struct machine *m)
{
	const struct strings *command = &m->command;

	xml_begin(x, "os");
	xml_element(x, "type", "exe");
	xml_element(x, "init", "%s", command->count ? command->at[0] : CONTAINER_INIT);
	for (size_t i = 1; i < command->count; i++)
		xml_element(x, "initarg", "%s", command->at[i]);
	xml_end(x);
	/* Without this a container that has lost its card would be in the host's network. */
	xml_begin(x, "features");
	xml_empty(x, "privnet", NULL);
	xml_end(x);
}

static void write_address(struct xml *x, const char *family, const char *address,
			  const char *prefix)
{
	xml_empty(x, "ip", "address", address, "family", family, "prefix", prefix, NULL);
}

/*
 * Addresses are set before process 1 starts: no DHCP in the container, none to wait for. A way out without an address
 * on the way would keep the container from starting.
 */
static void write_addresses(struct xml *x, const struct card *card, const struct place *place,
			    const char *gateway)
{
	bool has_address = place->address && !card->dhcp;

	if (has_address)
		write_address(x, "ipv4", place->address,
			      place->prefix ? place->prefix : USUAL_PREFIX);
	if (place->ipv6)
		write_address(x, "ipv6", place->ipv6,
			      place->ipv6_prefix ? place->ipv6_prefix : USUAL_PREFIX_IPV6);
	if (has_address && gateway)
		xml_empty(x, "route", "family", "ipv4", "address", "0.0.0.0", "prefix", "0",
			  "gateway", gateway, NULL);
}

static void write_card(struct xml *x, const struct container_domain *d, size_t number,
		       const char *gateway)
{
	const struct card *card = &d->machine->cards[number];
	const struct place *place = &d->places[number];

	card_xml_open(x, &d->networks[card->network], card, place);
	if (card->configure)
		write_addresses(x, card, place, gateway);
	xml_begin(x, "guest");
	xml_attrf(x, "dev", "eth%zu", number);
	xml_end(x);
	xml_end(x);
}

static void write_cards(struct xml *x, const struct container_domain *d)
{
	struct way_out way_out = way_out_of(d->machine, d->places);

	for (size_t i = 0; i < d->machine->card_count; i++)
		write_card(x, d, i, i == way_out.card ? way_out.gateway : NULL);
}

char *container_xml(const struct container_domain *d)
{
	cleanup_xml struct xml x;

	xml_init(&x);
	xml_open(&x, "domain", "type", "lxc", NULL);
	xml_element(&x, "name", "%s", d->name);
	if (d->uuid)
		xml_element(&x, "uuid", "%s", d->uuid);
	xml_begin(&x, "metadata");
	tag_write(&x, "machine", d->tag);
	xml_end(&x);
	write_size(&x, d->machine);
	write_os(&x, d->machine);
	xml_empty(&x, "clock", "offset", "utc", NULL);
	xml_element(&x, "on_poweroff", "destroy");
	xml_element(&x, "on_reboot", "restart");
	xml_element(&x, "on_crash", "destroy");
	xml_begin(&x, "devices");
	xml_open(&x, "filesystem", "type", "mount", "accessmode", "passthrough", NULL);
	xml_empty(&x, "source", "dir", d->root, NULL);
	xml_empty(&x, "target", "dir", "/", NULL);
	xml_end(&x);
	write_cards(&x, d);
	xml_empty(&x, "console", "type", "pty", NULL);
	xml_end(&x);
	xml_end(&x);
	return xml_take(&x);
}
