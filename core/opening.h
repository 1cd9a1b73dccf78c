/* SPDX-License-Identifier: Apache-2.0 */
/* Opening where others may put links on the way meanwhile: openat2(2), or the same in steps where that may not be called. */
#ifndef CORE_OPENING_H
#define CORE_OPENING_H

enum open_bounds {
	OPEN_WITHOUT_LINKS, /* no name in the path may be a symbolic link */
	OPEN_BENEATH, /* links are followed as far as they are relative and stay below root_fd */
	OPEN_IN_ROOT, /* links are followed, and "/" and ".." end at root_fd, as after chroot(2) */
};

/*
 * Opens what is at `path` below the directory root_fd, which may be O_PATH, with the flags of openat(2) but for O_CREAT,
 * and O_CLOEXEC. Without bounds that let links pass, root_fd may be AT_FDCWD: then the path is an absolute one.
 *
 * -1 with errno: ELOOP for a link where none is allowed (also for the last name, with O_NOFOLLOW) or for more than 40 of
 * them; EXDEV for what would leave root_fd by "..", by an absolute path or by a link; else as openat(2). There is no need
 * to look at ENOSYS, of kernels before 5.6, and EPERM, of filters that do not know the call: it is done by names then.
 *
 * Nothing is allocated: also for a child between fork and exec.
 */
int open_bounded(int root_fd, const char *path, enum open_bounds bounds, int flags);

#endif
