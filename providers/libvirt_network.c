/* SPDX-License-Identifier: Apache-2.0 */
/* Makes, extends, finds and removes the networks of projects. */
#include "providers/libvirt_network.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/proc.h"
#include "core/stop.h"

#include "providers/libvirt_domain.h"
#include "providers/network_xml.h"
#include "providers/subnet.h"
#include "providers/tag.h"
#include "providers/xml.h"

#define ANNOUNCE_MS 2000
#define ATTEMPTS 8 /* subnets that may turn out to be taken after all */

/* *out stays NULL if there is none. */
static int find_network(virConnectPtr conn, const char *project_id, virNetworkPtr *out,
			struct error *err)
{
	char name[NETWORK_NAME_BYTES];

	network_name(project_id, name);
	*out = virt.NetworkLookupByName(conn, name);
	if (!*out && libvirt_error_code() != VIR_ERR_NO_NETWORK)
		return libvirt_error(err, "cannot look for network '%s'", name);
	return 0;
}

static int describe(virNetworkPtr net, xmlDocPtr *out, struct error *err)
{
	cleanup_free char *text = virt.NetworkGetXMLDesc(net, 0);

	if (!text)
		return libvirt_error(err, "cannot describe a network");
	return xml_parse(text, "a network", out, err);
}

static void add_subnets_of(virNetworkPtr net, struct subnets *s)
{
	struct error ignored = { 0 };
	cleanup_xml_doc xmlDocPtr doc = NULL;
	xmlNodePtr node;

	/* One that vanished since it was listed takes nothing. */
	if (describe(net, &doc, &ignored) < 0) {
		error_clear(&ignored);
		return;
	}
	for (node = xml_find(xml_root(doc), "ip"); node; node = xml_next(node))
		subnets_add_text(s, xml_get(node, "address"), xml_get(node, "netmask"),
				 xml_get(node, "prefix"));
	for (node = xml_find(xml_root(doc), "route"); node; node = xml_next(node))
		subnets_add_text(s, xml_get(node, "address"), xml_get(node, "netmask"),
				 xml_get(node, "prefix"));
}

static int add_libvirt_subnets(virConnectPtr conn, struct subnets *s, struct error *err)
{
	virNetworkPtr *nets = NULL;
	int n = virt.ConnectListAllNetworks(conn, &nets, 0);

	if (n < 0)
		return libvirt_error(err, "cannot list the networks");
	for (int i = 0; i < n; i++) {
		add_subnets_of(nets[i], s);
		virt.NetworkFree(nets[i]);
	}
	free(nets);
	return 0;
}

static bool shares_engine(const struct provider *p, const struct machine *m)
{
	const struct provider_ops *ops = provider_find(m->provider);

	return ops && strcmp(ops->engine, p->ops->engine) == 0;
}

static int reserve_all(struct libvirt_provider *p, const struct env *env, uint32_t subnet,
		       struct reservations *r, struct error *err)
{
	for (size_t i = 0; i < env->machine_count; i++) {
		const struct machine *m = &env->machines[i];
		uint32_t address;

		if (!shares_engine(&p->base, m))
			continue;
		address = reservations_next(r, subnet);
		if (!address)
			return error_set(err, ERROR_PROVIDER, "no address is left for machine '%s'",
					 m->name);
		reservations_add(r, m, address);
	}
	return 0;
}

static virNetworkPtr define_network(struct libvirt_provider *p, const struct env *env,
				    uint32_t subnet, struct error *err)
{
	cleanup_reservations struct reservations r = { 0 };
	cleanup_free char *owner = libvirt_owner(), *text = NULL;
	struct tag tag = {
		.version = BOTHY_VERSION,
		.project_id = env->project.id,
		.project = env->project.name,
		.directory = env->project.directory,
		.owner = owner,
	};
	virNetworkPtr net;

	if (reserve_all(p, env, subnet, &r, err) < 0)
		return NULL;
	text = network_xml(env, &tag, subnet, &r);
	net = virt.NetworkDefineXML(p->conn, text);
	if (!net)
		libvirt_error(err, "cannot define the network of project '%s'", env->project.name);
	return net;
}

/* It has to come back with the host, or machines that the host starts would miss it. */
static int start_network(virNetworkPtr net, struct error *err)
{
	int active = virt.NetworkIsActive(net);

	if (active == 1 || (active == 0 && virt.NetworkCreate(net) == 0))
		return 0;
	/* Somebody else may have started it in between. */
	if (libvirt_error_code() == VIR_ERR_OPERATION_INVALID && virt.NetworkIsActive(net) == 1)
		return 0;
	return libvirt_error(err, "cannot start the network");
}

