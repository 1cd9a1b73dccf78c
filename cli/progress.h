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

#endif
