/* SPDX-License-Identifier: Apache-2.0 */
/* A growing string, and the few things we ask of strings. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/mem.h"

/* {0} is an empty text. `ptr` is NUL-terminated as soon as anything was added; may hold NULs. */
struct text {
	char *ptr;
	size_t len, capacity;
};

void text_add(struct text *t, const char *s);
void text_addn(struct text *t, const void *data, size_t len);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *t, const char *fmt, va_list args);
/* Appends, and forgets all but the last `most` bytes as soon as there are more than twice as many. */
void text_add_end(struct text *t, const void *data, size_t len, size_t most);
/* The bytes as a string, never NULL; valid until the next call on t. */
const char *text_str(const struct text *t);
/* Hands the string over to the caller, who frees it; t is empty again. Never NULL. */
char *text_take(struct text *t);
/* Forgets the contents, keeps the memory. */
void text_reset(struct text *t);
/* Takes off the last line that is not blank, and what follows it; "" if there is none. Caller frees. */
char *text_pop_line(struct text *t);
void text_clear(struct text *t);
#define cleanup_text cleanup(text_clear)

/* Predicates over NUL-terminated strings. */
bool text_has_prefix(const char *s, const char *prefix);
bool text_has_suffix(const char *s, const char *suffix);
/* NULL equals NULL only. */
bool text_equal(const char *a, const char *b);

/* ASCII capitals become small letters. In place. */
void text_lower(char *s);

/* Edit distance (Levenshtein with transpositions), for "did you mean". */
size_t text_distance(const char *a, const char *b);
/* The nearest of n names to s within distance 2 and half of s's length; else NULL. Borrowed. */
const char *text_nearest(const char *s, const char *const *names, size_t n);

/* "2G", "512 MiB", "1.5 GB" or a bare number (MiB) to MiB. K M G T with optional i and B mean powers of 1024.
 * Returns false if it is none of these, negative, or does not fit. */
bool text_parse_size_mib(const char *s, uint64_t *out_mib);
/* "512 MiB", "2 GiB", "1.5 GiB". Caller frees. */
char *text_format_mib(uint64_t mib);
/* The same of bytes, rounded up to whole MiB. */
char *text_format_bytes(uint64_t bytes);
/* At most so many bytes of a UTF-8 text, the middle of a longer one being "..."; `most` is at least 5. Caller frees. */
char *text_shorten(const char *s, size_t most);
/* "10s", "5m", "1h" or a bare number of seconds. */
bool text_parse_seconds(const char *s, unsigned *out_s);

/* Adds s quoted for a POSIX shell. */
void text_add_shell_quoted(struct text *t, const char *s);
/* Adds n words so quoted, with a blank between them. */
void text_add_shell_words(struct text *t, const char *const *words, size_t n);

#endif
