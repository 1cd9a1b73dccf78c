/* SPDX-License-Identifier: Apache-2.0 */
/* The provider "container": system containers by libvirt's LXC driver, over an overlay of the box. */
#include "providers/container.h"

#include "providers/container_folders.h"
#include "providers/container_mtu.h"
#include "providers/container_root.h"
#include "providers/container_xml.h"
#include "providers/libvirt_card.h"
#include "providers/libvirt_console.h"
#include "providers/libvirt_doctor.h"
#include "providers/libvirt_domain.h"
#include "providers/libvirt_link.h"
#include "providers/libvirt_network.h"
#include "providers/libvirt_observe.h"
#include "providers/libvirt_parting.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/stop.h"
#include "core/folder_note.h"
#include "core/strings.h"
#include "core/text.h"
#include "providers/folder_ability.h"
#include "providers/folder_tree.h"

#define OWN_URI "lxc:///system"
#define PEER_URI "qemu:///system"
#define KILL_MS 1000
#define KILL_POLL_MS 10

static int container_open(const struct provider_conf *conf, struct provider **out,
			  struct error *err)
{
	return libvirt_open(&provider_container, OWN_URI, PEER_URI, conf, out, err);
}

static void container_report(const struct provider_conf *conf, struct problems *out)
{
	libvirt_report_container(conf->uri ? conf->uri : OWN_URI, out);
}

/* Mounting the root needs it; libvirt itself would not. */
static int need_root(const char *command, const char *machine, struct error *err)
{
	if (geteuid() == 0)
		return 0;
	error_set(err, ERROR_DENIED, "containers need root");
	return error_hint(err, "sudo bothy %s %s", command, machine);
}

/* Where the domain's root is, from its definition, so that it is found whatever $BOTHY_HOME says now. */
static int find_root(xmlDocPtr doc, struct container_root *out, struct error *err)
{
	const char *dir = xml_get(xml_find(xml_root(doc), "devices/filesystem/source"), "dir");
	const char *last = dir ? strrchr(dir, '/') : NULL;
	cleanup_free char *parent = NULL;

	if (!last || last == dir || strcmp(last, "/root") != 0)
		return error_set(err, ERROR_PROVIDER, "the container's definition names no root");
	parent = xstrndup(dir, (size_t)(last - dir));
	container_root_init(out, parent);
	return 0;
}

static char *quoted_command(const struct strings *command)
{
	struct text t = { 0 };

	text_add_shell_words(&t, command->at, command->count);
	return command->count ? text_take(&t) : NULL;
}

/* Defines it, or with a uuid gives the domain of that uuid a new definition. */
static int define(struct libvirt_provider *p, const struct provider_creation *what, struct tag *tag,
		  struct container_domain *d, virDomainPtr *out, struct error *err)
{
	cleanup_free char *command = quoted_command(&what->machine->command), *text = NULL;
	cleanup_free char *cards = card_notes_settings(what->env, what->machine);
	cleanup_free char *kinds = card_notes_kinds(what->env, what->machine);
	cleanup_free char *folders =
		folder_note_text(what->machine->folders, what->machine->folder_count);

	tag->command = command;
	tag->folders = folders;
	tag->cards = cards;
	tag->kinds = kinds;
	d->machine = what->machine;
	d->networks = what->env->networks;
	d->tag = tag;
	text = container_xml(d);
	if (folder_tree_create(what->machine->folders, what->machine->folder_count,
			       what->env->project.directory, err) < 0)
		return -1;
	return libvirt_define(p, text, out, err);
}

static void add_once(struct strings *list, const char *s)
{
	if (strings_have(list, s))
		return;
	list->at = xgrow(list->at, list->count, sizeof(*list->at));
	list->at[list->count++] = s;
}

/*
 * This host answers names on the network that leads out, and asks others for what it does not know; where none leads out,
 * on the first on which it answers any. What cards say comes after it, for when it does not answer.
 */
