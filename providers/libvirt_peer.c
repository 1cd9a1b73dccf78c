/* SPDX-License-Identifier: Apache-2.0 */
/* Looks through both drivers. */
#include "providers/libvirt_peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "providers/xml.h"

/* Whether the connection that could not be opened is to a driver that this host does not have. */
static bool has_no_such_driver(void)
{
	const virError *e = virt.GetLastError();

	if (!e || e->code == VIR_ERR_NO_CONNECT)
		return e != NULL;
	return e->code == VIR_ERR_SYSTEM_ERROR && (e->int1 == ENOENT || e->int1 == ECONNREFUSED);
}

int libvirt_peer_open(struct libvirt_provider *p, virConnectPtr *out, struct error *err)
{
	virConnectPtr peer = p->peer_uri ? libvirt_connect(p->peer_uri, true) : NULL;

	if (!peer && p->peer_uri && !has_no_such_driver())
		return libvirt_open_error(p->peer_uri, err);
	*out = peer;
	return 0;
}

static void add_cards(virDomainPtr dom, struct network_users *out)
{
	cleanup_free char *text = virt.DomainGetXMLDesc(dom, 0);
	cleanup_error struct error ignored = { 0 };
	cleanup_xml_doc xmlDocPtr doc = NULL;
	xmlNodePtr card;

	/* One that vanished since it was listed is not there. */
	if (!text || xml_parse(text, "a machine", &doc, &ignored) < 0)
		return;
	for (card = xml_find(xml_root(doc), "devices/interface"); card; card = xml_next(card)) {
		const char *network = xml_get(xml_find(card, "source"), "network");
		const char *mac = xml_get(xml_find(card, "mac"), "address");

		if (!network || !mac)
			continue;
		out->at = xgrow(out->at, out->count, sizeof(*out->at));
		out->at[out->count++] = (struct network_user){ xstrdup(network), xstrdup(mac) };
	}
}

static int add_domains(virConnectPtr conn, struct network_users *out, struct error *err)
{
	virDomainPtr *doms = NULL;
	int n = virt.ConnectListAllDomains(conn, &doms, 0);

	if (n < 0)
		return libvirt_error(err, "cannot list the machines");
	for (int i = 0; i < n; i++) {
		add_cards(doms[i], out);
		virt.DomainFree(doms[i]);
	}
	free(doms);
	return 0;
}

int network_users_read(struct libvirt_provider *p, struct network_users *out, struct error *err)
{
	cleanup_network_users struct network_users u = { 0 };
	virConnectPtr peer = NULL;
	int ret;

	if (add_domains(p->conn, &u, err) < 0 || libvirt_peer_open(p, &peer, err) < 0)
		return -1;
	ret = peer ? add_domains(peer, &u, err) : 0;
	if (peer)
		virt.ConnectClose(peer);
	if (ret < 0)
		return -1;
	*out = u;
	u = (struct network_users){ 0 };
	return 0;
}

bool network_users_have(const struct network_users *u, const char *network, const char *mac)
{
	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->at[i].network, network) == 0 &&
		    (!mac || strcasecmp(u->at[i].mac, mac) == 0))
			return true;
	return false;
}

void network_users_clear(struct network_users *u)
{
	for (size_t i = 0; i < u->count; i++) {
		free(u->at[i].network);
		free(u->at[i].mac);
	}
	free(u->at);
	*u = (struct network_users){ 0 };
}