/* Starting shows whether a subnet was really free: another one is tried then. */
static int create_network(struct libvirt_provider *p, const struct env *env, struct error *err)
{
	cleanup_subnets struct subnets taken = { 0 };
	cleanup_error struct error last = { 0 };

	if (add_libvirt_subnets(p->conn, &taken, err) < 0 || subnets_add_host(&taken, err) < 0)
		return -1;
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		cleanup_network virNetworkPtr net = NULL;
		uint32_t subnet;

		if (!subnet_choose(&taken, env->project.id, &subnet))
			return error_set(err, ERROR_PROVIDER,
					 "no subnet within 10.87.0.0 to 10.94.255.255 is free");
		net = define_network(p, env, subnet, err);
		if (!net)
			return -1;
		if (start_network(net, &last) == 0) {
			virt.NetworkSetAutostart(net, 1);
			return 0;
		}
		virt.NetworkUndefine(net);
		if (last.kind != ERROR_PROVIDER)
			break;
		subnets_add(&taken, subnet, 0xffffff00u);
	}
	return error_move(err, &last);
}

static int update(virNetworkPtr net, unsigned command, unsigned section, const char *text,
		  struct error *err)
{
	unsigned flags = VIR_NETWORK_UPDATE_AFFECT_CONFIG;

	if (virt.NetworkIsActive(net) == 1)
		flags |= VIR_NETWORK_UPDATE_AFFECT_LIVE;
	if (virt.NetworkUpdate(net, command, section, -1, text, flags) < 0)
		return libvirt_error(err, "cannot change the network");
	return 0;
}

static int ensure_names(virNetworkPtr net, xmlDocPtr doc, const struct reservation *r,
			struct error *err)
{
	cleanup_free char *host = NULL;

	if (network_knows_names(doc, r))
		return 0;
	host = network_xml_dns_host(r);
	if (network_has_address(doc, r->address) &&
	    update(net, VIR_NETWORK_UPDATE_COMMAND_DELETE, VIR_NETWORK_SECTION_DNS_HOST, host,
		   err) < 0)
		return -1;
	return update(net, VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, VIR_NETWORK_SECTION_DNS_HOST, host,
		      err);
}

/* A machine that was given another MAC keeps its address. */
static int ensure_address(virNetworkPtr net, const struct reservation *old,
			  const struct reservation *r, struct error *err)
{
	cleanup_free char *before = NULL, *host = NULL;

	if (old && strcasecmp(old->mac, r->mac) == 0)
		return 0;
	if (old) {
		before = network_xml_dhcp_host(old);
		if (update(net, VIR_NETWORK_UPDATE_COMMAND_DELETE, VIR_NETWORK_SECTION_IP_DHCP_HOST,
			   before, err) < 0)
			return -1;
	}
	host = network_xml_dhcp_host(r);
	return update(net, VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, VIR_NETWORK_SECTION_IP_DHCP_HOST,
		      host, err);
}

static int extend(virNetworkPtr net, xmlDocPtr doc, struct network_view *view,
		  const struct machine *m, struct error *err)
{
	const struct reservation *old = reservations_by_name(&view->reservations, m->name);
	cleanup_reservations struct reservations wanted = { 0 };
	uint32_t address =
		old ? old->address :
		      reservations_next(&view->reservations, view->gateway & 0xffffff00u);

	if (!address)
		return error_set(err, ERROR_PROVIDER, "no address is left for machine '%s'",
				 m->name);
	reservations_add(&wanted, m, address);
	if (ensure_address(net, old, wanted.at, err) < 0 ||
	    ensure_names(net, doc, wanted.at, err) < 0)
		return error_wrap(err, "cannot give machine '%s' an address", m->name);
	if (!old)
		reservations_add(&view->reservations, m, address);
	return 0;
}

static int extend_network(struct libvirt_provider *p, virNetworkPtr net, const struct env *env,
			  struct error *err)
{
	cleanup_xml_doc xmlDocPtr doc = NULL;
	cleanup_network_view struct network_view view = { 0 };

	if (describe(net, &doc, err) < 0)
		return -1;
	if (!network_view_read(doc, &view) || strcmp(view.tag.project_id, env->project.id) != 0)
		return error_set(err, ERROR_PROVIDER,
				 "a network of that name exists, but is not of this project");
	for (size_t i = 0; i < env->machine_count; i++)
		if (shares_engine(&p->base, &env->machines[i]) &&
		    extend(net, doc, &view, &env->machines[i], err) < 0)
			return -1;
	return start_network(net, err);
}

int libvirt_network_ensure(struct provider *base, const struct env *env, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_network virNetworkPtr net = NULL;
	libvirt_locked(p);
	int ret;

	if (stop_check(0, "making the network", err) < 0 ||
	    find_network(p->conn, env->project.id, &net, err) < 0)
		return -1;
	ret = net ? extend_network(p, net, env, err) : create_network(p, env, err);
	return ret < 0 ? error_wrap(err, "cannot make the network of project '%s'",
				    env->project.name) :
			 0;
}