static void collect_names(const struct machine *m, const struct places *places,
			  struct container_names *out)
{
	for (size_t i = 0; i < places->count && !out->servers.count; i++)
		if (places->at[i].gateway)
			add_once(&out->servers, places->at[i].gateway);
	for (size_t i = 0; i < places->count && !out->servers.count; i++)
		if (places->at[i].server)
			add_once(&out->servers, places->at[i].server);
	for (size_t i = 0; i < places->count; i++) {
		const struct strings *dns = &m->cards[i].dns;
		const char *domain = places->at[i].domain;

		for (size_t n = 0; n < dns->count; n++)
			add_once(&out->servers, dns->at[n]);
		if (domain && *domain)
			add_once(&out->domains, domain);
	}
}

static int fill(const struct provider_creation *what, const struct places *places,
		const struct container_root *root, struct error *err)
{
	struct container_names names = { .hostname = what->machine->hostname };
	int ret;

	collect_names(what->machine, places, &names);
	ret = container_root_fill(root, what->seed, &names, err);
	free(names.servers.at);
	free(names.domains.at);
	return ret;
}

static int make_root(const struct provider_creation *what, const struct places *places,
		     const struct container_root *root, struct error *err)
{
	if (container_root_mount(root, what->image->rootfs, err) < 0)
		return -1;
	if (!what->machine->command.count && !container_root_has(root, CONTAINER_INIT)) {
		error_set(err, ERROR_BOX, "box '%s' has no " CONTAINER_INIT, what->image->name);
		return error_hint(err, "say what runs in it: container = { command = { \"…\" } }");
	}
	if (container_root_forget_id(root, err) < 0)
		return -1;
	return fill(what, places, root, err);
}

/*
 * libvirt asks politely first, which systemd does not understand, and waits: 1.6 s. Nothing in a
 * container outlives its process 1.
 */
static int force_off(virDomainPtr dom, struct error *err)
{
	int64_t deadline_ms = clock_ms() + KILL_MS;
	enum machine_state state = MACHINE_RUNNING;

	if (virt.DomainSendProcessSignal(dom, 1, VIR_DOMAIN_PROCESS_SIGNAL_KILL, 0) == 0) {
		while (state == MACHINE_RUNNING && deadline_left_ms(deadline_ms)) {
			if (libvirt_state(dom, &state, err) < 0)
				return -1;
			stop_wait_ms(KILL_POLL_MS);
		}
	}
	return libvirt_force_off(dom, err);
}

static int remove_domain(struct libvirt_provider *p, virDomainPtr dom,
			 const struct container_root *root, struct error *err)
{
	if (force_off(dom, err) < 0)
		return -1;
	libvirt_withdraw_cards(p, dom);
	if (container_root_remove(root, err) < 0)
		return -1;
	return libvirt_undefine(dom, 0, err);
}

/* The definition comes first and goes last, so that there is never a directory that nothing names. */
static int container_create(struct provider *base, const struct provider_creation *what,
			    char **out_id, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_free char *owner = libvirt_owner();
	cleanup_free char *name = libvirt_domain_name(&what->env->project, what->machine->name);
	cleanup_free char *directory = xasprintf("%s/machines/%s", p->home, name);
	cleanup_container_root struct container_root root = { 0 };
	cleanup_places struct places places = { 0 };
	struct tag tag = libvirt_tag(base, what, owner);
	struct container_domain d = { .name = name };
	cleanup_domain virDomainPtr dom = NULL;

	if (need_root("up", what->machine->name, err) < 0)
		return -1;
	container_root_init(&root, directory);
	tag.rootfs = what->image->rootfs;
	d.root = root.mount_point;
	if (libvirt_remove_leftovers(p, what, err) < 0 || libvirt_places(p, what, &places, err) < 0)
		return error_wrap(err, "cannot create machine '%s'", what->machine->name);
	d.places = places.at;
	if (define(p, what, &tag, &d, &dom, err) < 0)
		return error_wrap(err, "cannot create machine '%s'", what->machine->name);
	if (make_root(what, &places, &root, err) < 0 || libvirt_set_complete(dom, err) < 0) {
		cleanup_error struct error undo = { 0 };

		error_wrap(err, "cannot create machine '%s'", what->machine->name);
		if (remove_domain(p, dom, &root, &undo) < 0)
			error_hint(err, "domain '%s' remains: %s", name, undo.text);
		return -1;
	}
	*out_id = libvirt_id(dom);
	return 0;
}

