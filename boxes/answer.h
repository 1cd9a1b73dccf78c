/* SPDX-License-Identifier: Apache-2.0 */
/* What a server says of a file before its body (RFC 9110). */
#ifndef BOXES_ANSWER_H
#define BOXES_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/mem.h"

enum trouble {
	TROUBLE_NONE,
	TROUBLE_PASSING, /* may be gone at the next try */
	TROUBLE_DOUBTFUL, /* may be gone if that host has answered before: unknown host, failed handshake */
	TROUBLE_LASTING,
};

/* Everything is owned. */
struct answer {
	enum trouble trouble;
	long status;            /* 0: none came */
	char *final;            /* which file answered, see struct http_place */
	char *etag;             /* with its quotes; NULL if there is none or it is weak */
	char *last_modified;    /* NULL if there is none */
	char *date;             /* the server's clock; NULL if it says none */
	int64_t length_bytes;   /* of this body; -1: not told */
	bool framed;            /* the end of the body can be told from a broken line */
	bool ranged;            /* it has a Content-Range in bytes: */
	uint64_t first, last;   /* offsets of the first and of the last byte */
	uint64_t total_bytes;   /* of the file; 0: not told */
	unsigned retry_after_s; /* 0: not told */
};

/* Takes in one header field, those that matter here. */
void answer_field(struct answer *a, const char *name, const char *value);
void answer_clear(struct answer *a);
#define cleanup_answer cleanup(answer_clear)

#endif
