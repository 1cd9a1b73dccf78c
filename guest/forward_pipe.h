/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pipes for splice(2): bytes go from a socket into a pipe and out of it into the other socket without being copied.
 * Only a direction that holds bytes has one, so that idle connections cost two descriptors.
 */
#ifndef GUEST_FORWARD_PIPE_H
#define GUEST_FORWARD_PIPE_H

#include <stddef.h>

#define PIPE_POOL_KEPT 16

struct pipe_ends {
	int read_fd, write_fd; /* -1: no pipe */
	size_t size_bytes;
};
#define NO_PIPE ((struct pipe_ends){ -1, -1, 0 })

struct pipe_pool { /* {0} is empty */
	struct pipe_ends kept[PIPE_POOL_KEPT];
	size_t count;
};

/* An empty pipe, as large as the system lets us. -1 with errno. */
int pipe_pool_take(struct pipe_pool *pool, struct pipe_ends *out);
/* Takes it back, and closes it if there are enough or it still `holds` bytes. *ends is NO_PIPE then. */
void pipe_pool_give(struct pipe_pool *pool, struct pipe_ends *ends, size_t holds);
void pipe_pool_clear(struct pipe_pool *pool);

#endif
