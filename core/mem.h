/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: allocators that abort when there is none, an arena for models that live and die as a
 * whole, and the cleanup attribute for handles and scratch.
 */
#ifndef CORE_MEM_H
#define CORE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* None of these returns NULL; they abort the program instead. The caller frees. */
void *xmalloc(size_t size_bytes);
void *xcalloc(size_t count, size_t size_bytes);
void *xrealloc(void *old, size_t size_bytes);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

/*
 * Makes room for one more element in a growing array and returns the new array. `count` is the
 * number of elements in use; capacity doubles at powers of two, so none is stored.
 */
void *xgrow(void *array, size_t count, size_t element_bytes);

/* An arena owns every block handed out from it until arena_clear(). {0} is an empty arena. */
struct arena_block;
struct arena {
	struct arena_block *head;
};

/* Zeroed memory, aligned for any type; never NULL. */
void *arena_alloc(struct arena *a, size_t size_bytes);
/* NULL in, NULL out. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* xgrow() for arrays that live in an arena; the old array stays behind until the arena goes. */
void *arena_grow(struct arena *a, void *array, size_t count, size_t element_bytes);
/* Frees all blocks and leaves an empty arena. */
void arena_clear(struct arena *a);

#define cleanup(fn) __attribute__((__cleanup__(fn)))
#define cleanup_free cleanup(mem_free_pointer)
#define cleanup_close cleanup(mem_close_fd)

/* Hand ownership over: yields the value and leaves the variable empty. */
#define take_ptr(p)                         \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})
#define take_fd(fd)                \
	({                         \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

/* Cleaners behind the macros above; both keep errno. The descriptor is -1 afterwards. */
void mem_free_pointer(void *pointer_to_pointer);
void mem_close_fd(int *fd);

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
