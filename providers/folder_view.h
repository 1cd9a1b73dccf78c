/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the hypervisor finds the folders of a virtual machine: mounts of folder_tree.h below /run, which libvirt's
 * definition names. They are there from machine_start on; without them, as after a boot of this host, a machine that
 * somebody else starts does not start, instead of having the bare directories. Only root may pass, and QEMU's group.
 */
#ifndef PROVIDERS_FOLDER_VIEW_H
#define PROVIDERS_FOLDER_VIEW_H

#include "core/folder_note.h"
#include "core/error.h"

/* Of the n-th folder of that domain. Caller frees. */
char *folder_view_path(const char *domain, size_t number);
/* Makes those of all that are shared anew; `project` as for folder_tree_open(). The machine must be off. */
int folder_views_mount(const char *domain, const struct folders *folders, const char *project,
		       struct error *err);
/* None at all is success; ERROR_DENIED, with a hint, for others than root. */
int folder_views_unmount(const char *domain, struct error *err);

#endif
