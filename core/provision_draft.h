/* SPDX-License-Identifier: Apache-2.0 */
/* A provisioner in the making: what the files that check and complete one share. */
#ifndef CORE_PROVISION_DRAFT_H
#define CORE_PROVISION_DRAFT_H

#include "core/normalizer.h"

/* All borrowed. */
struct provision_draft {
	struct normalizer *n;
	const struct machine *machine; /* NULL: one of once_all_up{} */
	const char *where;             /* what messages call it: "machine 'web'.provision[2]" */
	struct provisioner *p;
};

/* Whether that option was said, and could be decoded. */
bool draft_says(const struct provision_draft *d, const char *key);
/* A problem of that option, at its line; of the provisioner where key is NULL. */
void draft_problem(const struct provision_draft *d, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "; did you mean 'web'?" for the nearest of `count` names, or "". Lives in env's arena. */
const char *draft_nearest(const struct provision_draft *d, const char *name,
			  const char *const *names, size_t count);

#endif
