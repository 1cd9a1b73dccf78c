/* SPDX-License-Identifier: Apache-2.0 */
/* Directories that the hypervisor offers to a virtual machine, mounted where they belong. */
#ifndef GUEST_MOUNT_H
#define GUEST_MOUNT_H

#include "core/folder.h"
#include "guest/guest.h"

/*
 * Mounts those folders of the machine that are of kind VIRTIOFS or 9P, in their order, and has the guest do so by itself
 * at its next boots; others that an earlier call mounted are unmounted. Other kinds are left alone: if there are none of
 * those two, nothing is done and no command run. What is mounted already stays.
 * ERROR_GUEST, naming the folder and its kind, if the guest cannot; with a hint where its kernel knows no such thing.
 */
int guest_mount_folders(struct guest *g, const struct folder *folders, size_t count,
			int64_t deadline_ms, struct error *err);

#endif