/* What a slot needs of a container that exists. */
struct container {
	virDomainPtr dom;
	xmlDocPtr doc;
	struct tag tag; /* borrowed from doc */
	struct container_root root;
};

static void container_clear(struct container *c)
{
	libvirt_free_domain(&c->dom);
	xml_doc_clear(&c->doc);
	container_root_clear(&c->root);
}

#define cleanup_container cleanup(container_clear)

/* Returns 1 if it is there, 0 if it is gone, -1 with err. */
static int look_up(struct provider *base, const char *id, struct container *c, struct error *err)
{
	if (libvirt_find(libvirt_of(base), id, &c->dom, err) < 0)
		return -1;
	if (!c->dom)
		return 0;
	if (libvirt_describe(c->dom, &c->doc, &c->tag, err) < 0 ||
	    find_root(c->doc, &c->root, err) < 0)
		return -1;
	return 1;
}

static int must_look_up(struct provider *base, const char *id, struct container *c,
			struct error *err)
{
	int found = look_up(base, id, c, err);

	if (found == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no machine '%s'", id);
	return found < 0 ? -1 : 0;
}

static int mount_root(const struct container *c, struct error *err)
{
	if (!c->tag.rootfs)
		return error_set(err, ERROR_PROVIDER, "the container's definition names no box");
	return container_root_mount(&c->root, c->tag.rootfs, err);
}

/* What was mounted for an earlier run may be of other directories by now. */
static int mount_all(const struct container *c, enum machine_state state, struct error *err)
{
	cleanup(arena_clear) struct arena arena = { 0 };
	struct folders folders;

	if (state == MACHINE_RUNNING || state == MACHINE_PAUSED)
		return 0;
	if (!folder_note_read(c->tag.folders, &arena, &folders))
		return error_set(err, ERROR_PROVIDER,
				 "the container's definition names folders unreadably");
	if (container_folders_clear(&c->root, err) < 0 || mount_root(c, err) < 0)
		return -1;
	return container_folders_mount(&c->root, &folders, c->tag.directory, err);
}

static int update(struct libvirt_provider *p, const char *id, const struct provider_creation *what,
		  struct container *c, struct error *err)
{
	struct container_domain d = { .uuid = id };
	cleanup_places struct places places = { 0 };
	cleanup_domain virDomainPtr changed = NULL;
	struct tag tag = libvirt_tag(&p->base, what, c->tag.owner);

