/* SPDX-License-Identifier: Apache-2.0 */
/* Rebooting a machine from inside, and telling one boot of it from the next. */
#ifndef GUEST_REBOOT_H
#define GUEST_REBOOT_H

#include "guest/guest.h"

/*
 * What is another one after every boot: the kernel's boot id (/proc/sys/kernel/random/boot_id), and when process 1
 * began (proc(5), field 22 of its stat), since a container has its host's kernel. Caller frees *out.
 */
int guest_boot_mark(struct guest *g, int64_t deadline_ms, char **out, struct error *err);
/*
 * Asks it to reboot, as root. Success says that it did not refuse; that the connection broke meanwhile is no failure.
 * Only another mark proves that it has booted.
 */
int guest_ask_reboot(struct guest *g, int64_t deadline_ms, struct error *err);

#endif
