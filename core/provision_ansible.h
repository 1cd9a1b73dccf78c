/* SPDX-License-Identifier: Apache-2.0 */
/* What only ansible provisioners have. */
#ifndef CORE_PROVISION_ANSIBLE_H
#define CORE_PROVISION_ANSIBLE_H

#include "core/provision_draft.h"

/*
 * Adds a problem for what is wrong with groups, host_vars, extra_vars, limit and verbose. Names of hosts are not
 * compared with the machines: inventory_path may know more. The forms are those of an inventory, where a group's name
 * may end in ":vars" or ":children":
 * https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html
 */
void ansible_check(const struct provision_draft *d);
/* The path of extra_vars = "@file"; NULL where variables stand there. Lives in the arena. */
const char *ansible_vars_file(const struct ansible *a, struct arena *arena);
/* Makes the paths of this host absolute, from the project's directory. */
void ansible_take_paths(struct ansible *a, const char *directory, struct arena *arena);

#endif
