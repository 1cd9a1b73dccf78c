/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the descriptions of all domains and networks once each, since each call costs a round trip. */
#include "providers/libvirt_observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "providers/libvirt_domain.h"
#include "providers/network_xml.h"
#include "providers/subnet.h"

/* Where machines are, while they are being observed. */
struct address_book {
	struct address {
		char mac[NETWORK_MAC_BYTES];
		char project_id[ENV_ID_BYTES];
		uint32_t address;
	} * at;
	size_t count;
};

struct observation {
	struct libvirt_provider *p;
	const char *project_id; /* NULL: all */
	struct observed *out;
	struct address_book book;
};

static bool is_wanted(const struct observation *o, const struct tag *tag)
{
	return !o->project_id || strcmp(o->project_id, tag->project_id) == 0;
}

static void copy_project(struct arena *a, const struct tag *tag, struct project *out)
{
	snprintf(out->id, sizeof(out->id), "%s", tag->project_id);
	out->name = arena_strdup(a, tag->project ? tag->project : "");
	out->directory = arena_strdup(a, tag->directory ? tag->directory : "");
}

static void remember(struct address_book *book, const struct network_view *v)
{
	for (size_t i = 0; i < v->reservations.count; i++) {
		const struct reservation *r = &v->reservations.at[i];
		struct address *a;

		book->at = xgrow(book->at, book->count, sizeof(*book->at));
		a = &book->at[book->count++];
		snprintf(a->mac, sizeof(a->mac), "%s", r->mac);
		snprintf(a->project_id, sizeof(a->project_id), "%s", v->tag.project_id);
		a->address = r->address;
	}
}

static const char *look_up(const struct address_book *book, const char *project_id, const char *mac,
			   struct arena *arena)
{
	char text[SUBNET_TEXT_BYTES];

	for (size_t i = 0; mac && i < book->count; i++) {
		const struct address *a = &book->at[i];

		if (strcasecmp(a->mac, mac) != 0 || strcmp(a->project_id, project_id) != 0)
			continue;
		subnet_text(a->address, text);
		return arena_strdup(arena, text);
	}
	return NULL;
}

static void add_network(struct observation *o, virNetworkPtr net, const struct network_view *v)
{
	const char *engine = o->p->base.ops->engine;
	struct arena *a = &o->out->arena;
	struct observed_network *n;
	char subnet[SUBNET_TEXT_BYTES];

	if (observed_network(o->out, v->tag.project_id, engine, "management"))
		return;
	n = observed_add_network(o->out);
	subnet_text(v->gateway & 0xffffff00u, subnet);
	n->engine = engine;
	n->name = "management";
	n->engine_name = arena_strdup(a, v->name);
	copy_project(a, &v->tag, &n->project);
	n->subnet = arena_printf(a, "%s/" NETWORK_PREFIX, subnet);
	n->active = virt.NetworkIsActive(net) == 1;
	n->members.count = v->reservations.count;
	n->members.at = arena_alloc(a, (n->members.count + 1) * sizeof(*n->members.at));
	for (size_t i = 0; i < n->members.count; i++)
		n->members.at[i] = arena_strdup(a, v->reservations.at[i].name);
}

static void see_network(struct observation *o, virNetworkPtr net)
{
	cleanup_free char *text = virt.NetworkGetXMLDesc(net, 0);
	cleanup_error struct error ignored = { 0 };
	cleanup_xml_doc xmlDocPtr doc = NULL;
	cleanup_network_view struct network_view view = { 0 };

	if (!text || !tag_maybe(text) || xml_parse(text, "a network", &doc, &ignored) < 0 ||
	    !network_view_read(doc, &view) || !is_wanted(o, &view.tag))
		return;
	remember(&o->book, &view);
	add_network(o, net, &view);
}

static int see_networks(struct observation *o, struct error *err)
{
	virNetworkPtr *nets = NULL;
	int n = virt.ConnectListAllNetworks(o->p->conn, &nets, 0);

	if (n < 0)
		return libvirt_error(err, "cannot list the networks");
	for (int i = 0; i < n; i++) {
		see_network(o, nets[i]);
		virt.NetworkFree(nets[i]);
	}
	free(nets);
	return 0;
}

