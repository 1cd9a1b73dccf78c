/* SPDX-License-Identifier: Apache-2.0 */
/* Allocators, the arena and the cleaners of the cleanup attribute. */
#include "core/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_BLOCK_BYTES ((size_t)8192)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(max_align_t) unsigned char data[];
};

static void *or_abort(void *p)
{
	static const char text[] = "bothy: out of memory\n";

	if (p)
		return p;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		abort();
	abort();
}

void *xmalloc(size_t size_bytes)
{
	return or_abort(malloc(size_bytes ? size_bytes : 1));
}

void *xcalloc(size_t count, size_t size_bytes)
{
	return or_abort(calloc(count ? count : 1, size_bytes ? size_bytes : 1));
}

void *xrealloc(void *old, size_t size_bytes)
{
	return or_abort(realloc(old, size_bytes ? size_bytes : 1));
}

char *xstrdup(const char *s)
{
	return or_abort(strdup(s));
}

char *xstrndup(const char *s, size_t len)
{
	return or_abort(strndup(s, len));
}

char *xvasprintf(const char *fmt, va_list args)
{
	char *s = NULL;

	return or_abort(vasprintf(&s, fmt, args) < 0 ? NULL : s);
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	char *s;

	va_start(args, fmt);
	s = xvasprintf(fmt, args);
	va_end(args);
	return s;
}

static size_t grown_capacity(size_t count, size_t element_bytes)
{
	size_t capacity = count ? 2 * count : 4;

	if (element_bytes && capacity > SIZE_MAX / element_bytes)
		or_abort(NULL);
	return capacity;
}

/* Full exactly at 0, 4, 8, 16, …: every power of two from 4 on. */
static int is_full(size_t count)
{
	return count == 0 || (count >= 4 && (count & (count - 1)) == 0);
}

void *xgrow(void *array, size_t count, size_t element_bytes)
{
	if (!is_full(count))
		return array;
	return xrealloc(array, grown_capacity(count, element_bytes) * element_bytes);
}

void *arena_alloc(struct arena *a, size_t size_bytes)
{
	const size_t align = _Alignof(max_align_t);
	size_t need = (size_bytes + align - 1) & ~(align - 1);
	struct arena_block *b = a->head;
	void *p;

	if (need < size_bytes || need > SIZE_MAX / 2)
		or_abort(NULL);
	if (!b || b->size - b->used < need) {
		size_t room = need > ARENA_BLOCK_BYTES ? need : ARENA_BLOCK_BYTES;

		b = xcalloc(1, sizeof(*b) + room);
		b->size = room;
		b->next = a->head;
		a->head = b;
	}
	p = b->data + b->used;
	b->used += need;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	memcpy(p, s, len);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args, again;
	char *s;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		or_abort(NULL);
	s = arena_alloc(a, (size_t)len + 1);
	vsnprintf(s, (size_t)len + 1, fmt, again);
	va_end(again);
	return s;
}

void *arena_grow(struct arena *a, void *array, size_t count, size_t element_bytes)
{
	void *p;

	if (!is_full(count))
		return array;
	p = arena_alloc(a, grown_capacity(count, element_bytes) * element_bytes);
	if (count)
		memcpy(p, array, count * element_bytes);
	return p;
}

void arena_clear(struct arena *a)
{
	while (a->head) {
		struct arena_block *b = a->head;

		a->head = b->next;
		free(b);
	}
}

void mem_free_pointer(void *pointer_to_pointer)
{
	int saved = errno;

	free(*(void **)pointer_to_pointer);
	errno = saved;
}

void mem_close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}
