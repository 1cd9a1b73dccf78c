/* SPDX-License-Identifier: Apache-2.0 */
/* Places, from what networks of libvirt say and what the file says. */
#include "providers/libvirt_network.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/proc.h"
#include "core/stop.h"
#include "providers/host_device.h"
#include "providers/known_networks.h"
#include "providers/network_xml.h"

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static char *address_text(uint32_t address)
{
	char text[IPV4_TEXT_BYTES];

	if (!address)
		return NULL;
	ipv4_text(address, text);
	return xstrdup(text);
}

static char *prefix_text(bool has, const struct subnet *s)
{
	return has ? xasprintf("%u", subnet_prefix(s)) : NULL;
}

static void fill(const struct network_view *v, const struct reservation *r, struct place *out)
{
	*out = (struct place){
		.network = xstrdup(v->name),
		.bridge = copy(v->bridge),
		.address = address_text(r ? r->address : 0),
		.prefix = prefix_text(v->has_subnet, &v->subnet),
		.ipv6 = copy(r ? r->ipv6 : NULL),
		.ipv6_prefix = prefix_text(v->has_ipv6, &v->ipv6),
		.gateway = v->leads_out ? address_text(v->gateway) : NULL,
		.server = v->has_names ? address_text(v->gateway) : NULL,
		.domain = copy(v->domain),
	};
}

int libvirt_place_in(struct libvirt_provider *p, const char *network, const char *mac,
		     struct place *out, struct error *err)
{
	cleanup_network_view struct network_view view = { 0 };
	cleanup_network virNetworkPtr net = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	const struct reservation *r;

	if (known_network_find(p->conn, network, &net, err) < 0 ||
	    known_network_describe(net, &doc, err) < 0)
		return -1;
	network_view_read_any(doc, &view);
	r = reservations_by_mac(&view.reservations, mac);
	if (!r && view.network)
		return error_set(err, ERROR_NOT_FOUND, "network '%s' has no address for '%s'",
				 network, mac);
	fill(&view, r, out);
	return 0;
}

static void say(const char *said, char **value)
{
	if (!said)
		return;
	free(*value);
	*value = xstrdup(said);
}

/* On networks of ours, the reservation is right: it is what was said. */
static void add_said(const struct card *card, bool is_ours, struct place *out)
{
	if (!is_ours || !out->address) {
		say(card->ip, &out->address);
		say(card->gateway, &out->gateway);
		if (card->ip && card->prefix) {
			free(out->prefix);
			out->prefix = xasprintf("%u", card->prefix);
		}
	}
	if (!is_ours || !out->ipv6)
		say(card->ipv6, &out->ipv6);
	if (out->ipv6 && !out->ipv6_prefix)
		out->ipv6_prefix = xstrdup("64");
}

static int place_on_device(const struct network *network, struct place *out, struct error *err)
{
	const char *device = host_device_first(&network->devices);

	if (!device)
		return error_set(err, ERROR_NOT_FOUND, "this host has no device '%s'",
				 network->devices.count ? network->devices.at[0] : "");
	*out = (struct place){ 0 };
	if (host_device_is_bridge(device))
		out->bridge = xstrdup(device);
	else
		out->device = xstrdup(device);
	return 0;
}

int libvirt_place(struct libvirt_provider *p, const char *project_id, const struct network *network,
		  const struct card *card, struct place *out, struct error *err)
{
	bool is_foreign = network->kind == NETWORK_FOREIGN;
	bool is_bridged = network->kind == NETWORK_BRIDGED;
	cleanup_free char *name = is_foreign ? xstrdup(network->name) :
					       network_libvirt_name(project_id, network->name);
	struct place place = { 0 };

	if (is_bridged ? place_on_device(network, &place, err) < 0 :
			 libvirt_place_in(p, name, card->mac, &place, err) < 0)
		return -1;
	add_said(card, !is_foreign && !is_bridged, &place);
	*out = place;
	return 0;
}

void place_clear(struct place *place)
{
	free(place->network);
	free(place->bridge);
	free(place->device);
	free(place->address);
	free(place->prefix);
	free(place->ipv6);
	free(place->ipv6_prefix);
	free(place->gateway);
	free(place->server);
	free(place->domain);
	*place = (struct place){ 0 };
}
