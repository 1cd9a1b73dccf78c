/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of a disk image on their way to the disk. */
#include "providers/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/stop.h"

/* What O_DIRECT wants of addresses, offsets and lengths nearly everywhere; where it wants more it is refused. */
#define ALIGN_BYTES ((size_t)4096)
#define BLOCK_BYTES ((size_t)2 << 20) /* as large as a huge page */
#define BLOCKS 4
/* Less at once, between holes, goes through the page cache, which makes many small writes at a time of them. */
#define DIRECT_BYTES ((size_t)512 << 10)

struct block {
	unsigned char *data; /* aligned */
	uint64_t at;         /* in the file; aligned */
	size_t len;
};

struct image_file {
	int fd;
	/* The thread's: whether there is O_DIRECT, and whether it is on. */
	bool can_direct, direct;
	char *path, *doing;
	uint64_t bytes; /* that came so far, holes too */
	void *memory;
	struct block blocks[BLOCKS]; /* a ring: the queued ones, then the one that is being filled */
	struct block *filling;       /* the thread does not look at it */
	pthread_t thread;
	bool running;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	/* Under the mutex: */
	size_t first, queued;
	bool ended, abandoned;
	struct error failure; /* with one the thread has ended */
};

/* --- the thread ------------------------------------------------------------------------------ */

