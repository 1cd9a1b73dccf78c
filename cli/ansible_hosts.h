/* SPDX-License-Identifier: Apache-2.0 */
/* The machines of a project as Ansible reaches them. */
#ifndef CLI_ANSIBLE_HOSTS_H
#define CLI_ANSIBLE_HOSTS_H

#include "cli/session.h"
#include "guest/ansible_inventory.h"

struct ansible_machines {
	struct arena arena;
	struct ansible_hosts hosts;
	struct text known_hosts; /* lines of sshd(8)'s ssh_known_hosts */
};

/*
 * All machines of the file that run now and have an address: it asks for them, since they may have been made since
 * session_observe(). `must` (NULL: none) has to be among them; of the others those that cannot be reached are left
 * out. The caller clears *out.
 */
int ansible_machines_find(struct session *s, const char *must, struct ansible_machines *out,
			  struct error *err);
void ansible_machines_clear(struct ansible_machines *m);
#define cleanup_ansible_machines cleanup(ansible_machines_clear)

#endif
