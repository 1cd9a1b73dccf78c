/* SPDX-License-Identifier: Apache-2.0 */
/* The lists come by libarchive, which has libacl; the attributes by hand, as it would take them all. */
#include "boxes/attributes.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "core/text.h"

/* Linux, fs/xattr.c: what a name list and a value may have at most. */
#define LIST_BYTES ((size_t)65536)
#define VALUE_BYTES ((size_t)65536)

struct archive *attributes_reader(void)
{
	struct archive *reader = archive_read_disk_new();

	if (!reader)
		abort();
	archive_read_disk_set_behavior(reader, ARCHIVE_READDISK_NO_XATTR |
						       ARCHIVE_READDISK_NO_FFLAGS |
						       ARCHIVE_READDISK_NO_SPARSE);
	return reader;
}

static bool is_kept(const char *name)
{
	return text_equal(name, "security.capability") ||
	       (text_has_prefix(name, "user.") && !text_has_prefix(name, "user.overlay."));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int copy_attribute(int fd, const char *name, struct archive_entry *e, struct error *err)
{
	cleanup_free char *value = xmalloc(VALUE_BYTES);
	ssize_t len = fgetxattr(fd, name, value, VALUE_BYTES);

	if (len < 0)
		return error_errno(err, errno, "its attribute '%s'", name);
	archive_entry_xattr_add_entry(e, name, value, (size_t)len);
	return 0;
}

/* In the order of their names, which the file system does not promise. */
static int copy_attributes(int fd, struct archive_entry *e, struct error *err)
{
	cleanup_free char *list = xmalloc(LIST_BYTES);
	cleanup_free const char **names = NULL;
	size_t count = 0;
	ssize_t len = flistxattr(fd, list, LIST_BYTES);

	if (len < 0 && errno == ENOTSUP)
		return 0;
	if (len < 0)
		return error_errno(err, errno, "its attributes");
	for (const char *name = list; name < list + len; name += strlen(name) + 1) {
		if (!is_kept(name))
			continue;
		names = xgrow(names, count, sizeof(*names));
		names[count++] = name;
	}
	if (count)
		qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++)
		if (copy_attribute(fd, names[i], e, err) < 0)
			return -1;
	return 0;
}

static void take_acl(struct archive_entry *from, struct archive_entry *to, int of_type)
{
	int type, permissions, tag, id;
	const char *name;

	archive_entry_acl_reset(from, of_type);
	while (archive_entry_acl_next(from, of_type, &type, &permissions, &tag, &id, &name) ==
	       ARCHIVE_OK)
		archive_entry_acl_add_entry(to, type, permissions, tag, id, name ? name : "");
}

/* A directory's default list is only read by path. */
static int copy_acl(struct archive *reader, int fd, const struct stat *st, struct archive_entry *e,
		    struct error *err)
{
	cleanup_free char *path = xasprintf("/proc/self/fd/%d", fd);
	struct archive_entry *found = archive_entry_new();
	int rc;

	archive_entry_copy_sourcepath(found, path);
	archive_entry_copy_pathname(found, path);
	rc = archive_read_disk_entry_from_file(reader, found, fd, st);
	if (rc == ARCHIVE_OK) {
		take_acl(found, e, ARCHIVE_ENTRY_ACL_TYPE_ACCESS);
		take_acl(found, e, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT);
	}
	archive_entry_free(found);
	if (rc != ARCHIVE_OK)
		return error_set(err, ERROR_SYSTEM, "its access list: %s",
				 archive_error_string(reader));
	return 0;
}

int attributes_read(struct archive *reader, int fd, const struct stat *st, struct archive_entry *e,
		    struct error *err)
{
	if (copy_attributes(fd, e, err) < 0)
		return -1;
	return copy_acl(reader, fd, st, e, err);
}
