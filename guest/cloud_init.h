/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: cloud-init in the guest. */
#ifndef GUEST_CLOUD_INIT_H
#define GUEST_CLOUD_INIT_H

#include "guest/script.h"

/*
 * Waits until cloud-init has done what the machine's user data says, which came with its creation. What it complains of
 * is its output, and an error. ERROR_GUEST with a hint in a box that has none, or has it off.
 */
int cloud_init_wait(struct guest *g, const struct script *s, struct error *err);

#endif
