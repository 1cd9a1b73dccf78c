/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of packing: archives read back with all that is in them. */
#ifndef TESTS_UNIT_PACK_MEMBERS_H
#define TESTS_UNIT_PACK_MEMBERS_H

#include "tests/unit/pack_samples.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

struct member {
	char *name, *content, *link, *hard;
	size_t len, data_len; /* without holes */
	mode_t mode;
	int64_t uid, gid, mtime;
	struct archive_entry *entry;
};

struct members {
	struct member at[64];
	size_t count;
	int filter;
};

static inline char *maybe(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static inline void read_content(struct archive *a, struct member *m)
{
	const void *data;
	size_t len;
	la_int64_t offset;
	int rc;

	m->content = xcalloc(1, m->len + 1);
	while ((rc = archive_read_data_block(a, &data, &len, &offset)) == ARCHIVE_OK) {
		assert_true((size_t)offset + len <= m->len);
		memcpy(m->content + offset, data, len);
		m->data_len += len;
	}
	assert_int_equal(rc, ARCHIVE_EOF);
}

static inline void read_box(const char *name, struct members *out)
{
	/* Only while reading: the archive has to be the same whatever the locale. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = uselocale(utf8);
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	int rc;

	*out = (struct members){ 0 };
	archive_read_support_filter_all(a);
	archive_read_support_format_tar(a);
	assert_int_equal(archive_read_open_filename(a, in(name), 65536), ARCHIVE_OK);
	while ((rc = archive_read_next_header(a, &e)) == ARCHIVE_OK) {
		struct member *m = &out->at[out->count++];

		m->name = xstrdup(archive_entry_pathname(e));
		m->link = maybe(archive_entry_symlink(e));
		m->hard = maybe(archive_entry_hardlink(e));
		m->len = (size_t)archive_entry_size(e);
		m->mode = archive_entry_mode(e);
		m->uid = archive_entry_uid(e);
		m->gid = archive_entry_gid(e);
		m->mtime = archive_entry_mtime(e);
		m->entry = archive_entry_clone(e);
		read_content(a, m);
	}
	if (rc != ARCHIVE_EOF)
		fail_msg("%s", archive_error_string(a));
	out->filter = archive_filter_code(a, 0);
	archive_read_free(a);
	uselocale(before);
	freelocale(utf8);
}

static inline void members_clear(struct members *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->at[i].name);
		free(all->at[i].content);
		free(all->at[i].link);
		free(all->at[i].hard);
		archive_entry_free(all->at[i].entry);
	}
}
#define cleanup_members cleanup(members_clear)

static inline const struct member *find(const struct members *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++) {
		const char *at = all->at[i].name;
		size_t len = strlen(at);

		/* A directory's has a slash at its end. */
		if (strncmp(at, name, strlen(name)) == 0 &&
		    (len == strlen(name) || (at[len - 1] == '/' && len == strlen(name) + 1)))
			return &all->at[i];
	}
	return NULL;
}

static inline const struct member *must(const struct members *all, const char *name)
{
	const struct member *m = find(all, name);

	if (!m)
		fail_msg("there is no member '%s'", name);
	return m;
}

#endif
