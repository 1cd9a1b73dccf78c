/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the machines of one run are made from. Machines that ask for the same box share it. Called from
 * several lanes at once.
 */
#ifndef CLI_IMAGES_H
#define CLI_IMAGES_H

#include "cli/session.h"
#include "core/plan.h"

struct images;

struct images *images_new(struct session *s, const struct watcher *watch);
void images_free(struct images **i);

/* STEP_BOX: brings the box into the store and to the step's provider. */
int images_bring(struct images *i, const struct step *step, struct error *err);
/*
 * What that machine is to be made from: borrowed, good as long as `i`. ERROR_BOX if the store
 * does not have it (any more), or has another kind than the machine's provider takes.
 */
int images_get(struct images *i, const struct machine *m, const struct image **out,
	       struct error *err);

#endif
