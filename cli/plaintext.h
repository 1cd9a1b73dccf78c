/* SPDX-License-Identifier: Apache-2.0 */
/* What machines say, made fit for an error, a document or a terminal that is not theirs. */
#ifndef CLI_PLAINTEXT_H
#define CLI_PLAINTEXT_H

#include <stddef.h>

#include <jansson.h>

/*
 * The text without escape sequences and control characters (tabs become blanks, newlines stay), in UTF-8: if it is not,
 * bytes that are no ASCII become "?". Of a line that a carriage return began anew, as progress bars do, the last state.
 * Caller frees.
 */
char *plaintext_of(const char *data, size_t len);
/* Its last `lines` lines, each at most `most` bytes long, without the newline at the end. Caller frees. */
char *plaintext_end(const char *data, size_t len, size_t lines, size_t most);
/* Its first line that is not blank, at most so long; "" if there is none. Caller frees. */
char *plaintext_first_line(const char *data, size_t len, size_t most);
/* A string of JSON with exactly these bytes or, where they are no UTF-8, with each of them as Latin-1. New reference. */
json_t *plaintext_json(const char *data, size_t len);
/* The same of a text that may hold a path, which need not be UTF-8; NULL becomes null. New reference. */
json_t *plaintext_json_text(const char *s);

#endif
