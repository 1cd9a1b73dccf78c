/* SPDX-License-Identifier: Apache-2.0 */
/* The cables of cards: QEMU pulls out a VM's; a container's is a pair of devices with one end on this host. */
#include "providers/libvirt_link.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/proc.h"
#include "core/stop.h"
#include "core/text.h"
#include "providers/libvirt.h"
#include "providers/libvirt_domain.h"

#define LINK_MS 5000
#define FLAGS_MAX 64

static bool is_container(xmlDocPtr domain)
{
	return text_equal(xml_get(xml_root(domain), "type"), "lxc");
}

/* NULL where there is none: the device of a macvtap is the container's own, with the cable of its parent. */
static const char *host_end(xmlNodePtr interface)
{
	if (!interface || text_equal(xml_get(interface, "type"), "direct"))
		return NULL;
	return xml_get(xml_find(interface, "target"), "dev");
}

static bool is_switched_off(const char *device)
{
	cleanup_free char *path = xasprintf("/sys/class/net/%s/flags", device);
	cleanup_error struct error ignored = { 0 };
	cleanup_text struct text flags = { 0 };

	return fs_read(path, FLAGS_MAX, &flags, &ignored) == 0 &&
	       !(strtoul(text_str(&flags), NULL, 16) & IFF_UP);
}

bool libvirt_link_is_down(xmlDocPtr domain, const struct card_note *n)
{
	const char *device = host_end(n->interface);

	if (!is_container(domain))
		return text_equal(xml_get(xml_find(n->interface, "link"), "state"), "down");
	/* A container that is off has no devices; what has their names is another's. */
	return device && xml_get(xml_root(domain), "id") && is_switched_off(device);
}

static char *changed_interface(xmlNodePtr interface, const char *state)
{
	cleanup_xml_doc xmlDocPtr doc = xmlNewDoc(NULL);
	xmlNodePtr root = xmlDocCopyNode(interface, doc, 1), link;

	xmlDocSetRootElement(doc, root);
	link = xml_find(root, "link");
	if (!link)
		link = xmlNewChild(root, NULL, (const xmlChar *)"link", NULL);
	xml_set(link, "state", state);
	return xml_dump(doc);
}

static int change_vm(virDomainPtr dom, const struct card_note *n, const char *state,
		     struct error *err)
{
	cleanup_free char *text = changed_interface(n->interface, state);

	if (virt.DomainUpdateDeviceFlags(dom, text, VIR_DOMAIN_AFFECT_LIVE) < 0)
		return libvirt_error(err, "cannot put the cable %s", state);
	return 0;
}

static int change_container(const struct card_note *n, const struct tag *tag, const char *state,
			    struct error *err)
{
	const char *device = host_end(n->interface);

	if (!device)
		return error_set(err, ERROR_PROVIDER,
				 "it has no cable: it is part of a card of this host");
	if (geteuid() != 0) {
		error_set(err, ERROR_DENIED, "the cables of containers need root");
		return error_hint(err, "sudo bothy net %s --%s %s", tag->machine, state,
				  n->network);
	}
	return proc_must((const char *[]){ "ip", "link", "set", "dev", device, state, NULL },
			 clock_ms() + LINK_MS, err);
}

static int change(virDomainPtr dom, xmlDocPtr doc, const struct tag *tag, const struct card_note *n,
		  const char *state, struct error *err)
{
	enum machine_state now;

	if (libvirt_state(dom, &now, err) < 0)
		return -1;
	if (now != MACHINE_RUNNING && now != MACHINE_PAUSED)
		return error_set(err, ERROR_PROVIDER, "the machine is %s", machine_state_name(now));
	return is_container(doc) ? change_container(n, tag, state, err) :
				   change_vm(dom, n, state, err);
}

int libvirt_card_link(struct provider *base, const char *id, const char *mac, bool up,
		      struct error *err)
{
	cleanup(arena_clear) struct arena arena = { 0 };
	cleanup_domain virDomainPtr dom = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	const struct card_note *n;
	struct card_notes notes;
	struct tag tag;

	if (libvirt_get(libvirt_of(base), id, &dom, err) < 0 ||
	    libvirt_describe(dom, &doc, &tag, err) < 0)
		return -1;
	notes = card_notes_read(&tag, doc, &arena);
	n = card_notes_by_mac(&notes, mac);
	if (!n || !n->interface)
		return error_set(err, ERROR_NOT_FOUND, "machine '%s' has no card '%s'", tag.machine,
				 mac);
	if (change(dom, doc, &tag, n, up ? "up" : "down", err) < 0)
		return error_wrap(err, "cannot %s the cable of machine '%s' on network '%s'",
				  up ? "plug in" : "pull out", tag.machine, n->network);
	return 0;
}
