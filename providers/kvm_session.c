/* SPDX-License-Identifier: Apache-2.0 */
#include "providers/kvm_session.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "providers/libvirt_domain.h"
#include "providers/libvirt_monitor.h"
#include "providers/user_net.h"

int kvm_session_new(const struct machine *m, char **out, struct error *err)
{
	cleanup_user_net struct user_net n = { 0 };

	if (user_net_add_free(&n, m->ssh_port, err) < 0)
		return -1;
	*out = user_net_text(&n);
	return 0;
}

/* The argument after "-netdev" of the first card. */
static void change_option(xmlDocPtr doc, const struct user_net *n)
{
	xmlNodePtr arg = xml_find(xml_root(doc), "commandline/arg");
	cleanup_free char *option = user_net_option(n, 0);

	while (arg && !text_equal(xml_get(arg, "value"), "-netdev"))
		arg = xml_next(arg);
	if (arg && xml_next(arg))
		xml_set(xml_next(arg), "value", option);
}

/* Writes the list into the definition, which the next start goes by. */
static int define(struct libvirt_provider *p, virDomainPtr dom, const struct user_net *n,
		  virDomainPtr *out, struct error *err)
{
	cleanup_free char *old =
		virt.DomainGetXMLDesc(dom, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
	cleanup_free char *text = user_net_text(n), *new = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;

	if (!old)
		return libvirt_error(err, "cannot describe a machine");
	if (xml_parse(old, "a machine", &doc, err) < 0)
		return -1;
	tag_change(doc, "machine", "forwards", text);
	change_option(doc, n);
	new = xml_dump(doc);
	return libvirt_define(p, new, out, err);
}

int kvm_session_refresh(struct libvirt_provider *p, virDomainPtr *dom, xmlDocPtr *doc,
			struct tag *tag, struct error *err)
{
	cleanup_user_net struct user_net n = { 0 };
	cleanup_domain virDomainPtr changed = NULL;
	enum machine_state state;
	bool is_taken;

	if (!tag->forwards || libvirt_state(*dom, &state, err) < 0)
		return tag->forwards ? -1 : 0;
	if (state != MACHINE_STOPPED || !user_net_parse(tag->forwards, &n))
		return 0;
	if (user_net_renew_ssh(&n, &is_taken, err) < 0)
		return -1;
	if (!is_taken)
		return 0;
	if (define(p, *dom, &n, &changed, err) < 0)
		return -1;
	libvirt_free_domain(dom);
	*dom = take_ptr(changed);
	xml_doc_clear(doc);
	return libvirt_describe(*dom, doc, tag, err);
}

static int change_live(virDomainPtr dom, const struct user_net *from, const struct user_net *to,
		       const char *verb, struct error *err)
{
	for (size_t i = 1; i < from->count; i++) {
		cleanup_free char *text = user_forward_text(&from->at[i]), *command = NULL;

		if (user_net_has(to, &from->at[i]))
			continue;
		/* What is taken away is named without where it leads. */
		if (strcmp(verb, "hostfwd_remove") == 0)
			*strrchr(text, '-') = '\0';
		command = xasprintf("%s " USER_NET_CARD " %s", verb, text);
		if (libvirt_monitor(dom, command, err) < 0)
			return -1;
	}
	return 0;
}

/* What of it worked before a failure stays in QEMU until its end, and is tried again with the next order. */
static int apply(virDomainPtr dom, struct tag *tag, const struct user_net *old,
		 const struct user_net *new, struct error *err)
{
	cleanup_free char *text = user_net_text(new), *document = NULL;

	if (change_live(dom, old, new, "hostfwd_remove", err) < 0 ||
	    change_live(dom, new, old, "hostfwd_add", err) < 0)
		return -1;
	tag->forwards = text;
	document = tag_document("machine", tag);
	if (virt.DomainSetMetadata(dom, VIR_DOMAIN_METADATA_ELEMENT, document, TAG_PREFIX,
				   TAG_NAMESPACE, VIR_DOMAIN_AFFECT_LIVE) < 0)
		return libvirt_error(err, "cannot note the forwarded ports");
	return 0;
}

int kvm_machine_forward(struct provider *base, const char *id, struct port *ports, size_t count,
			bool *out_done, struct error *err)
{
	struct libvirt_provider *p = libvirt_of(base);
	cleanup_user_net struct user_net old = { 0 }, new = { 0 };
	cleanup_domain virDomainPtr dom = NULL, changed = NULL;
	cleanup_xml_doc xmlDocPtr doc = NULL;
	enum machine_state state;
	struct tag tag;

	*out_done = false;
	if (libvirt_get(p, id, &dom, err) < 0 || libvirt_describe(dom, &doc, &tag, err) < 0)
		return -1;
	if (!tag.forwards)
		return 0;
	if (!user_net_parse(tag.forwards, &old))
		return error_set(err, ERROR_PROVIDER, "what ports machine '%s' has is unreadable",
				 tag.machine);
	if (libvirt_state(dom, &state, err) < 0)
		return -1;
	old.listens = state == MACHINE_RUNNING;
	if (user_net_make(&old, ports, count, &new, err) < 0 ||
	    (state == MACHINE_RUNNING && apply(dom, &tag, &old, &new, err) < 0) ||
	    define(p, dom, &new, &changed, err) < 0)
		return -1;
	*out_done = true;
	return 0;
}
