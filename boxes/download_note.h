/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a file in downloads/, in a file beside it: which of the web's files its bytes are
 * from the first to the last one there. Without a note, or with a damaged one, they could be any.
 *
 *   {"url":"https://…","source":"sha256 of the URL","final":"sha256 of where it was redirected to","etag":"\"…\"",
 *    "last_modified":"…","total":340787200}
 *
 * URLs may carry passwords: "url" is for people, without any.
 */
#ifndef BOXES_DOWNLOAD_NOTE_H
#define BOXES_DOWNLOAD_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "boxes/answer.h"
#include "core/digest.h"
#include "core/error.h"

struct download_note {
	char *url;
	char source[DIGEST_HEX_BYTES], final[DIGEST_HEX_BYTES];
	char *etag,
		*last_modified; /* each only if it tells bytes apart (RFC 9110, 8.8.2.2 and 8.8.3) */
	uint64_t total_bytes;   /* 0: not known */
};

/* What an answer to a request for url says. */
void download_note_of(const char *url, const struct answer *a, struct download_note *out);
/* False if there is none that can be read. */
bool download_note_load(const char *path, struct download_note *out);
int download_note_save(const struct download_note *n, const char *path, struct error *err);
void download_note_clear(struct download_note *n);
#define cleanup_note cleanup(download_note_clear)

/* What to ask for in If-Range: the ETag, else the date, else NULL. Borrowed. */
const char *download_note_validator(const struct download_note *n);
bool download_note_is_of(const struct download_note *n, const char *url);
enum note_match {
	NOTE_SAME,      /* the very same bytes */
	NOTE_OTHER,     /* another file */
	NOTE_UNCERTAIN, /* nothing proves either */
};
/* Whether the answer that `now` was made of is about the file that `n` is about. */
enum note_match download_note_compare(const struct download_note *n,
				      const struct download_note *now);

#endif
