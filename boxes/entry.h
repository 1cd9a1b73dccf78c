/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boxes by name: which content a name, version, provider and architecture mean in this store. One
 * small file each below names/, so that two processes that add boxes do not disturb each other.
 * A box that was used by path or URL is named by that.
 */
#ifndef BOXES_ENTRY_H
#define BOXES_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "boxes/offer.h"
#include "core/error.h"

struct entry {
	char *name;
	char *version;      /* NULL: it has none */
	char *provider;     /* "kvm" or "container" */
	char *architecture; /* Debian's word */
	char digest[DIGEST_HEX_BYTES];
	char *url;         /* where it came from: a path or URL; NULL: not known */
	char *catalog_url; /* NULL: none */
	uint64_t size_bytes;
	int64_t added_at; /* seconds since 1970 */
};

struct entries {
	struct entry *at; /* by name, newest version first, provider, architecture */
	size_t count;
};

/*
 * Held by whoever gives a name to content that is there, or removes content that nobody names, from the look at the
 * store until it is done: else a name could be given to what goes. Waits.
 */
int entries_lock(const char *home, int *out_fd, struct error *err);
/* Damaged files are passed over. */
int entries_load(const char *home, struct entries *out, struct error *err);
/*
 * The newest one that satisfies `want` (urls are not looked at), or NULL. A checksum that is not SHA-256 is
 * satisfied by none: what it was taken of is not kept. ERROR_BOX for a bad constraint.
 */
int entries_find(const struct entries *all, const struct box_want *want, const struct entry **out,
		 struct error *err);
/* How many names mean that content. */
size_t entries_count_digest(const struct entries *all, const char *digest);
/* Writes it, in the place of one of the same name, version, provider and architecture. */
int entry_save(const char *home, const struct entry *e, struct error *err);
/* Gone already is success. */
int entry_remove(const char *home, const struct entry *e, struct error *err);
void entry_clear(struct entry *e);
void entries_clear(struct entries *all);
#define cleanup_entries cleanup(entries_clear)

#endif
