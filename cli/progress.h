/* SPDX-License-Identifier: Apache-2.0 */
/* How events become lines, a bar or a JSON stream; and the lock around a line. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/out.h"

/* Around everything that writes: no other thread's line comes between. */
void out_begin(struct out *o);
void out_end(struct out *o);
/* Takes the bar away, if one is shown. Called with the lock held. */
void progress_clear(struct out *o);
/* Shows a line below all others on a terminal until something else is written; NULL takes it away. Takes the lock. */
void progress_state(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same, if nothing else was written for a second. */
void progress_waiting(struct out *o, const char *line);

#endif