static bool set_direct(struct image_file *f, bool on)
{
	int flags = f->direct == on ? -1 : fcntl(f->fd, F_GETFL);

	if (flags >= 0 && fcntl(f->fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0)
		f->direct = on;
	return f->direct == on;
}

/* Some file systems refuse O_DIRECT only now, or want it aligned to more. */
static bool was_refused(struct image_file *f)
{
	if (errno != EINVAL || !f->direct)
		return false;
	f->can_direct = false;
	return set_direct(f, false);
}

static int store(struct image_file *f, const struct block *b, struct error *err)
{
	size_t done = 0;

	set_direct(f, f->can_direct && b->len >= DIRECT_BYTES);
	while (done < b->len) {
		ssize_t n = pwrite(f->fd, b->data + done, b->len - done, (off_t)(b->at + done));

		if (n < 0 && (errno == EINTR || was_refused(f)))
			continue;
		if (n <= 0)
			return error_errno(err, n ? errno : EIO, "cannot write '%s'", f->path);
		done += (size_t)n;
	}
	/* So that there is little left for the end to wait for, which tells of errors too. */
	if (!f->direct)
		sync_file_range(f->fd, (off_t)b->at, (off_t)b->len, SYNC_FILE_RANGE_WRITE);
	return 0;
}

/* The next block; NULL if no more will come. */
static struct block *wait_for_block(struct image_file *f)
{
	while (!f->queued && !f->ended && !f->abandoned)
		pthread_cond_wait(&f->changed, &f->mutex);
	return f->queued && !f->abandoned ? &f->blocks[f->first] : NULL;
}

static void *run(void *ctx)
{
	struct image_file *f = ctx;
	struct error failure = { 0 };
	struct block *b;

	pthread_mutex_lock(&f->mutex);
	while (!failure.kind && (b = wait_for_block(f))) {
		pthread_mutex_unlock(&f->mutex);
		store(f, b, &failure);
		pthread_mutex_lock(&f->mutex);
		f->first = (f->first + 1) % BLOCKS;
		f->queued--;
		f->failure = failure;
		pthread_cond_broadcast(&f->changed);
	}
	pthread_mutex_unlock(&f->mutex);
	return NULL;
}

/* --- filling blocks -------------------------------------------------------------------------- */

static int failed(struct image_file *f, struct error *err)
{
	error_set(err, f->failure.kind, "%s", f->failure.text);
	err->code = f->failure.code;
	return f->failure.hint ? error_hint(err, "%s", f->failure.hint) : -1;
}

/* Hands the block that is being filled over, and waits until there is another one to fill. */
static int hand_over(struct image_file *f, struct error *err)
{
	bool has_failed;

	if (stop_check(0, f->doing, err) < 0)
		return -1;
	pthread_mutex_lock(&f->mutex);
	f->queued++;
	pthread_cond_broadcast(&f->changed);
	while (f->queued == BLOCKS && !f->failure.kind)
		pthread_cond_wait(&f->changed, &f->mutex);
	has_failed = f->failure.kind != ERROR_NONE;
	f->filling = &f->blocks[(f->first + f->queued) % BLOCKS];
	f->filling->len = 0;
	pthread_mutex_unlock(&f->mutex);
	return has_failed ? failed(f, err) : 0;
}

/* Zeroes up to where a block may begin or end. Returns how many, at most max. */
static size_t fill_up(struct image_file *f, uint64_t max)
{
	struct block *b = f->filling;
	size_t n = (ALIGN_BYTES - b->len % ALIGN_BYTES) % ALIGN_BYTES;

	if (n > max)
		n = (size_t)max;
	memset(b->data + b->len, 0, n);
	b->len += n;
	return n;
}

/* A hole that ended in the middle of what is written at once is zeroes from there. */
static void begin_block(struct image_file *f)
{
	struct block *b = f->filling;

	b->at = f->bytes & ~(uint64_t)(ALIGN_BYTES - 1);
	b->len = (size_t)(f->bytes - b->at);
	memset(b->data, 0, b->len);
}

static int write_bytes(void *ctx, const void *data, size_t len, struct error *err)
{
	struct image_file *f = ctx;
	const unsigned char *from = data;

	while (len) {
		struct block *b = f->filling;
		size_t n;

		if (!b->len)
			begin_block(f);
		n = BLOCK_BYTES - b->len < len ? BLOCK_BYTES - b->len : len;
		memcpy(b->data + b->len, from, n);
		b->len += n;
		f->bytes += n;
		from += n;
		len -= n;
		if (b->len == BLOCK_BYTES && hand_over(f, err) < 0)
			return -1;
	}
	return stop_check(0, f->doing, err);
}

static int pass_hole(void *ctx, uint64_t len, struct error *err)
{
	struct image_file *f = ctx;
	size_t filled = f->filling->len ? fill_up(f, len) : 0;

	f->bytes += len;
	/* Shorter, it may not reach the end of what is written at once. */
	if (f->filling->len && (filled < len || f->filling->len == BLOCK_BYTES) &&
	    hand_over(f, err) < 0)
		return -1;
	return stop_check(0, f->doing, err);
}

struct image_sink image_file_sink(struct image_file *f)
{
	return (struct image_sink){ .write = write_bytes, .hole = pass_hole, .ctx = f };
}

/* --- from open to end ------------------------------------------------------------------------ */

static void set_up(struct image_file *f)
{
	unsigned char *data = f->memory = xmalloc((BLOCKS + 1) * BLOCK_BYTES);

	data += BLOCK_BYTES - (uintptr_t)data % BLOCK_BYTES;
	/* Each page of a block costs its share of a direct write: rather one huge one. */
	madvise(data, BLOCKS * BLOCK_BYTES, MADV_HUGEPAGE);
	for (size_t i = 0; i < BLOCKS; i++)
		f->blocks[i].data = data + i * BLOCK_BYTES;
	f->filling = &f->blocks[0];
	pthread_mutex_init(&f->mutex, NULL);
	pthread_cond_init(&f->changed, NULL);
}

int image_file_open(int fd, const char *path, const char *doing, struct image_file **out,
		    struct error *err)
{
	cleanup_image_file struct image_file *f = xcalloc(1, sizeof(*f));
	int rc;

	f->fd = fd;
	f->path = xstrdup(path);
	f->doing = doing ? xstrdup(doing) : NULL;
	f->can_direct = set_direct(f, true);
	set_up(f);
	rc = pthread_create(&f->thread, NULL, run, f);
	if (rc)
		return error_errno(err, rc, "cannot start a thread");
	f->running = true;
	*out = take_ptr(f);
	return 0;
}

/* The thread sees all that was handed over before it sees the end. */
static void end(struct image_file *f, bool abandon)
{
	pthread_mutex_lock(&f->mutex);
	f->ended = true;
	f->abandoned = abandon;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->mutex);
	if (f->running)
		pthread_join(f->thread, NULL);
	f->running = false;
	free(f->memory);
	f->memory = NULL;
}

int image_file_finish(struct image_file *f, struct error *err)
{
	if (f->filling->len) {
		fill_up(f, ALIGN_BYTES);
		if (hand_over(f, err) < 0)
			return -1;
	}
	end(f, false);
	if (f->failure.kind)
		return failed(f, err);
	/* The last of what is written at once goes beyond the end. */
	if (ftruncate(f->fd, (off_t)f->bytes) < 0 || fdatasync(f->fd) < 0)
		return error_errno(err, errno, "cannot write '%s'", f->path);
	return 0;
}

uint64_t image_file_bytes(const struct image_file *f)
{
	return f->bytes;
}

void image_file_free(struct image_file **slot)
{
	struct image_file *f = *slot;

	if (!f)
		return;
	end(f, true);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->mutex);
	mem_close_fd(&f->fd);
	error_clear(&f->failure);
	free(f->path);
	free(f->doing);
	free(f);
	*slot = NULL;
}
