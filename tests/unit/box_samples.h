/* SPDX-License-Identifier: Apache-2.0 */
/* Sample boxes for the unit tests of boxes/: a temporary folder and archives in it. */
#ifndef TESTS_UNIT_BOX_SAMPLES_H
#define TESTS_UNIT_BOX_SAMPLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"

/* --- a folder of its own for every test ----------------------------------------------------- */

static char sample_dir[64];

static int samples_setup(void **state)
{
	(void)state;
	strcpy(sample_dir, "/tmp/bothy-box.XXXXXX");
	return mkdtemp(sample_dir) ? 0 : -1;
}

static int samples_teardown(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	return fs_remove(sample_dir, &err);
}

static inline const char *sample_path(const char *name)
{
	static char path[4][256];
	static unsigned turn;
	char *out = path[turn++ % 4];

	snprintf(out, sizeof(path[0]), "%s/%s", sample_dir, name);
	return out;
}

static inline void sample_write(const char *name, const void *data, size_t len)
{
	cleanup_error struct error err = { 0 };

	if (fs_write(sample_path(name), data, len, 0644, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

/* --- archives -------------------------------------------------------------------------------- */

/* Members leave out what they do not have. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* One member. type 0 is a plain file; link is the target of AE_IFLNK, or of a hard link. */
struct sample_member {
	const char *name;
	const void *data;
	size_t len;
	mode_t type, mode;
	const char *link;
	bool hard;
};

static inline struct archive_entry *sample_entry(const struct sample_member *m)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_copy_pathname(e, m->name);
	archive_entry_set_filetype(e, m->type ? m->type : AE_IFREG);
	archive_entry_set_perm(e, m->mode ? m->mode : 0644);
	archive_entry_set_mtime(e, 1000000000, 0);
	archive_entry_set_size(e, (la_int64_t)m->len);
	if (m->link && m->hard)
		archive_entry_copy_hardlink(e, m->link);
	else if (m->link)
		archive_entry_copy_symlink(e, m->link);
	if (m->type == AE_IFCHR || m->type == AE_IFBLK)
		archive_entry_set_rdev(e, 0x103);
	return e;
}

/* filter: an ARCHIVE_FILTER_ code. The list ends with a name of NULL. */
static inline void sample_tar(const char *name, int filter, const struct sample_member *members)
{
	struct archive *a = archive_write_new();
	/* Names that are not ASCII become UTF-8 in the archive; only while writing it. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = uselocale(utf8);

	assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_pax_restricted(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, sample_path(name)), ARCHIVE_OK);
	for (; members->name; members++) {
		struct archive_entry *e = sample_entry(members);

		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		if (members->len)
			assert_int_equal(archive_write_data(a, members->data, members->len),
					 members->len);
		archive_entry_free(e);
	}
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
	uselocale(before);
	freelocale(utf8);
}

#endif
