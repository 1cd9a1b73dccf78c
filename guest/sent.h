/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside this room: what was copied from a directory into a machine, kept in two files of this host. NAME.sent is what the
 * machine has: "bothy sent 1", the key, "EPOCH COUNT", each a line, then for each entry its type, mode, size and times in
 * hexadecimal, its path and for a link its target, each ending with a NUL. NAME.pending is the key as a line and then the
 * type and path of each entry that is or was being changed since, ended likewise: these are not known to be so.
 */
#ifndef GUEST_SENT_H
#define GUEST_SENT_H

#include "core/fs.h"
#include "guest/listing.h"

#define SENT_EPOCH_BYTES 17

struct sent {
	struct listing entries; /* empty: nothing is known to be there */
	bool known;             /* false: nothing was ever sent as a whole */
	/* The machine has both in a file of its own, and adds one to the count with each change. Another epoch, or a count
	 * below ours: the machine is not as we left it. */
	char epoch[SENT_EPOCH_BYTES];
	unsigned long count;
};

/* Whatever is missing, damaged or of another key comes to nothing. -1 only if a file cannot be read. */
int sent_load(const char *name, const char *key, struct sent *out, struct error *err);
/* Replaces NAME.sent, and removes NAME.pending. */
int sent_save(const char *name, const char *key, const struct sent *s, const struct owner *owner,
	      struct error *err);
/* Adds these to NAME.pending before they are touched in the machine. Its directory must be there. */
int sent_mark(const char *name, const char *key, struct listed *const *entries, size_t count,
	      const struct owner *owner, struct error *err);
/* Another epoch, that nobody else has. */
int sent_new_epoch(struct sent *s, struct error *err);
void sent_clear(struct sent *s);
#define cleanup_sent cleanup(sent_clear)

#endif
