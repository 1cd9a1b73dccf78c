/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the hosts that a network knows, one by one. */
#include "providers/network_update.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "providers/xml.h"

struct section {
	virNetworkPtr net;
	unsigned kind;
	int parent;    /* which <ip> it is in; -1: none */
	size_t *count; /* not NULL: of changes, which are not made */
};

/* Two hosts with the same key are the same in all that bothy writes. */
static char *key_of(xmlNodePtr host)
{
	static const char *const attributes[] = { "mac", "name", "ip" };
	struct text t = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		const char *value = xml_get(host, attributes[i]);

		text_addf(&t, "%s ", value ? value : "-");
	}
	for (xmlNodePtr n = xml_find(host, "hostname"); n; n = xml_next(n))
		text_addf(&t, "%s ", xml_text(n));
	for (char *c = t.ptr; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return text_take(&t);
}

static bool has(xmlNodePtr hosts, const char *key)
{
	for (xmlNodePtr host = hosts; host; host = xml_next(host)) {
		cleanup_free char *other = key_of(host);

		if (strcmp(other, key) == 0)
			return true;
	}
	return false;
}

/* A name may be another address's as well, so that DNS is asked to forget an address, whatever its names. */
static char *write_host(const struct section *s, xmlNodePtr host, bool whole)
{
	bool is_dns = s->kind == VIR_NETWORK_SECTION_DNS_HOST;
	cleanup_xml struct xml x;

	xml_init(&x);
	xml_begin(&x, "host");
	if (!is_dns) {
		xml_attr(&x, "mac", xml_get(host, "mac"));
		xml_attr(&x, "name", xml_get(host, "name"));
	}
	xml_attr(&x, "ip", xml_get(host, "ip"));
	for (xmlNodePtr n = whole ? xml_find(host, "hostname") : NULL; n; n = xml_next(n))
		xml_element(&x, "hostname", "%s", xml_text(n));
	xml_end(&x);
	return xml_take(&x);
}

static int change(const struct section *s, unsigned command, xmlNodePtr from, xmlNodePtr unless,
		  struct error *err)
{
	for (xmlNodePtr host = from; host; host = xml_next(host)) {
		cleanup_free char *key = key_of(host), *text = NULL;

		if (has(unless, key))
			continue;
		if (s->count) {
			(*s->count)++;
			continue;
		}
		text = write_host(s, host, command != VIR_NETWORK_UPDATE_COMMAND_DELETE);
		if (virt.NetworkUpdate(s->net, command, s->kind, s->parent, text,
				       VIR_NETWORK_UPDATE_AFFECT_LIVE) < 0)
			return libvirt_error(err, "cannot change the network");
	}
	return 0;
}

/* What goes goes first, since what comes may want its address. */
static int update(const struct section *s, xmlNodePtr have, xmlNodePtr want, struct error *err)
{
	if (change(s, VIR_NETWORK_UPDATE_COMMAND_DELETE, have, want, err) < 0)
		return -1;
	return change(s, VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, want, have, err);
}

static int compare(virNetworkPtr net, const char *wanted, size_t *count, struct error *err)
{
	cleanup_free char *text = virt.NetworkGetXMLDesc(net, 0);
	cleanup_xml_doc xmlDocPtr have = NULL, want = NULL;
	struct section s = { net, VIR_NETWORK_SECTION_IP_DHCP_HOST, 0, count };
	xmlNodePtr mine, theirs;

	if (!text)
		return libvirt_error(err, "cannot describe a network");
	if (xml_parse(text, "a network", &have, err) < 0 ||
	    xml_parse(wanted, "a network", &want, err) < 0)
		return -1;
	mine = xml_find(xml_root(have), "ip");
	theirs = xml_find(xml_root(want), "ip");
	for (; mine && theirs; mine = xml_next(mine), theirs = xml_next(theirs), s.parent++)
		if (update(&s, xml_find(mine, "dhcp/host"), xml_find(theirs, "dhcp/host"), err) < 0)
			return -1;
	s.kind = VIR_NETWORK_SECTION_DNS_HOST;
	s.parent = -1;
	return update(&s, xml_find(xml_root(have), "dns/host"),
		      xml_find(xml_root(want), "dns/host"), err);
}

int network_update(virNetworkPtr net, const char *wanted, struct error *err)
{
	return compare(net, wanted, NULL, err);
}

int network_update_count(virNetworkPtr net, const char *wanted, size_t *out, struct error *err)
{
	*out = 0;
	return compare(net, wanted, out, err);
}
