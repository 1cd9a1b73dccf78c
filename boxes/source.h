/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a disk image, front to back and with their holes, wherever the image is: a plain
 * file that may still be growing, a compressed one, or a member of an archive.
 */
#ifndef BOXES_SOURCE_H
#define BOXES_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boxes/growing.h"
#include "boxes/reader.h"
#include "core/error.h"
#include "core/event.h"

/* The next bytes of an image; data NULL means len bytes of zeroes. */
struct source_part {
	const void *data; /* borrowed until the next call */
	uint64_t len;
};

/* {.fd = -1} is an empty source. */
struct source {
	struct growing *file;    /* plain file: borrowed, else NULL */
	int fd;                  /* its descriptor once more, to look for holes; owned, may be -1 */
	struct reader *reader;   /* else */
	bool borrowed;           /* the reader is somebody else's */
	uint64_t bytes;          /* length of the image; 0 if only reading it through will tell */
	uint64_t at;             /* next byte of the file or the reader */
	uint64_t told;           /* where progress was told last */
	struct source_part rest; /* of the last part, which source_take() left */
	struct reader_part after; /* what follows the hole that was handed out */
	unsigned char *buffer;
	char *doing;
	const struct watcher *watch;
};

/*
 * `member` NULL: the file itself is the image. Only members that are plain files are opened. The file is
 * borrowed.
 */
int source_open_growing(struct growing *file, const char *member, const char *doing,
			const struct watcher *watch, struct source *out, struct error *err);
/* The reader's current member, from where it stands. The reader stays the caller's. */
int source_of_member(struct reader *r, struct source *out, struct error *err);
/* 1: *out has the next part; 0: the image ended, at s->at bytes; -1: error. */
int source_next(struct source *s, struct source_part *out, struct error *err);
/* Fills buf with the next bytes: how many there were, less than len only at the image's end; -1. */
int64_t source_take(struct source *s, void *buf, size_t len, struct error *err);
/*
 * Fills buf with the bytes at offset: any offset in a plain file, else ascending ones. Fits struct
 * qcow2_input (boxes/qcow2.h) with a source as its ctx.
 */
int source_read_at(void *source, uint64_t offset, void *buf, size_t len, struct error *err);
/* Whether any byte may be read at any time. */
bool source_is_plain(const struct source *s);
void source_clear(struct source *s);
#define cleanup_source cleanup(source_clear)

#endif
