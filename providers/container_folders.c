/* SPDX-License-Identifier: Apache-2.0 */
/* Mounting into a root that a stranger has filled: its links lead nowhere outside. */
#include "providers/container_folders.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/text.h"
#include "providers/folder_tree.h"
#include "providers/rooted.h"

#define MOUNTS_MAX ((size_t)64 << 20)

static int mount_one(int root, const struct folder *f, const char *project, struct error *err)
{
	cleanup_close int tree = -1, place = -1;

	if (folder_tree_open(f, project, &tree, err) < 0)
		return -1;
	if (rooted_directory(root, f->to, &place, err) < 0)
		return error_wrap(err, "cannot share folder '%s'", f->said);
	if (move_mount(tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return error_errno(err, errno, "cannot share folder '%s' at '%s'", f->said, f->to);
	return 0;
}

int container_folders_mount(const struct container_root *r, const struct folders *folders,
			    const char *project, struct error *err)
{
	cleanup_error struct error ignored = { 0 };
	cleanup_close int root = -1;

	if (!folder_note_shares(folders))
		return 0;
	root = open(r->mount_point, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, errno, "cannot open the container's root '%s'",
				   r->mount_point);
	for (size_t i = 0; i < folders->count; i++) {
		if (!folder_is_shared(folders->at[i].kind) ||
		    mount_one(root, &folders->at[i], project, err) == 0)
			continue;
		container_root_unmount(r, &ignored);
		return -1;
	}
	return 0;
}

int container_folders_clear(const struct container_root *r, struct error *err)
{
	cleanup_free char *below = xasprintf(" %s/", r->mount_point);
	cleanup_error struct error ignored = { 0 };
	cleanup_text struct text mounts = { 0 };

	if (fs_read("/proc/self/mountinfo", MOUNTS_MAX, &mounts, &ignored) == 0 &&
	    !strstr(text_str(&mounts), below))
		return 0;
	return container_root_unmount(r, err);
}
