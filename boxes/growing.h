/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that somebody may still be writing at its end, while others read what is there: a download
 * that is digested and unpacked as it arrives. Any number of threads may share it.
 */
#ifndef BOXES_GROWING_H
#define BOXES_GROWING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct growing;

/* Takes the descriptor over. `whole`: nobody writes to it any more. total_bytes 0: not known yet. */
struct growing *growing_new(int fd, uint64_t available_bytes, uint64_t total_bytes, bool whole);
/* A whole file of this host; ERROR_BOX if it is no regular file. */
int growing_open(const char *path, struct growing **out, struct error *err);
void growing_free(struct growing **g);
#define cleanup_growing cleanup(growing_free)

/* The writer's side. */
void growing_set_total(struct growing *g, uint64_t total_bytes);
void growing_add(struct growing *g, uint64_t bytes);
/* The end: well (err NULL), or with an error that every reader gets a copy of. */
void growing_end(struct growing *g, const struct error *err);
/* The bytes so far are void, since the file at the source became another one: readers fail, and have to begin anew. */
void growing_abandon(struct growing *g);

/* The readers' side. Waits until bytes beyond offset are there: their number; 0 at the end of the file; -1 with the writer's error
 * (at once, whatever is there), or if the user interrupts. */
int64_t growing_wait(struct growing *g, uint64_t offset, struct error *err);
/* growing_wait(), then pread(): how many bytes were read; 0 at the end; -1. */
int64_t growing_read(struct growing *g, uint64_t offset, void *buf, size_t len, struct error *err);
/* growing_read(), which soon after *cancelled became true gives up with ERROR_STOPPED. */
int64_t growing_read_unless(struct growing *g, const atomic_bool *cancelled, uint64_t offset,
			    void *buf, size_t len, struct error *err);
bool growing_is_abandoned(struct growing *g);
/* Nobody writes to it any more, and it came to a good end. */
bool growing_is_whole(struct growing *g);
/* So far; 0: not known. At a good end it is the length. */
uint64_t growing_total(struct growing *g);
/* Borrowed. */
int growing_fd(const struct growing *g);

#endif
