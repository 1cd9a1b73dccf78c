/* SPDX-License-Identifier: Apache-2.0 */
/* What can be known before anything is made. */
#include "providers/libvirt_network.h"

#include <string.h>

#include "core/text.h"
#include "providers/host_device.h"
#include "providers/libvirt_pool.h"
#include "providers/network_xml.h"
#include "providers/subnet_clash.h"

struct checking {
	const struct provider *p;
	const struct env *env;
	struct known_networks known;
	struct host_subnets host;
	struct problems *out;
};

static void checking_clear(struct checking *c)
{
	known_networks_clear(&c->known);
	host_subnets_clear(&c->host);
}

static bool is_used(const struct checking *c, size_t network)
{
	for (size_t i = 0; i < c->env->machine_count; i++) {
		const struct machine *m = &c->env->machines[i];

		for (size_t k = 0; k < m->card_count; k++)
			if (m->cards[k].network == network &&
			    strcmp(m->provider, c->p->ops->name) == 0)
				return true;
	}
	return false;
}

static void add(struct checking *c, const struct network *n, const char *what)
{
	problems_add(c->out, n->file ? n->file : c->env->file, n->line, "network '%s': %s", n->name,
		     what);
}

static void check_subnet(struct checking *c, const struct network *n, const char *said)
{
	struct subnet_owners owners = { &c->known, &c->host };
	cleanup_free char *own = network_libvirt_name(c->env->project.id, n->name);
	cleanup_free char *clash = NULL, *what = NULL;
	struct subnet subnet;

	/* The host is not on internal ones, which several may have. */
	if (n->kind == NETWORK_INTERNAL || !subnet_read(said, &subnet))
		return;
	clash = subnet_clash(&owners, &subnet, own);
	if (!clash)
		return;
	what = xasprintf("the subnet %s is taken: %s", said, clash);
	add(c, n, what);
	problems_hint(c->out, "choose another subnet, or leave it out for one that is free");
}

static void check_devices(struct checking *c, const struct network *n)
{
	cleanup_free char *list = NULL, *what = NULL;
	cleanup_text struct text names = { 0 };

	if (host_device_first(&n->devices))
		return;
	for (size_t i = 0; i < n->devices.count; i++)
		text_addf(&names, "%s'%s'", i ? " or " : "", n->devices.at[i]);
	what = xasprintf("this host has no device %s", text_str(&names));
	list = host_device_list();
	add(c, n, what);
	if (*list)
		problems_hint(c->out, "there are: %s", list);
}

static void check_foreign(struct checking *c, const struct network *n)
{
	const char *near;
	const char **names;

	if (known_networks_named(&c->known, n->name))
		return;
	names = xcalloc(c->known.count + 1, sizeof(*names));
	for (size_t i = 0; i < c->known.count; i++)
		names[i] = c->known.at[i].view.name;
	near = text_nearest(n->name, names, c->known.count);
	add(c, n, "it is not declared, and libvirt has no network of that name");
	if (near)
		problems_hint(c->out, "did you mean '%s'?", near);
	else
		problems_hint(c->out, "declare it: network \"%s\" { kind = \"nat_network\" }",
			      n->name);
	mem_free_pointer(&names);
}

/* What a user's own libvirt cannot do: it has no right to make anything on this host. */
static void check_user_networks(struct checking *c)
{
	for (size_t i = 0; i < c->env->network_count; i++) {
		const struct network *n = &c->env->networks[i];
		cleanup_free char *what = NULL;

		if (!is_used(c, i) || n->kind == NETWORK_MANAGEMENT || n->kind == NETWORK_NAT)
			continue;
		what = xasprintf("a %s network needs rights that qemu:///session does not have",
				 network_kind_name(n->kind));
		add(c, n, what);
		problems_hint(c->out, "use nat {}, or the system's libvirt: qemu:///system");
	}
}

int libvirt_network_check(struct provider *p, const struct env *env, struct problems *out,
			  struct error *err)
{
	cleanup(checking_clear) struct checking c = { .p = p, .env = env, .out = out };

	if (libvirt_is_session(libvirt_of(p))) {
		check_user_networks(&c);
		return 0;
	}
	if (known_networks_read(libvirt_of(p)->conn, &c.known, err) < 0 ||
	    host_subnets_read(&c.host, err) < 0)
		return error_wrap(err, "cannot check the networks");
	for (size_t i = 0; i < env->network_count; i++) {
		const struct network *n = &env->networks[i];

		if (!is_used(&c, i))
			continue;
		if (n->kind == NETWORK_BRIDGED) {
			check_devices(&c, n);
		} else if (n->kind == NETWORK_FOREIGN) {
			check_foreign(&c, n);
		} else {
			check_subnet(&c, n, n->subnet);
			check_subnet(&c, n, n->ipv6);
		}
	}
	return 0;
}
