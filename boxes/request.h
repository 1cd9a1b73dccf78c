/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One GET through libcurl, redirects included (RFC 9110). Each hop is a request of its own, so that what a
 * host may be told and must prove (boxes/http_host.h) is decided anew. One try: whoever calls decides by the answer's
 * trouble whether another one makes sense.
 */
#ifndef BOXES_REQUEST_H
#define BOXES_REQUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "boxes/answer.h"
#include "boxes/http.h"

#define REQUEST_NO_RANGE UINT64_MAX

struct request { /* all borrowed */
	const struct http_conf *conf;
	const char *url;
	uint64_t from;           /* asks for the bytes from there on; REQUEST_NO_RANGE */
	const char *if_range;    /* … if the file still has this ETag or date; NULL */
	const atomic_bool *stop; /* ends the request when it becomes true; NULL */
	/* Once, before any body, for status 200 and 206: 0; 1: enough, no body is wanted; -1. */
	int (*head)(void *ctx, const struct answer *a, struct error *err);
	int (*body)(void *ctx, const void *data, size_t len, struct error *err);
	void *ctx;
};

/*
 * 0 when the whole body went to body(), or head() had enough. -1: out->trouble says more; it is TROUBLE_LASTING for
 * errors of head() and body(). *out is filled either way and has to be cleared. Kinds of errors as http_get().
 */
int request_run(const struct request *r, struct answer *out, struct error *err);

#endif
