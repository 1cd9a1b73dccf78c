/* SPDX-License-Identifier: Apache-2.0 */
/* What a box file is, found by looking into it. */
#ifndef BOXES_PROBE_H
#define BOXES_PROBE_H

#include "boxes/facts.h"
#include "core/error.h"
#include "core/event.h"

/*
 * Sets kind, format, member, vagrant and sizes of *f and marks it probed. The file is read as far as
 * that takes: a compressed disk image wholly, since nothing else tells its length. `doing` is the
 * progress text.
 */
int probe_file(const char *path, const char *doing, const struct watcher *watch, struct facts *f,
	       struct error *err);

#endif
