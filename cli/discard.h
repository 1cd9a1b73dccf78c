/* SPDX-License-Identifier: Apache-2.0 */
/* Taking boxes out of the store, with what providers hold of them. */
#ifndef CLI_DISCARD_H
#define CLI_DISCARD_H

#include "boxes/entry.h"
#include "cli/session.h"

/* "web (/home/ann/shop)": a machine made from that content, or NULL. Needs session_observe(). Borrowed until the next call. */
const char *discard_user(struct session *s, const char *digest);
/*
 * Why it is not known whether a machine uses boxes of that provider ("kvm" or "container"), where discard_user() finds
 * none; NULL: it is known. Needs session_observe_some(). Borrowed.
 */
const struct error *discard_doubt(const struct session *s, const char *provider);
/* true, false, or null where that is not known. */
json_t *discard_in_use(struct session *s, const struct entry *e);
/* Warns of the doubts about such boxes, and makes the exit status that of engines that cannot be reached. */
void discard_warn(struct session *s, bool vms, bool containers);
/* About how much the store needs for that content; 0 if it is not there. */
uint64_t discard_bytes(const struct session *s, const char *digest);
/*
 * Takes the name away, and the content with it if no other name means it. ERROR_BUSY if a machine uses
 * it. *out_bytes grows by what the store needed for it.
 */
int discard_entry(struct session *s, const struct entry *e, uint64_t *out_bytes, struct error *err);
/* The content alone, if nobody names it: base, root filesystem and record. */
int discard_content(struct session *s, const char *digest, uint64_t *out_bytes, struct error *err);

#endif
