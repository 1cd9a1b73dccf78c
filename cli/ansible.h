/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ansible on this host. Its inventory, with the host keys it has to see, is kept for people to use in
 * <project>/.bothy/ansible/<machine or "once">/<provisioner>/, unless the provisioner is sensitive.
 */
#ifndef CLI_ANSIBLE_H
#define CLI_ANSIBLE_H

#include "cli/inside.h"

/*
 * Runs in->step->provisioner, an ansible one, by the ansible-playbook of this host: in the project's directory, by
 * default on the step's machine alone (or, where it has none, on all that run). Roles are brought first. What it says
 * goes to `output` as it comes. A status other than 0 is ERROR_GUEST with it as code; ERROR_NOT_FOUND with a hint
 * where there is no Ansible. Trust has been checked before (cli/trust.h).
 */
int ansible_on_host(const struct inside *in, const struct guest_output *output, int64_t deadline_ms,
		    struct error *err);

#endif
