/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: what gives a running machine its name. */
#ifndef GUEST_HOSTNAME_H
#define GUEST_HOSTNAME_H

/*
 * For root, in any POSIX shell, of busybox too; ends with 0 if the machine has that name then. Where /proc may be written
 * and /etc/hosts has no other name of the machine's own, it starts no program. Caller frees.
 */
char *hostname_script(const char *hostname);

#endif
