/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tar archive being written beside its final name: pax where a member needs it, ustar otherwise. Holes
 * are kept in the way of GNU tar's format 1.0, which GNU tar and libarchive (bsdtar, Vagrant) read. Nothing
 * of the clock, the process or the number of processors gets into it.
 */
#ifndef BOXES_TARBALL_H
#define BOXES_TARBALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/event.h"

struct archive_entry;
struct tarball;

/* Where a file's data is, by offset; the rest are holes. {0} is a file without data. */
struct extent {
	uint64_t offset, len;
};
struct extents {
	struct extent *at; /* owned */
	size_t count;
};

/* Behind what is there already. */
void extents_add(struct extents *e, uint64_t offset, uint64_t len);
/* As the file system knows them (lseek(2), SEEK_DATA); one for all where it does not. */
int extents_find(int fd, uint64_t size_bytes, struct extents *out, struct error *err);
void extents_clear(struct extents *e);
#define cleanup_extents cleanup(extents_clear)

struct tarball_spec {            /* borrowed */
	const char *path;        /* ERROR_DECLINED if it exists */
	const char *compression; /* "zstd", "gzip", "none"; NULL: by the name, zstd mostly */
	const struct watcher *watch;
};

int tarball_open(const struct tarball_spec *spec, struct tarball **out, struct error *err);
/* A plain file of these bytes: mode 0644, of root, as old as time. */
int tarball_add_bytes(struct tarball *t, const char *name, const void *data, size_t len,
		      struct error *err);
/* What the entry tells, which has a path and no data. */
int tarball_add_node(struct tarball *t, struct archive_entry *e, struct error *err);
/*
 * What the entry tells, path and size too, with the file's data. ERROR_BUSY if the file gets shorter
 * meanwhile; whoever packs what may change compares more.
 */
int tarball_add_file(struct tarball *t, struct archive_entry *e, int fd, const struct extents *data,
		     struct error *err);
/* An unnamed file in the archive's directory, for what has to be known before it is written. */
int tarball_scratch(const struct tarball *t, struct error *err);
/* Whether that is the archive itself, which may lie in the tree it is made of. */
bool tarball_is(const struct tarball *t, const struct stat *st);
/* Completes it: end mark, fsync, its name. ERROR_DECLINED if that is taken meanwhile. */
int tarball_commit(struct tarball *t, struct error *err);
/* Before the commit: nothing is left of it. */
void tarball_free(struct tarball **t);
#define cleanup_tarball cleanup(tarball_free)

#endif
