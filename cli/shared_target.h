/* SPDX-License-Identifier: Apache-2.0 */
/* What the keeper of a connection must know to log in, as the document that it is started with. */
#ifndef CLI_SHARED_TARGET_H
#define CLI_SHARED_TARGET_H

#include "guest/guest.h"

struct shared_target {
	struct guest_target target; /* borrows the document it was read from */
	const char *mark;           /* whose commands it takes: see cli/shared.h */
	const char *directory;      /* of the machine, absolute: where others find it */
	unsigned keep_s;            /* how long it stays without a command */
};

/* Appends the document. ERROR_USAGE if a path or name is not UTF-8: then there is nothing to share. */
int shared_target_encode(const struct shared_target *t, struct text *out, struct error *err);

/* Reads it. *out borrows from *out_document, which the caller frees by shared_target_free(). */
int shared_target_decode(const struct text *in, struct shared_target *out, void **out_document,
			 struct error *err);
void shared_target_free(void **document);

#endif
