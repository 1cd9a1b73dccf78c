/* SPDX-License-Identifier: Apache-2.0 */
/* reboot(): a machine goes down from inside and comes up as after any start. */
#ifndef CLI_REBOOTING_H
#define CLI_REBOOTING_H

#include "cli/inside.h"

/*
 * Asks the guest, waits within boot_timeout until it runs another boot and can be logged into, and gives it its name,
 * cards and folders again. A machine that its engine ends instead of rebooting it is started. in->guest is the new
 * login; after a failure it is closed.
 */
int rebooting(const struct inside *in, struct error *err);

#endif
