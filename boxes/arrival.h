/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a download as it fills: what is there from earlier, what readers have seen already, and where
 * the bytes of this answer belong. Bytes are only ever kept if they are certain to be of the file that the
 * answer is about, since the server says so (download_note_compare()) or since they were sent again and
 * are the same.
 */
#ifndef BOXES_ARRIVAL_H
#define BOXES_ARRIVAL_H

#include "boxes/download_note.h"
#include "boxes/growing.h"

struct arrival {
	char *path, *note_path;
	struct growing *growing;   /* holds the descriptor */
	struct download_note note; /* of all bytes in the file; url NULL: unknown */
	struct download_note
		next;          /* of this answer; becomes the note when it is true of all of them */
	uint64_t file_bytes;   /* in the file */
	uint64_t shown_bytes;  /* that readers may have seen */
	uint64_t at;           /* where the next byte of this answer belongs */
	uint64_t total_bytes;  /* the file's, by this answer; 0: not known */
	uint64_t wanted_bytes; /* the file's, by whoever wants it; 0: any */
	bool part;             /* this answer is a 206 */
	bool broken;           /* the error was one of this host's disk */
	bool plainly; /* the server's ranges are of no use: the whole file has to be asked for */
};

/* Opens or makes the file, readable by its owner only. wanted_bytes 0: not known. */
int arrival_open(const char *path, uint64_t wanted_bytes, struct arrival *out, struct error *err);
void arrival_clear(struct arrival *a);

/* What to ask url for: REQUEST_NO_RANGE, or the offset, and under which condition (borrowed). */
uint64_t arrival_ask(const struct arrival *a, const char *url, const char **out_if_range);
/*
 * The answer to that, status 200 or 206: 0 when its body is wanted; 1 when the file is whole as it is; -1,
 * perhaps with `plainly` set meanwhile: then ask once more.
 */
int arrival_head(struct arrival *a, const char *url, uint64_t asked, const struct answer *answer,
		 struct error *err);
int arrival_body(struct arrival *a, const void *data, size_t len, struct error *err);
/* The body has ended. *out_more: the server gave a part only, and the rest is still to be had. */
int arrival_end(struct arrival *a, bool framed, bool *out_more, struct error *err);

#endif
