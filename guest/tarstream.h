/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: entries of a listing as a tar archive that is read piece by piece, as run_command() wants its input. */
#ifndef GUEST_TARSTREAM_H
#define GUEST_TARSTREAM_H

#include <sys/types.h>

#include "core/text.h"
#include "guest/listing.h"

struct tarstream {
	/* Given. */
	int root_fd;
	const char *name; /* of the directory, for messages */
	struct listed *const *entries;
	size_t count;
	unsigned uid, gid; /* whose everything is */
	/*
	 * What it finds out, to begin with {0}. An entry is updated to what was sent of it; one that changed meanwhile, or
	 * so shortly before that a further change would not show, is stale then: so is one that has vanished.
	 */
	uint64_t sent_bytes; /* of files */
	/* Its own. */
	size_t next;
	struct text pending;
	size_t pending_at;
	int fd; /* of the file being sent, which is entries[next - 1]; 0: none */
	uint64_t left;
	bool ended;
};

/* As struct run_input wants it; ctx is the stream. A file that shrinks is filled up with zeros, one that grows is cut. */
ssize_t tarstream_read(void *ctx, void *buf, size_t size, struct error *err);
void tarstream_clear(struct tarstream *t);
#define cleanup_tarstream cleanup(tarstream_clear)

#endif
