/* SPDX-License-Identifier: Apache-2.0 */
/* While nothing is said, a terminal shows below all lines which steps run and for how long. */
#ifndef CLI_PULSE_H
#define CLI_PULSE_H

#include "cli/out.h"

/* A step of that name ("booting") begins. All three may come from several threads. */
void pulse_begin(struct out *o, const struct event *ev, const char *doing);
/* It got further: `ev` says where to. */
void pulse_stage(const struct event *ev);
/* It has ended. After the last one nothing is drawn any more. */
void pulse_end(const struct event *ev);

#endif
