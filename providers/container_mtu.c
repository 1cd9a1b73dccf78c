/* SPDX-License-Identifier: Apache-2.0 */
/* Sets them from this host, within the network namespace of the container's process 1. */
#include "providers/container_mtu.h"

#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/proc.h"
#include "core/stop.h"
#include "core/text.h"

#define READY_MS 5000
#define POLL_MS 10
#define CHILDREN_MAX 4096

static char *copy_mtu(xmlNodePtr from)
{
	const char *size = from ? xml_get(xml_find(from, "mtu"), "size") : NULL;

	return size ? xstrdup(size) : NULL;
}

static char *mtu_of_network(struct libvirt_provider *p, const char *name)
{
	cleanup_error struct error ignored = { 0 };
	cleanup_network virNetworkPtr net = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	cleanup_free char *text = NULL;

	net = virt.NetworkLookupByName(p->conn, name);
	text = net ? virt.NetworkGetXMLDesc(net, 0) : NULL;
	if (!text || xml_parse(text, "a network", &doc, &ignored) < 0)
		return NULL;
	return copy_mtu(xml_root(doc));
}

static char *mtu_of(struct libvirt_provider *p, xmlNodePtr interface)
{
	const char *network = xml_get(xml_find(interface, "source"), "network");
	char *mtu = copy_mtu(interface);

	return mtu || !network ? mtu : mtu_of_network(p, network);
}

/* The only child of its controller, whose process ID libvirt has for the container's. */
static int find_init(virDomainPtr dom, char **out, struct error *err)
{
	unsigned id = virt.DomainGetID(dom);
	cleanup_free char *path = xasprintf("/proc/%u/task/%u/children", id, id);
	cleanup_text struct text children = { 0 };

	if (fs_read(path, CHILDREN_MAX, &children, err) < 0)
		return -1;
	*out = xstrndup(text_str(&children), strcspn(text_str(&children), " "));
	return 0;
}

/* Its devices get their names a moment after libvirt calls it running. */
static int set_mtu(const char *init, const char *device, const char *mtu, struct error *err)
{
	int64_t deadline_ms = clock_ms() + READY_MS;

	while (proc_must((const char *[]){ "nsenter", "-t", init, "-n", "ip", "link", "set", "dev",
					   device, "mtu", mtu, NULL },
			 deadline_ms, err) < 0) {
		if (err->kind != ERROR_SYSTEM || deadline_left_ms(deadline_ms) == 0)
			return -1;
		error_clear(err);
		stop_wait_ms(POLL_MS);
	}
	return 0;
}

int container_set_mtus(struct libvirt_provider *p, virDomainPtr dom, xmlDocPtr doc,
		       struct error *err)
{
	xmlNodePtr node = xml_find(xml_root(doc), "devices/interface");
	cleanup_free char *init = NULL;

	for (; node; node = xml_next(node)) {
		cleanup_free char *mtu = mtu_of(p, node);
		const char *device = xml_get(xml_find(node, "guest"), "dev");

		if (!mtu || !device)
			continue;
		if ((!init && find_init(dom, &init, err) < 0) ||
		    set_mtu(init, device, mtu, err) < 0)
			return error_wrap(err, "cannot set the MTU of the container's '%s'",
					  device);
	}
	return 0;
}