	tag.box = c->tag.box;
	tag.box_digest = c->tag.box_digest;
	tag.rootfs = c->tag.rootfs;
	tag.complete = c->tag.complete;
	d.name = virt.DomainGetName(c->dom);
	d.root = c->root.mount_point;
	if (libvirt_places(p, what, &places, err) < 0 || mount_root(c, err) < 0 ||
	    fill(what, &places, &c->root, err) < 0)
		return -1;
	d.places = places.at;
	return define(p, what, &tag, &d, &changed, err);
}

static int container_update(struct provider *base, const char *id,
			    const struct provider_creation *what, struct error *err)
{
	cleanup_container struct container c = { 0 };
	cleanup_error struct error ignored = { 0 };
	int ret;

	if (need_root("up", what->machine->name, err) < 0 || must_look_up(base, id, &c, err) < 0 ||
	    libvirt_must_be_off(c.dom, err) < 0)
		return error_wrap(err, "cannot change machine '%s'", what->machine->name);
	ret = update(libvirt_of(base), id, what, &c, err);
	container_root_unmount(&c.root, &ignored);
	return ret < 0 ? error_wrap(err, "cannot change machine '%s'", what->machine->name) : 0;
}

static int container_start(struct provider *base, const char *id, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_container struct container c = { 0 };
	cleanup_error struct error ignored = { 0 };
	enum machine_state before;

	if (must_look_up(base, id, &c, err) < 0 || need_root("up", c.tag.machine, err) < 0 ||
	    libvirt_state(c.dom, &before, err) < 0 || mount_all(&c, before, err) < 0 ||
	    libvirt_start(p, c.dom, c.doc, err) < 0)
		return -1;
	if (container_set_mtus(p, c.dom, c.doc, err) < 0) {
		if (before == MACHINE_STOPPED)
			force_off(c.dom, &ignored);
		return -1;
	}
	libvirt_announce_cards(p, c.doc, &c.tag);
	return 0;
}

/* systemd does not take a signal for a request to shut down, but listens to initctl like sysvinit. */
static int ask_init(virDomainPtr dom)
{
	return virt.DomainShutdownFlags(dom, VIR_DOMAIN_SHUTDOWN_INITCTL);
}

static int ask_command(virDomainPtr dom)
{
	return virt.DomainShutdownFlags(dom, VIR_DOMAIN_SHUTDOWN_SIGNAL);
}

static int container_stop(struct provider *base, const char *id, enum provider_stop how,
			  int64_t deadline_ms, struct error *err)
{
	cleanup_container struct container c = { 0 };
	int found = look_up(base, id, &c, err), ret;

	if (found <= 0)
		return found;
	if (how == PROVIDER_STOP_FORCE)
		ret = force_off(c.dom, err);
	else
		ret = libvirt_stop(c.dom, c.tag.command ? ask_command : ask_init, force_off,
				   deadline_ms, err);
	if (ret < 0)
		return -1;
	libvirt_withdraw_cards(libvirt_of(base), c.dom);
	return geteuid() == 0 ? container_root_unmount(&c.root, err) : 0;
}

static int container_remove(struct provider *base, const char *id, struct error *err)
{
	cleanup_container struct container c = { 0 };
	int found = look_up(base, id, &c, err);

	if (found <= 0)
		return found;
	if (need_root("destroy", c.tag.machine, err) < 0)
		return -1;
	return remove_domain(libvirt_of(base), c.dom, &c.root, err);
}

static int open_tree_of(const struct container *c, int *out_root_fd, struct error *err)
{
	enum machine_state state;

	if (need_root("package", c->tag.machine, err) < 0 || libvirt_state(c->dom, &state, err) < 0)
		return -1;
	if (state != MACHINE_STOPPED)
		return error_set(err, ERROR_PROVIDER, "it is %s", machine_state_name(state));
	if (!c->tag.rootfs)
		return error_set(err, ERROR_PROVIDER, "the container's definition names no box");
	return container_root_open(&c->root, c->tag.rootfs, out_root_fd, err);
}

static int container_tree(struct provider *base, const char *id, int *out_root_fd,
			  struct error *err)
{
	cleanup_container struct container c = { 0 };

	if (must_look_up(base, id, &c, err) < 0)
		return -1;
	if (open_tree_of(&c, out_root_fd, err) < 0)
		return error_wrap(err, "cannot open the files of machine '%s'", c.tag.machine);
	return 0;
}

const struct provider_ops provider_container = {
	.name = "container",
	.engine = "libvirt",
	.summary = "system containers, by libvirt's LXC driver",
	.image_kind = IMAGE_ROOTFS,
	.has_guest = true,
	.needs_root = true,
	.open = container_open,
	.close = libvirt_close,
	.check = libvirt_network_check,
	.report = container_report,
	.folders = folder_ability_container,
	.observe = libvirt_observe,
	.network_ensure = libvirt_network_ensure,
	.network_remove = libvirt_network_remove,
	.machine_create = container_create,
	.machine_update = container_update,
	.machine_start = container_start,
	.machine_stop = container_stop,
	.machine_remove = container_remove,
	.machine_address = libvirt_machine_address,
	.machine_cards = libvirt_machine_cards,
	.machine_places = libvirt_machine_places,
	.machine_state = libvirt_machine_state,
	.machine_tree = container_tree,
	.card_link = libvirt_card_link,
	.cards_part = libvirt_cards_part,
	.caveat = libvirt_card_caveat,
	.console_open = libvirt_console_open,
	.console_read = libvirt_console_read,
	.console_attach = libvirt_console_attach,
	.console_close = libvirt_console_close,
};
