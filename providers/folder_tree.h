/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of this host as a machine may see it: a mount that is nowhere yet. Neither the mounts below it nor its
 * options can be changed by whoever gets it, not even by root in a container, since the kernel has locked it as it does
 * for mounts that come from another user namespace (mount_namespaces(7)). Needs root.
 */
#ifndef PROVIDERS_FOLDER_TREE_H
#define PROVIDERS_FOLDER_TREE_H

#include "core/folder.h"
#include "core/error.h"

/*
 * `project`: the project's directory; if the folder has that in it, an empty directory lies over its .bothy, which is
 * made if it is missing. Closing *out_fd undoes it all until move_mount(2) has put it somewhere. ERROR_NOT_FOUND,
 * with a hint, if the directory is gone.
 */
int folder_tree_open(const struct folder *f, const char *project, int *out_fd, struct error *err);
/* Makes the directories on this host that are missing of those that say `create`; they are whose the project is. */
int folder_tree_create(const struct folder *folders, size_t count, const char *project,
		       struct error *err);

#endif
