/* SPDX-License-Identifier: Apache-2.0 */
/* The XML of a system container. */
#include "providers/container_xml.h"

#include "core/mem.h"
#include "providers/xml.h"

#define PERIOD_US 100000u

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

/* The address is set before process 1 starts: no DHCP in the container, none to wait for. */
static void write_card(struct xml *x, const struct container_domain *d)
{
	xml_open(x, "interface", "type", "network", NULL);
	xml_empty(x, "mac", "address", d->machine->cards->mac, NULL);
	xml_empty(x, "source", "network", d->network, NULL);
	xml_empty(x, "ip", "address", d->address, "family", "ipv4", "prefix", d->prefix, NULL);
	xml_empty(x, "route", "family", "ipv4", "address", "0.0.0.0", "prefix", "0", "gateway",
		  d->gateway, NULL);
	xml_empty(x, "guest", "dev", "eth0", NULL);
	xml_end(x);
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
	write_card(&x, d);
	xml_empty(&x, "console", "type", "pty", NULL);
	xml_end(&x);
	xml_end(&x);
	return xml_take(&x);
}
