/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes and POSIX ACLs. */
#include "boxes/xattr.h"

#include <archive_entry.h>
#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "boxes/member.h"
#include "core/text.h"

int xattr_check(struct archive_entry *entry, struct error *err)
{
	const char *name;
	const void *value;
	size_t len;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &len) == 0) {
		/* The tree becomes a lower layer, where these redirect and hide. */
		if (text_has_prefix(name, "trusted.overlay.") ||
		    text_has_prefix(name, "user.overlay."))
			return error_set(err, ERROR_BOX, "it has an attribute of overlayfs");
	}
	return 0;
}

static int restore_attributes(int fd, struct archive_entry *entry, struct error *err)
{
	const char *name;
	const void *value;
	size_t len;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &len) == 0) {
		cleanup_free char *shown = member_shown(name);

		if (!text_equal(name, "security.capability") && !text_has_prefix(name, "user."))
			continue;
		if (fsetxattr(fd, name, value, len, 0) < 0)
			return error_errno(err, errno, "cannot set the attribute '%s'", shown);
	}
	return 0;
}

static int acl_tag(int libarchive_tag)
{
	switch (libarchive_tag) {
	case ARCHIVE_ENTRY_ACL_USER_OBJ:
		return ACL_USER_OBJ;
	case ARCHIVE_ENTRY_ACL_USER:
		return ACL_USER;
	case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
		return ACL_GROUP_OBJ;
	case ARCHIVE_ENTRY_ACL_GROUP:
		return ACL_GROUP;
	case ARCHIVE_ENTRY_ACL_MASK:
		return ACL_MASK;
	case ARCHIVE_ENTRY_ACL_OTHER:
		return ACL_OTHER;
	default:
		return -1;
	}
}

/* The kernel wants them by tag, then by id. */
static int compare_entries(const void *a, const void *b)
{
	const struct posix_acl_xattr_entry *x = a, *y = b;
	unsigned x_tag = le16toh(x->e_tag), y_tag = le16toh(y->e_tag);
	unsigned x_id = le32toh(x->e_id), y_id = le32toh(y->e_id);

	if (x_tag != y_tag)
		return x_tag < y_tag ? -1 : 1;
	return (x_id > y_id) - (x_id < y_id);
}

static bool read_acl(struct archive_entry *entry, int type, struct posix_acl_xattr_entry *to)
{
	int permset, tag, id, one_type;
	const char *name;

	for (; archive_entry_acl_next(entry, type, &one_type, &permset, &tag, &id, &name) == 0;
	     to++) {
		if (acl_tag(tag) < 0)
			return false;
		to->e_tag = htole16((uint16_t)acl_tag(tag));
		to->e_perm = htole16((uint16_t)(permset & 7));
		to->e_id = htole32(tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP ?
					   (uint32_t)id :
					   (uint32_t)ACL_UNDEFINED_ID);
	}
	return true;
}

static int restore_acl(int fd, struct archive_entry *entry, int type, const char *attribute,
		       struct error *err)
{
	int count = archive_entry_acl_reset(entry, type);
	size_t len;
	cleanup_free struct posix_acl_xattr_header *acl = NULL;
	struct posix_acl_xattr_entry *entries;

	if (count <= 0)
		return 0;
	len = sizeof(*acl) + (size_t)count * sizeof(*entries);
	acl = xcalloc(1, len);
	acl->a_version = htole32(POSIX_ACL_XATTR_VERSION);
	entries = (struct posix_acl_xattr_entry *)(acl + 1);
	if (!read_acl(entry, type, entries))
		return error_set(err, ERROR_BOX, "it has an access list that is not a POSIX one");
	qsort(entries, (size_t)count, sizeof(*entries), compare_entries);
	if (fsetxattr(fd, attribute, acl, len, 0) < 0)
		return error_errno(err, errno, "cannot set its access list");
	return 0;
}

int xattr_restore(int fd, struct archive_entry *entry, struct error *err)
{
	if (restore_attributes(fd, entry, err) < 0)
		return -1;
	if (restore_acl(fd, entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, "system.posix_acl_access", err) <
	    0)
		return -1;
	return restore_acl(fd, entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, "system.posix_acl_default",
			   err);
}
