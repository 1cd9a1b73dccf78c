/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An inventory for Ansible, in the form of its "yaml" plugin, of which JSON is a part (Ansible, "How to build your
 * inventory"). Groups are as Vagrant's users write them (Vagrant, "Ansible and Vagrant", auto-generated inventory).
 */
#ifndef GUEST_ANSIBLE_INVENTORY_H
#define GUEST_ANSIBLE_INVENTORY_H

#include "core/error.h"
#include "core/provisioner.h"

/* A machine that runs. All borrowed. */
struct ansible_host {
	const char *name;
	bool local; /* it is where Ansible runs; the rest has no meaning then */
	const char *address;
	unsigned port;
	const char *user;
	const char *key_path;
};

struct ansible_hosts {
	struct ansible_host *at;
	size_t count;
	const char *known_hosts; /* file with the keys of all of them; NULL: all are local */
};

/*
 * a->groups maps "NAME" to a list of machines or patterns such as "node[1:3]", "NAME:children" to a list of groups,
 * "NAME:vars" to variables; a->host_vars maps machines to variables; variables are an object, or a list of
 * "name=value". Machines that are not among `hosts`, and groups that nothing makes, are left out. ERROR_ENVFILE for
 * what has another form. The caller frees *out.
 */
int ansible_inventory(const struct ansible *a, const struct ansible_hosts *hosts, char **out,
		      struct error *err);
/* Whether a name is the pattern, or one of "node[01:20]", "db-[a:c]", "n[0:8:2]-[x:z]". */
bool ansible_matches(const char *pattern, const char *name);

#endif