int libvirt_network_start(struct libvirt_provider *p, const char *project_id, struct error *err)
{
	cleanup_network virNetworkPtr net = NULL;

	if (find_network(p->conn, project_id, &net, err) < 0)
		return -1;
	if (!net)
		return error_set(err, ERROR_NOT_FOUND, "the network of the project is missing");
	return start_network(net, err);
}

/* Whether the connection that could not be opened is to a driver that this host does not have. */
static bool has_no_such_driver(void)
{
	const virError *e = virt.GetLastError();

	if (!e || e->code == VIR_ERR_NO_CONNECT)
		return e != NULL;
	return e->code == VIR_ERR_SYSTEM_ERROR && (e->int1 == ENOENT || e->int1 == ECONNREFUSED);
}

/* The other driver's machines count too. */
static int peer_has_machines(struct libvirt_provider *p, const char *project_id, bool *out,
			     struct error *err)
{
	virConnectPtr peer;
	int ret;

	*out = false;
	if (!p->peer_uri)
		return 0;
	peer = libvirt_connect(p->peer_uri, true);
	if (!peer)
		return has_no_such_driver() ? 0 : libvirt_open_error(p->peer_uri, err);
	ret = libvirt_has_domains(peer, project_id, out, err);
	virt.ConnectClose(peer);
	return ret;
}

int libvirt_network_remove(struct provider *base, const char *project_id, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_network virNetworkPtr net = NULL;
	bool used;

	if (libvirt_has_domains(p->conn, project_id, &used, err) < 0)
		return -1;
	if (!used && peer_has_machines(p, project_id, &used, err) < 0)
		return -1;
	if (used)
		return 0;
	if (find_network(p->conn, project_id, &net, err) < 0)
		return -1;
	if (!net)
		return 0;
	if (virt.NetworkIsActive(net) == 1 && virt.NetworkDestroy(net) < 0 &&
	    libvirt_error_code() != VIR_ERR_OPERATION_INVALID)
		return libvirt_error(err, "cannot stop the network of the project");
	if (virt.NetworkUndefine(net) < 0 && libvirt_error_code() != VIR_ERR_NO_NETWORK)
		return libvirt_error(err, "cannot remove the network of the project");
	return 0;
}

int libvirt_place(struct libvirt_provider *p, const char *project_id, const struct network *network,
		  const struct card *card, struct place *out, struct error *err)
{
	char name[NETWORK_NAME_BYTES];

	(void)network;
	network_name(project_id, name);
	return libvirt_place_in(p, name, card->mac, out, err);
}

int libvirt_place_in(struct libvirt_provider *p, const char *network, const char *mac,
		     struct place *out, struct error *err)
{
	cleanup_network virNetworkPtr net = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	cleanup_network_view struct network_view view = { 0 };
	const struct reservation *r;
	char address[SUBNET_TEXT_BYTES], gateway[SUBNET_TEXT_BYTES];

	net = virt.NetworkLookupByName(p->conn, network);
	if (!net && libvirt_error_code() != VIR_ERR_NO_NETWORK)
		return libvirt_error(err, "cannot look for network '%s'", network);
	if (!net)
		return error_set(err, ERROR_NOT_FOUND, "the network of the project is missing");
	if (describe(net, &doc, err) < 0)
		return -1;
	if (!network_view_read(doc, &view) || !(r = reservations_by_mac(&view.reservations, mac)))
		return error_set(err, ERROR_NOT_FOUND,
				 "the network of the project has no address for '%s'", mac);
	subnet_text(r->address, address);
	subnet_text(view.gateway, gateway);
	*out = (struct place){
		.network = xstrdup(network),
		.address = xstrdup(address),
		.gateway = xstrdup(gateway),
		.prefix = xstrdup(NETWORK_PREFIX),
		.bridge = xstrdup(view.bridge ? view.bridge : ""),
		.domain = xstrdup(view.domain ? view.domain : ""),
	};
	return 0;
}

void place_clear(struct place *place)
{
	free(place->network);
	free(place->device);
	free(place->ipv6);
	free(place->ipv6_prefix);
	free(place->address);
	free(place->gateway);
	free(place->prefix);
	free(place->bridge);
	free(place->domain);
	*place = (struct place){ 0 };
}

void libvirt_announce(struct libvirt_provider *p, xmlDocPtr domain, const char *project_id)
{
	const char *mac = xml_get(xml_find(xml_root(domain), "devices/interface/mac"), "address");
	cleanup_error struct error ignored = { 0 };
	cleanup_place struct place place = { 0 };
	char name[NETWORK_NAME_BYTES];

	network_name(project_id, name);
	if (geteuid() != 0 || p->is_test || !mac ||
	    libvirt_place_in(p, name, mac, &place, &ignored) < 0)
		return;
	proc_must((const char *[]){ "ip", "neigh", "replace", place.address, "lladdr", mac, "dev",
				    place.bridge, "nud", "permanent", NULL },
		  clock_ms() + ANNOUNCE_MS, &ignored);
}
