/* SPDX-License-Identifier: Apache-2.0 */
/* before = "each" and after = "each": provisioners that run around each other one. */
#ifndef CORE_PROVISION_EACH_H
#define CORE_PROVISION_EACH_H

#include "core/provision_draft.h"

/* Those that were taken out of a list, in its order; both live in env's arena. */
struct provision_each {
	struct provisioner *at;
	struct provision_draft *drafts;
	size_t count;
};

/*
 * Takes them out of the list, which then is to be brought into order, and their drafts, which stand beside it. Whoever
 * says more than "each", or names one of them, is a problem.
 */
void provision_each_take(struct provisioners *list, struct provision_draft *drafts,
			 struct provision_each *out);
/*
 * Puts one of each around every provisioner of the list but those that run never: a provisioner like others, with a name of
 * its own, `each` and `around`. One list too long for that is a problem.
 */
void provision_each_put(struct provisioners *list, const struct provision_each *each);

#endif
