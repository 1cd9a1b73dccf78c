/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the descriptions of all domains and networks once each, since each call costs a round trip. */
#include "providers/libvirt_observe.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/strings.h"
#include "core/text.h"
#include "providers/card_note.h"
#include "providers/libvirt_domain.h"
#include "providers/known_networks.h"
#include "providers/libvirt_link.h"
#include "providers/libvirt_parting.h"
#include "providers/user_net.h"
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
	const char *host_boot; /* NULL: not looked at */
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
	char text[IPV4_TEXT_BYTES];

	for (size_t i = 0; mac && i < book->count; i++) {
		const struct address *a = &book->at[i];

		if (strcasecmp(a->mac, mac) != 0 || strcmp(a->project_id, project_id) != 0)
			continue;
		ipv4_text(a->address, text);
		return arena_strdup(arena, text);
	}
	return NULL;
}

static struct strings members_of(struct arena *a, const struct reservations *r)
{
	struct strings members = { .count = r->count };

	members.at = arena_alloc(a, (r->count + 1) * sizeof(*members.at));
	for (size_t i = 0; i < r->count; i++)
		members.at[i] = arena_strdup(a, r->at[i].name);
	return members;
}

static struct strings names_of(struct arena *a, const struct reservations *r)
{
	struct strings names = { 0 };

	for (size_t i = 0; i < r->count; i++)
		for (size_t k = 0; k < r->at[i].name_count; k++) {
			names.at = arena_grow(a, names.at, names.count, sizeof(*names.at));
			names.at[names.count++] = arena_strdup(a, r->at[i].names[k]);
		}
	return names;
}

static void add_network(struct observation *o, virNetworkPtr net, const struct network_view *v)
{
	cleanup_free char *subnet = v->has_subnet ? subnet_format(&v->subnet) : NULL;
	const char *engine = o->p->base.ops->engine;
	struct arena *a = &o->out->arena;
	struct observed_network *n;

	if (observed_network(o->out, v->tag.project_id, engine, v->network))
		return;
	n = observed_add_network(o->out);
	n->engine = engine;
	n->name = arena_strdup(a, v->network);
	n->engine_name = arena_strdup(a, v->name);
	n->kind = v->kind;
	n->settings = arena_strdup(a, v->tag.settings);
	copy_project(a, &v->tag, &n->project);
	n->subnet = arena_strdup(a, subnet);
	n->active = virt.NetworkIsActive(net) == 1;
	n->members = members_of(a, &v->reservations);
	n->names = names_of(a, &v->reservations);
}

static void see_network(struct observation *o, virNetworkPtr net)
{
	cleanup_error struct error ignored = { 0 };
	cleanup_xml_doc xmlDocPtr doc = NULL;
	cleanup_network_view struct network_view view = { 0 };

	if (known_network_describe(net, &doc, &ignored) < 0 || !network_view_read(doc, &view) ||
	    !is_wanted(o, &view.tag))
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
	m->folders = arena_strdup(a, tag->folders);
	m->login_user = arena_strdup(a, tag->login_user);
	m->key_id = arena_strdup(a, tag->key_id);
	m->owner = arena_strdup(a, tag->owner);
	m->version = arena_strdup(a, tag->version);
}

static void add_cards(struct observation *o, xmlDocPtr doc, const struct tag *tag,
		      struct observed_machine *m)
{
	struct arena *a = &o->out->arena;
	struct card_notes notes = card_notes_read(tag, doc, a);

	m->cards = arena_alloc(a, (notes.count + 1) * sizeof(*m->cards));
	m->card_count = notes.count;
	for (size_t i = 0; i < notes.count; i++) {
		const struct card_note *n = &notes.at[i];
		const char *reserved = look_up(&o->book, tag->project_id, n->mac, a);

		m->cards[i] = (struct observed_card){
			.network = n->network,
			.mac = n->mac,
			.address = reserved ? reserved : n->ip,
			.ipv6 = n->ipv6,
			.settings = n->settings,
			.link_down = libvirt_link_is_down(doc, n),
		};
		if (!m->address && card_note_lets_host_in(n))
			m->address = m->cards[i].address;
	}
}

/* Of machines that have user-mode networking: no network is there, and nothing is missing. */
static void add_user_network(struct observation *o, const struct tag *tag,
			     const struct card_note *note, const struct observed_machine *m)
{
	const char *engine = o->p->base.ops->engine;
	struct arena *a = &o->out->arena;
	struct observed_network *n = NULL;

	for (size_t i = 0; i < o->out->network_count && !n; i++)
		if (strcmp(o->out->networks[i].project.id, tag->project_id) == 0 &&
		    strcmp(o->out->networks[i].name, note->network) == 0)
			n = &o->out->networks[i];
	if (!n) {
		n = observed_add_network(o->out);
		n->engine = engine;
		n->name = n->engine_name = note->network;
		n->kind = note->kind;
		n->active = true;
		copy_project(a, tag, &n->project);
	}
	if (strings_have(&n->members, m->name))
		return;
	n->members.at = arena_grow(a, n->members.at, n->members.count, sizeof(*n->members.at));
	n->members.at[n->members.count++] = m->name;
}

static void add_user_cards(struct observation *o, xmlDocPtr doc, const struct tag *tag,
			   struct observed_machine *m)
{
	cleanup_user_net struct user_net net = { 0 };
	struct arena *a = &o->out->arena;
	struct card_notes notes = card_notes_read(tag, doc, a);

	for (size_t i = 0; i < m->card_count; i++) {
		cleanup_free char *ip = user_net_guest(i);

		m->cards[i].address = arena_strdup(a, ip);
		m->cards[i].link_down = false;
		add_user_network(o, tag, &notes.at[i], m);
	}
	if (!user_net_parse(tag->forwards, &net) || !net.count)
		return;
	m->address = USER_NET_HOST;
	m->ssh_port = net.at[0].host;
}

static const char *boot_of_host(struct observation *o)
{
	cleanup_text struct text t = { 0 };
	cleanup_error struct error ignored = { 0 };

	if (!o->host_boot) {
		if (fs_read("/proc/sys/kernel/random/boot_id", 64, &t, &ignored) < 0)
			text_clear(&t);
		o->host_boot = arena_printf(&o->out->arena, "%.8s", text_str(&t));
	}
	return o->host_boot;
}

/*
 * libvirt counts what it starts, but from 1 again when its daemon was gone, as it is of its own accord while nothing
 * runs. The card that it makes on this host for the guest's first has a number that the kernel gives only once.
 */
static const char *start_of(struct observation *o, xmlNodePtr root)
{
	const char *id = xml_get(root, "id"), *card = NULL;
	xmlNodePtr interface = xml_find(root, "devices/interface");

	if (!id)
		return NULL;
	if (interface)
		card = xml_get(xml_find(interface, "target"), "dev");
	return arena_printf(&o->out->arena, "%s/%s/%u", boot_of_host(o), id,
			    card ? if_nametoindex(card) : 0);
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
	add_cards(o, doc, tag, m);
	if (tag->forwards)
		add_user_cards(o, doc, tag, m);
	if (libvirt_state(dom, &m->state, &ignored) < 0)
		m->state = MACHINE_UNKNOWN;
	if (m->state == MACHINE_RUNNING)
		m->start = start_of(o, root);
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

	if (ret == 0 && !o.p->is_test)
		libvirt_parting_observe(project_id, out);

	free(o.book.at);
	return ret;
}
