/* SPDX-License-Identifier: Apache-2.0 */
/* Where provisioners of once_all_up{} run. */
#ifndef CORE_PROVISION_MACHINE_H
#define CORE_PROVISION_MACHINE_H

#include "core/provision_draft.h"

/*
 * Settles d->p->machine of one of once_all_up{}: the one that was said, else the primary or only one; NULL for ansible on
 * this host, which reaches them all. A provisioner of a machine may not choose one. Mistakes become problems.
 */
void provision_take_machine(const struct provision_draft *d);

#endif
