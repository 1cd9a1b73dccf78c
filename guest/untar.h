/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside this room: a tar archive that a guest sends, written below one directory and nowhere else. Whoever rules the
 * guest chooses what is in it.
 */
#ifndef GUEST_UNTAR_H
#define GUEST_UNTAR_H

#include <stddef.h>

#include "core/fs.h"

/*
 * Reads the archive from fd to its end and writes its files, directories and links below directory_fd: as the
 * owner's, NULL: the caller's, with their permissions (of which the umask takes away, and without setuid and the like;
 * directories stay open to their owner), files also with their times. What is there already is replaced, but no
 * directory by anything else, and a symbolic link is never followed, whoever made it.
 * *out_left_out counts devices and other things that stay behind. ERROR_GUEST names a member that leads out of the
 * directory, or says that the archive is damaged; what came before it stays.
 */
int untar(int fd, int directory_fd, const struct owner *owner, size_t *out_left_out,
	  struct error *err);

#endif
