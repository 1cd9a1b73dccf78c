/* SPDX-License-Identifier: Apache-2.0 */
/* Pipes for splice(2). */
#include "guest/forward_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/mem.h"

#define WANTED_BYTES (1 << 20) /* what anybody may ask for, see fs.pipe-max-size in pipe(7) */

int pipe_pool_take(struct pipe_pool *pool, struct pipe_ends *out)
{
	int fds[2], size;

	if (pool->count) {
		*out = pool->kept[--pool->count];
		return 0;
	}
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	/* A user who has many pipes gets no large ones: then a small one has to do. */
	size = fcntl(fds[1], F_SETPIPE_SZ, WANTED_BYTES);
	if (size < 0)
		size = fcntl(fds[1], F_GETPIPE_SZ);
	*out = (struct pipe_ends){ fds[0], fds[1], size > 0 ? (size_t)size : 4096 };
	return 0;
}

void pipe_pool_give(struct pipe_pool *pool, struct pipe_ends *ends, size_t holds)
{
	if (ends->read_fd >= 0 && holds == 0 && pool->count < ARRAY_SIZE(pool->kept)) {
		pool->kept[pool->count++] = *ends;
	} else {
		mem_close_fd(&ends->read_fd);
		mem_close_fd(&ends->write_fd);
	}
	*ends = NO_PIPE;
}

void pipe_pool_clear(struct pipe_pool *pool)
{
	while (pool->count) {
		struct pipe_ends *ends = &pool->kept[--pool->count];

		mem_close_fd(&ends->read_fd);
		mem_close_fd(&ends->write_fd);
	}
}