/* libvirt says memory in KiB unless it says otherwise. */
static uint64_t memory_mib(xmlNodePtr memory)
{
	const char *unit = xml_get(memory, "unit"), *text = xml_text(memory);
	uint64_t n = text ? strtoull(text, NULL, 10) : 0;

	return text_equal(unit, "MiB") ? n : n / 1024;
}

static const char *accel_of(xmlNodePtr domain)
{
	const char *type = xml_get(domain, "type");

	if (text_equal(type, "lxc"))
		return NULL;
	return text_equal(type, "kvm") ? "kvm" : "tcg";
}

static void copy_tag(struct arena *a, const struct tag *tag, struct observed_machine *m)
{
	copy_project(a, tag, &m->project);
	m->name = arena_strdup(a, tag->machine);
	m->complete = text_equal(tag->complete, "yes");
	m->layered = tag->layer != NULL;
	m->box_name = arena_strdup(a, tag->box);
	snprintf(m->box_digest, sizeof(m->box_digest), "%s",
		 tag->box_digest ? tag->box_digest : "");
	m->hostname = arena_strdup(a, tag->hostname);
	m->disk_mib = tag->disk_mib ? strtoull(tag->disk_mib, NULL, 10) : 0;
	m->accel_wanted = arena_strdup(a, tag->accel_wanted);
	m->command = arena_strdup(a, tag->command);
	m->login_user = arena_strdup(a, tag->login_user);
	m->key_id = arena_strdup(a, tag->key_id);
	m->owner = arena_strdup(a, tag->owner);
	m->version = arena_strdup(a, tag->version);
}

static void add_machine(struct observation *o, virDomainPtr dom, xmlDocPtr doc,
			const struct tag *tag)
{
	struct observed_machine *m = observed_add_machine(o->out);
	cleanup_error struct error ignored = { 0 };
	cleanup_free char *id = libvirt_id(dom);
	struct arena *a = &o->out->arena;
	xmlNodePtr root = xml_root(doc);
	const char *cpus = xml_text(xml_find(root, "vcpu"));

	copy_tag(a, tag, m);
	m->provider = o->p->base.ops->name;
	m->id = arena_strdup(a, id);
	m->cpus = cpus ? (unsigned)strtoul(cpus, NULL, 10) : 0;
	m->memory_mib = memory_mib(xml_find(root, "memory"));
	m->accel = accel_of(root);
	m->address = look_up(&o->book, tag->project_id,
			     xml_get(xml_find(root, "devices/interface/mac"), "address"), a);
	if (libvirt_state(dom, &m->state, &ignored) < 0)
		m->state = MACHINE_UNKNOWN;
}

static void see_domain(struct observation *o, virDomainPtr dom)
{
	cleanup_free char *text = virt.DomainGetXMLDesc(dom, 0);
	cleanup_error struct error ignored = { 0 };
	cleanup_xml_doc xmlDocPtr doc = NULL;
	struct tag tag;

	/* One that vanished since it was listed is not there. */
	if (!text || !tag_maybe(text) || xml_parse(text, "a machine", &doc, &ignored) < 0 ||
	    !tag_read(doc, "machine", &tag) || !tag.machine || !is_wanted(o, &tag) ||
	    !text_equal(tag.provider, o->p->base.ops->name))
		return;
	add_machine(o, dom, doc, &tag);
}

static int see_domains(struct observation *o, struct error *err)
{
	virDomainPtr *doms = NULL;
	int n = virt.ConnectListAllDomains(o->p->conn, &doms, 0);

	if (n < 0)
		return libvirt_error(err, "cannot list the machines");
	for (int i = 0; i < n; i++) {
		see_domain(o, doms[i]);
		virt.DomainFree(doms[i]);
	}
	free(doms);
	return 0;
}

int libvirt_observe(struct provider *base, const char *project_id, struct observed *out,
		    struct error *err)
{
	struct observation o = { .p = libvirt_of(base), .project_id = project_id, .out = out };
	int ret = see_networks(&o, err) < 0 || see_domains(&o, err) < 0 ? -1 : 0;

	free(o.book.at);
	return ret;
}
