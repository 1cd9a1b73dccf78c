/* SPDX-License-Identifier: Apache-2.0 */
/* Networks made, made anew and extended. */
#include "providers/network_make.h"

#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/stop.h"
#include "core/turn.h"
#include "core/text.h"
#include "providers/host_device.h"
#include "providers/libvirt_domain.h"
#include "providers/network_power.h"
#include "providers/network_update.h"
#include "providers/network_xml.h"
#include "providers/subnet_clash.h"

#define ATTEMPTS 8 /* subnets that may turn out to be taken after all */
#define CHANGES_MAX 4
#define LOCK_MS 20000

/* What is said of networks in general. `owner` is a buffer that has to live as long. */
static struct tag tag_of(const struct network_job *job, const char *owner)
{
	const struct project *project = &job->env->project;
	const char *first = job->old ? job->old->view.tag.owner : NULL;

	return (struct tag){
		.version = BOTHY_VERSION,
		.project_id = project->id,
		.project = project->name,
		.directory = project->directory,
		.owner = first ? first : owner,
	};
}

static int write_xml(const struct network_job *job, const struct subnet *subnet, char **out,
		     struct error *err)
{
	cleanup_reservations struct reservations r = { 0 };
	cleanup_free char *owner = libvirt_owner();
	struct tag tag = tag_of(job, owner);
	struct network_design d = {
		.seating = { job->network, *subnet },
		.tag = &tag,
		.uuid = job->old ? job->old->view.uuid : NULL,
		.mac = job->old ? job->old->view.mac : NULL,
		.reservations = &r,
	};

	if (seating_assign(&d.seating, job->seats, job->kept, &r, err) < 0)
		return -1;
	*out = network_xml(&d);
	return 0;
}

static int define(const struct network_job *job, const char *xml, virNetworkPtr *out,
		  struct error *err)
{
	*out = virt.NetworkDefineXML(job->p->conn, xml);
	return *out ? 0 : libvirt_error(err, "cannot define the network");
}

/*
 * Two that choose at the same time may choose the same. Both define their network first and look then, so that at
 * least one of them sees the other, and chooses again.
 */
static int look_again(const struct network_job *job, const char *own, const struct subnet *subnet,
		      struct error *err)
{
	cleanup_known_networks struct known_networks now = { 0 };

	if (known_networks_read(job->p->conn, &now, err) < 0)
		return -1;
	for (size_t i = 0; i < now.count; i++) {
		const struct network_view *v = &now.at[i].view;

		if (strcmp(v->name, own) != 0 && v->has_subnet &&
		    subnet_overlap(&v->subnet, subnet))
			return error_set(err, ERROR_PROVIDER, "network '%s' has the same subnet",
					 v->name);
	}
	return 0;
}

static int switch_on(virNetworkPtr net, struct error *err)
{
	cleanup_network_view struct network_view view = { 0 };
	cleanup_xml_doc xmlDocPtr doc = NULL;

	if (known_network_describe(net, &doc, err) < 0)
		return -1;
	network_view_read_any(doc, &view);
	if (network_power_on(net, &view, err) < 0)
		return -1;
	/* It has to come back with the host, or machines that the host starts would miss it. */
	virt.NetworkSetAutostart(net, 1);
	return 0;
}

/* Starting shows whether a subnet was really free. */
static int make_in(const struct network_job *job, const struct subnet *subnet, struct error *err)
{
	cleanup_free char *xml = NULL;
	cleanup_network virNetworkPtr net = NULL;
	bool chosen = !job->network->subnet;

	if (write_xml(job, subnet, &xml, err) < 0 || define(job, xml, &net, err) < 0)
		return -1;
	if ((!chosen || look_again(job, virt.NetworkGetName(net), subnet, err) == 0) &&
	    switch_on(net, err) == 0)
		return 0;
	if (!job->old)
		virt.NetworkUndefine(net);
	return -1;
}

struct market { /* of subnets */
	struct known_networks networks;
	struct host_subnets host;
};

static void market_clear(struct market *m)
{
	known_networks_clear(&m->networks);
	host_subnets_clear(&m->host);
}

static int market_read(const struct network_job *job, struct market *out, struct error *err)
{
	if (known_networks_read(job->p->conn, &out->networks, err) < 0)
		return -1;
	return host_subnets_read(&out->host, err);
}

static int take_said(const struct network_job *job, const struct subnet_owners *owners,
		     const char *name, struct subnet *out, struct error *err)
{
	const struct network *n = job->network;
	cleanup_free char *clash = NULL;

	if (!subnet_read(n->subnet, out) || !subnet_is_v4(out))
		return error_set(err, ERROR_PROVIDER, "'%s' is not a subnet", n->subnet);
	clash = n->kind == NETWORK_INTERNAL ? NULL : subnet_clash(owners, out, name);
	if (!clash)
		return 0;
	error_set(err, ERROR_BUSY, "it cannot have the subnet %s: %s", n->subnet, clash);
	return error_hint(err, "choose another subnet, or leave it out for one that is free");
}

