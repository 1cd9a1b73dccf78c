/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the forwarder is talked to: a socket in its directory, and on it one line of JSON each way. Who connects to a
 * forwarder that is about to end gets no answer, and asks the next one.
 *
 *   {"do":"serve","machine":{…},"avoid":[…]}  see cli/served.h, cli/forwarder_rules.h; until_ms as a span
 *   {"do":"drop","machine":"web"}             {"do":"list"}       {"do":"retire"}
 *
 * Answers: {"machine":{…}}, {"last":true}, {"machines":[…]}, {"retired":true}; or {"error":{"kind","message","hint"},
 * "taken":["tcp","127.0.0.1",8080]}.
 */
#ifndef CLI_FORWARDER_WIRE_H
#define CLI_FORWARDER_WIRE_H

#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "core/fs.h"

/* Listens in that directory in the place of any socket there, for its owner only. */
int wire_listen(const char *directory, const struct owner *owner, int *out_fd, struct error *err);
/* -1 with errno: ENOENT or ECONNREFUSED if nobody listens there. */
int wire_connect(const char *directory);
/* Sends the document, whose reference is taken over, as a line. -1 with errno. */
int wire_send(int fd, json_t *document);
/* What has come so far without waiting: 1 with a document, 0 not yet whole, -1 the end, or no JSON. */
int wire_take(int fd, struct text *buffer, json_t **out);
/* Waits for the answer. NULL: there is none. */
json_t *wire_receive(int fd, int64_t deadline_ms);

/* An error as an answer, and back; wire_error() returns -1, or 0 if it is none. */
json_t *wire_refusal(const struct error *err);
int wire_error(const json_t *answer, struct error *err);

#endif
