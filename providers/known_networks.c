/* SPDX-License-Identifier: Apache-2.0 */
/* One call for the list, two for each network. */
#include "providers/known_networks.h"

#include <stdlib.h>
#include <string.h>

int known_network_find(virConnectPtr conn, const char *name, virNetworkPtr *out, struct error *err)
{
	virNetworkPtr net = virt.NetworkLookupByName(conn, name);

	if (!net && libvirt_error_code() != VIR_ERR_NO_NETWORK)
		return libvirt_error(err, "cannot look for network '%s'", name);
	if (!net)
		return error_set(err, ERROR_NOT_FOUND, "network '%s' is missing", name);
	*out = net;
	return 0;
}

int known_network_describe(virNetworkPtr net, xmlDocPtr *out, struct error *err)
{
	cleanup_free char *text = virt.NetworkGetXMLDesc(net, VIR_NETWORK_XML_INACTIVE);

	/* libvirt's test driver does not know the flag. */
	if (!text && libvirt_error_code() == VIR_ERR_INVALID_ARG)
		text = virt.NetworkGetXMLDesc(net, 0);
	if (!text)
		return libvirt_error(err, "cannot describe a network");
	return xml_parse(text, "a network", out, err);
}

static void add(struct known_networks *k, virNetworkPtr net)
{
	cleanup_error struct error ignored = { 0 };
	struct known_network one = { .net = net };

	/* One that vanished since it was listed is not there. */
	if (known_network_describe(net, &one.doc, &ignored) < 0) {
		virt.NetworkFree(net);
		return;
	}
	one.active = virt.NetworkIsActive(net) == 1;
	network_view_read_any(one.doc, &one.view);
	k->at = xgrow(k->at, k->count, sizeof(*k->at));
	k->at[k->count++] = one;
}

int known_networks_read(virConnectPtr conn, struct known_networks *out, struct error *err)
{
	struct known_networks k = { 0 };
	virNetworkPtr *nets = NULL;
	int n = virt.ConnectListAllNetworks(conn, &nets, 0);

	if (n < 0)
		return libvirt_error(err, "cannot list the networks");
	for (int i = 0; i < n; i++)
		add(&k, nets[i]);
	free(nets);
	*out = k;
	return 0;
}

const struct known_network *known_networks_of(const struct known_networks *k,
					      const char *project_id, const char *name)
{
	for (size_t i = 0; i < k->count; i++) {
		const struct network_view *v = &k->at[i].view;

		if (v->network && strcmp(v->tag.project_id, project_id) == 0 &&
		    strcmp(v->network, name) == 0)
			return &k->at[i];
	}
	return NULL;
}

const struct known_network *known_networks_named(const struct known_networks *k, const char *name)
{
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->at[i].view.name, name) == 0)
			return &k->at[i];
	return NULL;
}

void known_networks_clear(struct known_networks *k)
{
	for (size_t i = 0; i < k->count; i++) {
		network_view_clear(&k->at[i].view);
		xml_doc_clear(&k->at[i].doc);
		virt.NetworkFree(k->at[i].net);
	}
	free(k->at);
	*k = (struct known_networks){ 0 };
}
