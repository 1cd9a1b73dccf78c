/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folders of a container, mounted in its root before it starts: libvirt takes them along with that, and without
 * bothy there is no root that anybody could start. They go when the root is unmounted. Needs root.
 */
#ifndef PROVIDERS_CONTAINER_FOLDERS_H
#define PROVIDERS_CONTAINER_FOLDERS_H

#include "core/folder_note.h"
#include "providers/container_root.h"

/* In the mounted root, making the directories they are mounted on; `project` as for folder_tree_open(). Fails as a whole. */
int container_folders_mount(const struct container_root *r, const struct folders *folders,
			    const char *project, struct error *err);
/* Unmounts the root if there are any in it. */
int container_folders_clear(const struct container_root *r, struct error *err);

#endif
