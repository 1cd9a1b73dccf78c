/* SPDX-License-Identifier: Apache-2.0 */
/* A file with a writer at its end and readers that wait for it. */
#include "boxes/growing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/stop.h"

/* Nobody signals the condition when the user interrupts. */
#define LOOK_AGAIN_MS 50

struct growing {
	int fd;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	/* Under the mutex: */
	uint64_t available_bytes, total_bytes;
	bool ended, abandoned;
	struct error failure; /* ERROR_NONE: none */
};

struct growing *growing_new(int fd, uint64_t available_bytes, uint64_t total_bytes, bool whole)
{
	struct growing *g = xcalloc(1, sizeof(*g));
	pthread_condattr_t attributes;

	g->fd = fd;
	g->available_bytes = available_bytes;
	g->total_bytes = whole ? available_bytes : total_bytes;
	g->ended = whole;
	pthread_mutex_init(&g->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&g->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return g;
}

int growing_open(const char *path, struct growing **out, struct error *err)
{
	/* Without O_NONBLOCK, opening a FIFO would wait for a writer. */
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return error_errno(err, errno, "cannot open '%s'", path);
	if (fstat(fd, &st) < 0)
		return error_errno(err, errno, "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_BOX, "'%s' is not a regular file", path);
	*out = growing_new(take_fd(fd), (uint64_t)st.st_size, 0, true);
	return 0;
}

void growing_free(struct growing **slot)
{
	struct growing *g = *slot;

	if (!g)
		return;
	pthread_cond_destroy(&g->changed);
	pthread_mutex_destroy(&g->mutex);
	mem_close_fd(&g->fd);
	error_clear(&g->failure);
	free(g);
	*slot = NULL;
}

static void unlock_and_tell(struct growing *g)
{
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->mutex);
}

void growing_set_total(struct growing *g, uint64_t total_bytes)
{
	pthread_mutex_lock(&g->mutex);
	g->total_bytes = total_bytes;
	unlock_and_tell(g);
}

void growing_add(struct growing *g, uint64_t bytes)
{
	pthread_mutex_lock(&g->mutex);
	g->available_bytes += bytes;
	unlock_and_tell(g);
}

static void copy_error(struct error *to, const struct error *from)
{
	error_set(to, from->kind, "%s", from->text ? from->text : "unknown cause");
	to->code = from->code;
	if (from->hint)
		error_hint(to, "%s", from->hint);
}

/* The first end counts. */
static void end_locked(struct growing *g, const struct error *err)
{
	if (g->ended)
		return;
	g->ended = true;
	if (err)
		copy_error(&g->failure, err);
	else
		g->total_bytes = g->available_bytes;
}

void growing_end(struct growing *g, const struct error *err)
{
	pthread_mutex_lock(&g->mutex);
	end_locked(g, err);
	unlock_and_tell(g);
}

void growing_abandon(struct growing *g)
{
	cleanup_error struct error err = { 0 };

	error_set(&err, ERROR_BOX, "the file became another one while it was being downloaded");
	pthread_mutex_lock(&g->mutex);
	if (!g->ended)
		g->abandoned = true;
	end_locked(g, &err);
	unlock_and_tell(g);
}

static void wait_a_little(struct growing *g)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LOOK_AGAIN_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&g->changed, &g->mutex, &until);
}

/* Until there is more than offset, or the end: 0; -1 as growing_wait(), or if cancelled (may be NULL). */
static int wait_locked(struct growing *g, uint64_t offset, const atomic_bool *cancelled,
		       struct error *err)
{
	for (;;) {
		if (cancelled && atomic_load(cancelled))
			return error_set(err, ERROR_STOPPED, "nobody wants it any more");
		if (stop_check(0, NULL, err) < 0)
			return -1;
		/* What came before a failure is of no use to anybody: better to hear of it early. */
		if (g->failure.kind != ERROR_NONE) {
			copy_error(err, &g->failure);
			return -1;
		}
		if (g->ended || g->available_bytes > offset)
			return 0;
		wait_a_little(g);
	}
}

static int64_t wait_unless(struct growing *g, const atomic_bool *cancelled, uint64_t offset,
			   struct error *err)
{
	int64_t bytes = -1;

	pthread_mutex_lock(&g->mutex);
	if (wait_locked(g, offset, cancelled, err) == 0)
		bytes = g->available_bytes > offset ? (int64_t)(g->available_bytes - offset) : 0;
	pthread_mutex_unlock(&g->mutex);
	return bytes;
}

int64_t growing_wait(struct growing *g, uint64_t offset, struct error *err)
{
	return wait_unless(g, NULL, offset, err);
}

int64_t growing_read_unless(struct growing *g, const atomic_bool *cancelled, uint64_t offset,
			    void *buf, size_t len, struct error *err)
{
	int64_t bytes = wait_unless(g, cancelled, offset, err);
	ssize_t got;

	if (bytes <= 0)
		return bytes;
	if ((uint64_t)bytes < len)
		len = (size_t)bytes;
	do
		got = pread(g->fd, buf, len, (off_t)offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_errno(err, errno, "cannot read the file");
	if (got == 0 && len)
		return error_set(err, ERROR_BOX, "the file became shorter meanwhile");
	return got;
}

int64_t growing_read(struct growing *g, uint64_t offset, void *buf, size_t len, struct error *err)
{
	return growing_read_unless(g, NULL, offset, buf, len, err);
}

bool growing_is_abandoned(struct growing *g)
{
	bool abandoned;

	pthread_mutex_lock(&g->mutex);
	abandoned = g->abandoned;
	pthread_mutex_unlock(&g->mutex);
	return abandoned;
}

bool growing_is_whole(struct growing *g)
{
	bool whole;

	pthread_mutex_lock(&g->mutex);
	whole = g->ended && g->failure.kind == ERROR_NONE;
	pthread_mutex_unlock(&g->mutex);
	return whole;
}

uint64_t growing_total(struct growing *g)
{
	uint64_t total_bytes;

	pthread_mutex_lock(&g->mutex);
	total_bytes = g->total_bytes;
	pthread_mutex_unlock(&g->mutex);
	return total_bytes;
}

int growing_fd(const struct growing *g)
{
	return g->fd;
}
