/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended attributes and POSIX ACLs of an archive's members. An ACL is written as the attribute the
 * kernel keeps it in (linux/posix_acl_xattr.h), which spares a library.
 */
#ifndef BOXES_XATTR_H
#define BOXES_XATTR_H

#include "core/error.h"

struct archive_entry;

/*
 * Gives the file behind fd (not O_PATH) the attributes of the entry: file capabilities, user.* and
 * ACLs. Attributes that steer overlayfs are ERROR_BOX; labels of security modules stay behind.
 */
int xattr_restore(int fd, struct archive_entry *entry, struct error *err);
/* ERROR_BOX if the entry has an attribute that is refused. */
int xattr_check(struct archive_entry *entry, struct error *err);

#endif
