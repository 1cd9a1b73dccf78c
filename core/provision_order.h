/* SPDX-License-Identifier: Apache-2.0 */
/* before and after: the order in which provisioners run. */
#ifndef CORE_PROVISION_ORDER_H
#define CORE_PROVISION_ORDER_H

#include "core/provision_draft.h"

/*
 * Brings the list into the order of running and takes `before` and `after` away. It is the one that says something which
 * moves, and only as far as it must; "all" is weaker than a name. Drafts stand beside the provisioners, one each, and are
 * only read. Names that nobody has, circles and lists that are too long become problems, and then the order stays as it
 * was.
 */
void provision_order(struct provisioners *list, const struct provision_draft *drafts);

#endif
