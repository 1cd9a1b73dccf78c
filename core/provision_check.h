/* SPDX-License-Identifier: Apache-2.0 */
/* Which options a provisioner may have, and which of them exclude each other. */
#ifndef CORE_PROVISION_CHECK_H
#define CORE_PROVISION_CHECK_H

#include "core/provision_draft.h"

/* Whether provisioners of that kind have that option, a key of schema_provisioner. */
bool provision_takes(enum provisioner_kind kind, const char *key);
/* Adds a problem for everything that is wrong with what was said, but for files, `machine`, `before` and `after`. */
void provision_check(const struct provision_draft *d);

#endif
