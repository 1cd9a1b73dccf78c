/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: the script that mounts folders in a guest, for every POSIX sh. */
#ifndef GUEST_MOUNT_SCRIPT_H
#define GUEST_MOUNT_SCRIPT_H

#include <stddef.h>

#include "core/folder.h"

/* Basic regular expression of our lines in a guest's /etc/fstab. */
#define MOUNT_LINES "^bothy-[0-9a-f]\\{8\\} "

/*
 * `root`: what the guest's files are below; "" is the guest itself. The script ends with 0 when all folders that it is
 * about are mounted, else the last line of standard error is "N:REASON", N the folder's place in the list; the reason
 * is "unknown" where the kernel has no such file system. NULL if it is about none. Caller frees.
 */
char *mount_script(const struct folder *folders, size_t count, const char *root);

#endif
