/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: Ansible where the machine runs it itself. */
#ifndef GUEST_ANSIBLE_INSIDE_H
#define GUEST_ANSIBLE_INSIDE_H

#include "guest/script.h"

/*
 * Brings the playbook, what stands beside it (roles, variables, templates, files, … and the YAML files of its
 * directory, none of it through links) and the files that `p` names into a private directory in the guest, removed
 * afterwards, and runs ansible-playbook there with the machine as its own, local inventory, in s->cwd or beside the
 * playbook. Everything else is as `s` says, whose content is set here. Without Ansible in the guest: ERROR_GUEST with
 * what would install it.
 */
int ansible_inside(struct guest *g, const struct provisioner *p, const struct script *s,
		   struct error *err);

#endif
