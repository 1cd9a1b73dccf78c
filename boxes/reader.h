/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A box file read once, front to back: through gzip, xz, zstd or bzip2 if it is compressed, and as
 * the members of a tar archive if it is one. It may still be growing. The reader reports progress,
 * obeys the stop flag, and turns every complaint of libarchive, warnings too, into an error of ours.
 */
#ifndef BOXES_READER_H
#define BOXES_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boxes/growing.h"
#include "core/error.h"
#include "core/event.h"

enum reader_format {
	READER_TAR = 1 << 0, /* members of a tar archive */
	READER_RAW = 1 << 1, /* anything else: one member, the decompressed bytes */
};

struct archive_entry;
struct reader;

/* Some bytes of a member. A gap before `offset` is a hole. */
struct reader_part {
	const void *data; /* borrowed until the next call */
	size_t len;
	uint64_t offset;
};

/*
 * `formats` are the ones to accept. With a watcher, progress is told as `doing` ("reading x.box").
 * The file is borrowed. The reader belongs to the thread that opened it.
 */
int reader_open(struct growing *file, unsigned formats, const char *doing,
		const struct watcher *watch, struct reader **out, struct error *err);
/*
 * The current member of `outer`, an archive itself; to be freed before that. It stands where the
 * outer one does: only its end is the member's.
 */
int reader_open_member(struct reader *outer, struct reader **out, struct error *err);
/*
 * 1: there is a member, whose path is safe (boxes/member.h); 0: the archive ended well, and nothing
 * comes behind it; -1: error. With READER_RAW a file that begins with zeroes has no member at all.
 */
int reader_next(struct reader *r, struct error *err);
/* 1: *out has the next bytes of the member; 0: it ended; -1: error. */
int reader_data(struct reader *r, struct reader_part *out, struct error *err);
/* Of the current member; borrowed until the next one. */
const char *reader_path(const struct reader *r);
struct archive_entry *reader_entry(const struct reader *r);
/* Known as soon as reader_next() was called. */
bool reader_is_tar(const struct reader *r);
bool reader_is_compressed(const struct reader *r);
/* Borrowed; NULL if the reader reads a member. */
struct growing *reader_file(const struct reader *r);
void reader_free(struct reader **r);
#define cleanup_reader cleanup(reader_free)

#endif
