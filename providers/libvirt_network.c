/* SPDX-License-Identifier: Apache-2.0 */
/* All networks of a project at once: which are wanted, which may go. */
#include "providers/libvirt_network.h"

#include <stdlib.h>
#include <string.h>

#include "core/stop.h"
#include "core/text.h"
#include "providers/host_device.h"
#include "providers/libvirt_domain.h"
#include "providers/libvirt_parting.h"
#include "providers/libvirt_peer.h"
#include "providers/libvirt_pool.h"
#include "providers/network_make.h"
#include "providers/network_power.h"
#include "providers/network_xml.h"

struct ensuring {
	struct libvirt_provider *p;
	const struct env *env;
	struct known_networks known; /* as found */
	struct network_users users;
	bool users_read;
	bool *made; /* by index: was not there before */
};

static void ensuring_clear(struct ensuring *e)
{
	known_networks_clear(&e->known);
	network_users_clear(&e->users);
	free(e->made);
}

static bool shares_engine(const struct provider *p, const struct machine *m)
{
	const struct provider_ops *ops = provider_find(m->provider);

	return ops && strcmp(ops->engine, p->ops->engine) == 0;
}

static struct seats seats_on(const struct ensuring *e, size_t network)
{
	struct seats seats = { 0 };

	for (size_t i = 0; i < e->env->machine_count; i++) {
		const struct machine *m = &e->env->machines[i];

		for (size_t k = 0; k < m->card_count && shares_engine(&e->p->base, m); k++)
			if (m->cards[k].network == network)
				seats_add(&seats, m, &m->cards[k]);
	}
	return seats;
}

static bool is_wanted(const struct ensuring *e, const char *name)
{
	for (size_t i = 0; i < e->env->network_count; i++) {
		cleanup_seats struct seats seats = { 0 };

		if (strcmp(e->env->networks[i].name, name) != 0)
			continue;
		seats = seats_on(e, i);
		return seats.count > 0;
	}
	return false;
}

/* Asking all machines of both drivers costs most of what this takes, and is rarely needed. */
static int read_users(struct ensuring *e, struct error *err)
{
	if (!e->users_read && network_users_read(e->p, &e->users, err) < 0)
		return -1;
	e->users_read = true;
	return 0;
}

/* Places of machines that the file has no more stay for as long as those have the card. */
static int keep_places(struct ensuring *e, const struct known_network *old,
		       const struct seats *seats, struct reservations *out, struct error *err)
{
	for (size_t i = 0; i < old->view.reservations.count; i++) {
		const struct reservation *r = &old->view.reservations.at[i];
		size_t k = 0;

		while (k < seats->count && strcmp(seats->at[k].machine->name, r->name) != 0)
			k++;
		if (k == seats->count && read_users(e, err) < 0)
			return -1;
		if (k < seats->count || network_users_have(&e->users, old->view.name, r->mac))
			reservations_copy(out, r);
	}
	return 0;
}

static int check_owner(const struct ensuring *e, const char *name, struct error *err)
{
	const struct known_network *k = known_networks_named(&e->known, name);

	if (k && !k->view.network)
		return error_set(err, ERROR_BUSY, "network '%s' exists, but is not bothy's", name);
	return 0;
}

static int ensure_own(struct ensuring *e, size_t i, const struct seats *seats, struct error *err)
{
	const struct network *n = &e->env->networks[i];
	cleanup_free char *name = network_libvirt_name(e->env->project.id, n->name);
	const struct known_network *old = known_networks_of(&e->known, e->env->project.id, n->name);
	cleanup_reservations struct reservations kept = { 0 };
	struct network_job job = {
		.p = e->p, .env = e->env, .network = n, .seats = seats, .old = old, .kept = &kept
	};

	if (check_owner(e, name, err) < 0 || (old && keep_places(e, old, seats, &kept, err) < 0) ||
	    network_make(&job, err) < 0)
		return -1;
	e->made[i] = !old;
	return 0;
}

static int ensure_bridged(const struct network *n, struct error *err)
{
	cleanup_free char *list = NULL;

	if (host_device_first(&n->devices))
		return 0;
	error_set(err, ERROR_NOT_FOUND, "this host has no device '%s'",
		  n->devices.count ? n->devices.at[0] : "");
	list = host_device_list();
	return *list ? error_hint(err, "there are: %s", list) : -1;
}

static int ensure_foreign(const struct ensuring *e, const struct network *n, struct error *err)
{
	const struct known_network *k = known_networks_named(&e->known, n->name);

	if (!k)
		return error_set(err, ERROR_NOT_FOUND, "libvirt has no network '%s'", n->name);
	return network_power_on(k->net, &k->view, err);
}

