/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that may be compressed with gzip, xz, zstd or bzip2, decompressed, front to back. They come
 * from a file that may still be growing, or from wherever an input takes them. A warning of
 * libarchive, garbage behind the compressed data and a cut are errors.
 */
#ifndef BOXES_STREAM_H
#define BOXES_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "boxes/growing.h"
#include "core/error.h"
#include "core/event.h"

struct stream;

struct stream_input {
	/* How many bytes are at *out, borrowed until the next call; 0 at the end; -1. */
	ssize_t (*read)(void *ctx, const void **out, struct error *err);
	/* How many of so many bytes it passed over, perhaps none; NULL: it cannot. */
	uint64_t (*skip)(void *ctx, uint64_t bytes);
	void *ctx;
};

/* Borrows the file and the watcher, which is told of progress as `doing` ("reading x.box"). */
int stream_open(struct growing *file, const char *doing, const struct watcher *watch,
		struct stream **out, struct error *err);
/* Borrows the input's ctx. `doing` is what an interruption interrupts. */
int stream_open_input(const struct stream_input *in, const char *doing, struct stream **out,
		      struct error *err);
/* How many bytes are at *out, borrowed until the next call; 0 at the end; -1. */
ssize_t stream_next(struct stream *s, const void **out, struct error *err);
/* How many of so many bytes it passed over, perhaps none: only what is not compressed can be. */
uint64_t stream_skip(struct stream *s, uint64_t bytes);
bool stream_is_compressed(const struct stream *s);
void stream_free(struct stream **s);
#define cleanup_stream cleanup(stream_free)

#endif
