/* SPDX-License-Identifier: Apache-2.0 */
/* The hands of apply: steps done with the real providers, boxes and guests. */
#ifndef CLI_HANDS_H
#define CLI_HANDS_H

#include "cli/session.h"
#include "core/apply.h"

struct work; /* what the steps of one run share: boxes at hand, open logins */

/* Needs session_load() or session_find(), and session_observe(), before. */
struct work *work_new(struct session *s);
void work_free(struct work **w);
#define cleanup_work cleanup(work_free)
/* Borrows w. */
struct hands work_hands(struct work *w);

#endif