static int ensure_one(struct ensuring *e, size_t i, struct error *err)
{
	const struct network *n = &e->env->networks[i];
	cleanup_seats struct seats seats = seats_on(e, i);
	int ret;

	if (!seats.count)
		return 0;
	if (stop_check(0, "making the network", err) < 0)
		return -1;
	if (n->kind == NETWORK_BRIDGED)
		ret = ensure_bridged(n, err);
	else if (n->kind == NETWORK_FOREIGN)
		ret = ensure_foreign(e, n, err);
	else
		ret = ensure_own(e, i, &seats, err);
	return ret < 0 ? error_wrap(err, "cannot make network '%s' of project '%s'", n->name,
				    e->env->project.name) :
			 0;
}

static int drop_unwanted(struct ensuring *e, struct error *err)
{
	for (size_t i = 0; i < e->known.count; i++) {
		const struct known_network *k = &e->known.at[i];

		if (!k->view.network || strcmp(k->view.tag.project_id, e->env->project.id) != 0 ||
		    is_wanted(e, k->view.network))
			continue;
		if (read_users(e, err) < 0)
			return -1;
		if (!network_users_have(&e->users, k->view.name, NULL) &&
		    network_power_remove(k->net, err) < 0)
			return error_wrap(err, "cannot remove network '%s' of project '%s'",
					  k->view.network, e->env->project.name);
	}
	return 0;
}

static void take_back(const struct ensuring *e, struct error *err)
{
	for (size_t i = 0; i < e->env->network_count; i++) {
		const char *project_id = e->env->project.id;
		cleanup_free char *name =
			network_libvirt_name(project_id, e->env->networks[i].name);
		cleanup_network virNetworkPtr net = NULL;
		cleanup_error struct error again = { 0 };

		if (e->made[i])
			net = virt.NetworkLookupByName(e->p->conn, name);
		if (net && network_power_remove(net, &again) < 0)
			error_hint(err, "network '%s' remains: %s", name, again.text);
	}
}

int libvirt_network_ensure(struct provider *base, const struct env *env, struct error *err)
{
	cleanup(ensuring_clear) struct ensuring e = { .p = libvirt_of(base), .env = env };
	libvirt_locked(e.p);

	if (libvirt_is_session(e.p))
		return 0;
	e.made = xcalloc(env->network_count + 1, sizeof(*e.made));
	if (stop_check(0, "making the network", err) < 0 ||
	    known_networks_read(e.p->conn, &e.known, err) < 0 || drop_unwanted(&e, err) < 0)
		return -1;
	for (size_t i = 0; i < env->network_count; i++) {
		if (ensure_one(&e, i, err) == 0)
			continue;
		take_back(&e, err);
		return -1;
	}
	return 0;
}

int libvirt_network_start(struct libvirt_provider *p, xmlDocPtr domain, struct error *err)
{
	xmlNodePtr card = xml_find(xml_root(domain), "devices/interface");

	for (; card; card = xml_next(card)) {
		const char *name = xml_get(xml_find(card, "source"), "network");
		cleanup_network_view struct network_view view = { 0 };
		cleanup_network virNetworkPtr net = NULL;
		cleanup_xml_doc xmlDocPtr doc = NULL;

		if (!name)
			continue;
		if (known_network_find(p->conn, name, &net, err) < 0 ||
		    known_network_describe(net, &doc, err) < 0)
			return -1;
		network_view_read_any(doc, &view);
		if (network_power_on(net, &view, err) < 0)
			return error_wrap(err, "cannot start network '%s'", name);
	}
	return 0;
}

/* The other driver's machines count too. */
static int has_machines(struct libvirt_provider *p, const char *project_id, bool *out,
			struct error *err)
{
	virConnectPtr peer = NULL;
	int ret;

	if (libvirt_has_domains(p->conn, project_id, out, err) < 0)
		return -1;
	if (*out)
		return 0;
	if (libvirt_peer_open(p, &peer, err) < 0)
		return -1;
	ret = peer ? libvirt_has_domains(peer, project_id, out, err) : 0;
	if (peer)
		virt.ConnectClose(peer);
	return ret;
}

int libvirt_network_remove(struct provider *base, const char *project_id, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_known_networks struct known_networks known = { 0 };
	bool used;

	if (libvirt_is_session(p))
		return 0;
	if (has_machines(p, project_id, &used, err) < 0)
		return -1;
	if (used)
		return 0;
	libvirt_parting_remove(p, project_id);
	if (known_networks_read(p->conn, &known, err) < 0)
		return -1;
	for (size_t i = 0; i < known.count; i++) {
		const struct network_view *v = &known.at[i].view;

		if (v->network && strcmp(v->tag.project_id, project_id) == 0 &&
		    network_power_remove(known.at[i].net, err) < 0)
			return error_wrap(err, "cannot remove network '%s' of the project",
					  v->network);
	}
	return 0;
}
