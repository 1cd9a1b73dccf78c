/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: the commands by which a guest takes what is copied into it, for every POSIX sh. */
#ifndef GUEST_COPY_SCRIPT_H
#define GUEST_COPY_SCRIPT_H

#include "core/text.h"
#include "guest/listing.h"
#include "guest/sent.h"

#define COPY_SCRIPT_UNKNOWN 97 /* status: the guest is not as it was left; nothing was touched */
#define COPY_SCRIPT_NO_TAR 98  /* status */

struct copy_script { /* borrowed */
	const char *to, *key;
	struct listed *const *gone; /* to be removed, in the order of a listing */
	size_t gone_count;
	bool extract; /* a tar stream comes in */
	bool changes; /* false: only asks whether the guest is as it was left */
	bool whole;   /* however it was left */
	bool as_root;
	char epoch[SENT_EPOCH_BYTES], next_epoch[SENT_EPOCH_BYTES];
	unsigned long count, next_count;
};

/* What has to be run before copy_script_text(), as long as it is not NULL: takes entries off `gone`. Caller frees. */
char *copy_script_removal(struct copy_script *s);
/* The command that does the rest. Caller frees. */
char *copy_script_text(const struct copy_script *s);
/*
 * Adds what unpacks a tar stream from standard input once `enter` has gone to where it belongs: with owners as in the
 * stream for root, else as the user's own.
 */
void copy_script_add_extract(struct text *t, const char *enter, bool as_root);
/* What a status other than 0 and UNKNOWN means. Returns -1. */
int copy_script_error(const char *machine, int status, struct text *said, struct error *err);

#endif
