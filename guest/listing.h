/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: what a directory of this host holds, as far as it can be copied. */
#ifndef GUEST_LISTING_H
#define GUEST_LISTING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/ignore.h"

#define LISTING_ROOT "." /* the path of the directory itself */

struct listed {
	const char *path;   /* relative; names are bytes */
	const char *target; /* of a link, else NULL */
	uint64_t size_bytes;
	int64_t mtime_ns, ctime_ns;
	unsigned mode; /* permissions */
	char type;     /* 'f' file, 'd' directory, 'l' symbolic link */
	bool stale;    /* what was sent under this path is not known to be what is said here */
};

struct listing {
	struct arena arena;
	struct listed
		*at; /* by strcmp() of the paths, so that a directory comes before what is in it */
	size_t count;
	size_t special_count; /* neither file, directory nor link: not among them */
	const char *special;  /* the first of those; NULL: none */
};

/*
 * Walks the tree at root_fd without following links, leaving out what the patterns do, and every ".bothy", which has
 * keys in it. What vanishes meanwhile is not there. `name` is for messages. ERROR_DENIED and others name the directory.
 */
int listing_scan(int root_fd, const char *name, const struct ignore *ig, struct listing *out,
		 struct error *err);
/* Adds one, in no order, with copies of its strings. */
void listing_add(struct listing *l, const struct listed *entry);
/* Orders by path; of several of one path one stays. */
void listing_sort(struct listing *l);
/* The one of that path in an ordered listing; NULL if there is none. */
struct listed *listing_find(const struct listing *l, const char *path);
/*
 * Opens the directory of that absolute path, which had no links in it when it was chosen: a machine that has a directory
 * on the way may have put one there since, which is ERROR_DENIED.
 */
int listing_open_root(const char *path, int *out_fd, struct error *err);
/* Opens the file of that path without following a link on the way. -1 with errno. */
int listing_open(int root_fd, const char *path);
/* What stat(2) says, without path and target; false if it is neither file, directory nor link. */
bool listed_of(const struct stat *st, struct listed *out);
void listing_clear(struct listing *l);
#define cleanup_listing cleanup(listing_clear)

#endif
