/* SPDX-License-Identifier: Apache-2.0 */
/* The file behind a struct image_file of a unit test, and a pwrite() that may go wrong. */
#ifndef TESTS_UNIT_IMAGE_FILE_WRITES_H
#define TESTS_UNIT_IMAGE_FILE_WRITES_H

#include "providers/image_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/stop.h"

/* What becomes of the writes of the test that runs. */
static struct {
	bool refuse_direct; /* as some file systems do: EINVAL */
	size_t most_bytes;  /* of one; 0: any */
	int fails_at;       /* the N-th of them with this errno, and all that follow */
	int with;
	atomic_int count, unaligned; /* of what was direct */
} pwrites;

static int file_fd; /* the test's own, to look at it */

/* Instead of libc's. */
ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	bool direct = fcntl(fd, F_GETFL) & O_DIRECT;
	int number = ++pwrites.count;

	if (direct && ((uintptr_t)data | len | (size_t)at) % 4096)
		pwrites.unaligned++;
	if (direct && pwrites.refuse_direct) {
		errno = EINVAL;
		return -1;
	}
	if (pwrites.fails_at && number >= pwrites.fails_at) {
		errno = pwrites.with;
		return -1;
	}
	if (pwrites.most_bytes && len > pwrites.most_bytes)
		len = pwrites.most_bytes;
	return syscall(SYS_pwrite64, fd, data, len, at);
}

static int setup(void **state)
{
	(void)state;
	memset(&pwrites, 0, sizeof(pwrites));
	stop_set(false);
	return 0;
}

/* Makes file_fd one without a name, in that directory. The test closes it. */
static void new_file(const char *where)
{
	file_fd = open(where, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	assert_true(file_fd >= 0);
}

/* A descriptor of its own, as O_DIRECT is the descriptor's. */
static int open_image(struct image_file **out, struct error *err)
{
	cleanup_free char *path = xasprintf("/proc/self/fd/%d", file_fd);

	return image_file_open(open(path, O_WRONLY | O_CLOEXEC), "base", NULL, out, err);
}

#endif
