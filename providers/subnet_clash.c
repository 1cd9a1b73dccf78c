/* SPDX-License-Identifier: Apache-2.0 */
/* Looks through networks first, so that what they put on this host goes by their names. */
#include "providers/subnet_clash.h"

#include <string.h>

#include "core/text.h"

static char *describe_network(const struct network_view *v, const struct subnet *s)
{
	cleanup_free char *subnet = subnet_format(s);

	if (!v->network)
		return xasprintf("libvirt's network '%s' has %s", v->name, subnet);
	return xasprintf("network '%s' of project '%s' in '%s' has %s", v->network,
			 v->tag.project ? v->tag.project : v->tag.project_id,
			 v->tag.directory ? v->tag.directory : "?", subnet);
}

/* Where the host is not on a network, several may have the same subnet. */
static char *clash_with_network(const struct known_network *k, const struct subnet *s)
{
	const struct network_view *v = &k->view;

	if (!k->active || v->kind == NETWORK_INTERNAL)
		return NULL;
	if (v->has_subnet && subnet_overlap(&v->subnet, s))
		return describe_network(v, &v->subnet);
	if (v->has_ipv6 && subnet_overlap(&v->ipv6, s))
		return describe_network(v, &v->ipv6);
	return NULL;
}

static const struct known_network *by_bridge(const struct known_networks *all, const char *device)
{
	for (size_t i = 0; i < all->count; i++)
		if (text_equal(all->at[i].view.bridge, device))
			return &all->at[i];
	return NULL;
}

static char *clash_with_host(const struct host_subnet *h, const struct subnet *s)
{
	cleanup_free char *subnet = NULL;

	if (!subnet_overlap(&h->subnet, s) || (h->is_route && h->subnet.bits < s->bits))
		return NULL;
	subnet = subnet_format(&h->subnet);
	return h->is_route ? xasprintf("this host has a route to %s by '%s'", subnet, h->device) :
			     xasprintf("this host's '%s' is in %s", h->device, subnet);
}

char *subnet_clash(const struct subnet_owners *owners, const struct subnet *s, const char *own)
{
	char *clash = NULL;

	for (size_t i = 0; !clash && i < owners->networks->count; i++)
		if (strcmp(owners->networks->at[i].view.name, own) != 0)
			clash = clash_with_network(&owners->networks->at[i], s);
	for (size_t i = 0; !clash && i < owners->host->count; i++)
		if (!by_bridge(owners->networks, owners->host->at[i].device))
			clash = clash_with_host(&owners->host->at[i], s);
	return clash;
}

void subnet_clash_all(const struct subnet_owners *owners, const char *own, struct subnets *out)
{
	for (size_t i = 0; i < owners->networks->count; i++)
		if (strcmp(owners->networks->at[i].view.name, own) != 0)
			network_add_subnets(owners->networks->at[i].doc, out);
	for (size_t i = 0; i < owners->host->count; i++) {
		const struct host_subnet *h = &owners->host->at[i];
		const struct known_network *k = by_bridge(owners->networks, h->device);

		if (subnet_is_v4(&h->subnet) && !(k && strcmp(k->view.name, own) == 0))
			subnets_add(out, &h->subnet);
	}
}