/* `refused` are those that libvirt would not have. */
static int choose(const struct network_job *job, const struct subnets *refused, struct subnet *out,
		  struct error *err)
{
	const char *project_id = job->env->project.id;
	cleanup_free char *name = network_libvirt_name(project_id, job->network->name);
	cleanup(market_clear) struct market market = { 0 };
	struct subnet_owners owners = { &market.networks, &market.host };
	cleanup_subnets struct subnets taken = { 0 };
	char bridge[NETWORK_BRIDGE_BYTES];
	cleanup_free char *clash = NULL;

	if (market_read(job, &market, err) < 0)
		return -1;
	if (job->network->subnet)
		return take_said(job, &owners, name, out, err);
	if (job->old && job->old->view.has_subnet && !refused->count) {
		*out = job->old->view.subnet;
		clash = subnet_clash(&owners, out, name);
		if (!clash)
			return 0;
	}
	subnet_clash_all(&owners, name, &taken);
	for (size_t i = 0; i < refused->count; i++)
		subnets_add(&taken, &refused->at[i]);
	if (!subnet_choose(&taken, network_bridge(project_id, job->network->name, bridge), out))
		return error_set(err, ERROR_PROVIDER,
				 "no subnet within 10.87.0.0 to 10.94.255.255 is free");
	return 0;
}

static int create(const struct network_job *job, struct error *err)
{
	cleanup_subnets struct subnets refused = { 0 };
	cleanup_error struct error last = { 0 };

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		struct subnet subnet;

		if (stop_check(0, "making the network", err) < 0 ||
		    choose(job, &refused, &subnet, err) < 0)
			return -1;
		if (make_in(job, &subnet, &last) == 0)
			return 0;
		if (last.kind != ERROR_PROVIDER || job->network->subnet)
			break;
		subnets_add(&refused, &subnet);
	}
	return error_move(err, &last);
}

/* Spares those who share this home from choosing twice; where there can be no lock, look_again() is enough. */
static int create_in_turn(const struct network_job *job, struct error *err)
{
	cleanup_free char *locks = fs_join(job->p->home, "locks");
	cleanup_free char *path = fs_join(locks, "subnets");
	cleanup_error struct error ignored = { 0 };
	cleanup_turn struct turn turn = { .fd = -1 };

	if (!job->network->subnet && fs_make_dirs(locks, 0755, NULL, &ignored) == 0)
		turn_take(path, "choosing a subnet", LOCK_MS, &turn, &ignored);
	return create(job, err);
}

/* Says in the error what remains if even this fails. */
static void restore(const struct network_job *job, struct error *err)
{
	cleanup_free char *xml = xml_dump(job->old->doc);
	cleanup_error struct error again = { 0 };
	cleanup_network virNetworkPtr net = NULL;

	if (define(job, xml, &net, &again) < 0 ||
	    (job->old->active && network_power_on(net, &job->old->view, &again) < 0))
		error_hint(err, "network '%s' remains switched off: %s", job->old->view.name,
			   again.text);
}

static int make_anew(const struct network_job *job, struct error *err)
{
	const char *bridge = job->old->view.bridge;
	cleanup_bridge_ports struct bridge_ports ports = { 0 };
	int ret;

	if (bridge && !job->p->is_test)
		ports = bridge_ports_read(bridge);
	if (network_power_off(job->old->net, err) < 0)
		return -1;
	ret = create_in_turn(job, err);
	if (ret < 0)
		restore(job, err);
	if (bridge)
		bridge_ports_plug(&ports, bridge);
	return ret;
}

/* Many changes take longer than a start, which nobody notices where nobody is plugged in. */
static int tell_running(const struct network_job *job, const char *xml, struct error *err)
{
	const struct known_network *old = job->old;
	cleanup_bridge_ports struct bridge_ports ports = { 0 };
	size_t changes;

	if (network_update_count(old->net, xml, &changes, err) < 0)
		return -1;
	if (changes > CHANGES_MAX && old->view.bridge && !job->p->is_test) {
		ports = bridge_ports_read(old->view.bridge);
		if (!ports.count)
			return network_power_off(old->net, err);
	}
	return changes ? network_update(old->net, xml, err) : 0;
}

/* The definition comes last: what the running network did not get is found missing the next time. */
static int extend(const struct network_job *job, struct error *err)
{
	const struct known_network *old = job->old;
	cleanup_free char *xml = NULL;
	cleanup_network virNetworkPtr net = NULL;

	if (!old->view.has_subnet)
		return make_anew(job, err);
	if (write_xml(job, &old->view.subnet, &xml, err) < 0 ||
	    (old->active && tell_running(job, xml, err) < 0) || define(job, xml, &net, err) < 0)
		return -1;
	return switch_on(net, err);
}

/* Networks of a bothy that said nothing of settings have those that there were then. */
static bool is_as_said(const struct network_job *job)
{
	const char *made = job->old->view.tag.settings, *said = job->network->settings;

	return !made || !said || strcmp(made, said) == 0;
}

/* libvirt's test driver does not tell of a definition while the network runs. */
static bool tells_tags(const struct network_job *job)
{
	return !job->p->is_test || job->network->dhcp;
}

int network_make(const struct network_job *job, struct error *err)
{
	if (!job->old)
		return create_in_turn(job, err);
	return is_as_said(job) && tells_tags(job) ? extend(job, err) : make_anew(job, err);
}
