/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error value every fallible function fills, and the list of problems that commands report
 * together. Nothing here prints: cli/main.c prints one error, once.
 *
 * A function that may fail returns 0 or -1 and takes `struct error *err` last, never NULL. Success
 * leaves it alone. Texts are lower case, without a full stop: what failed first, the cause after a
 * colon, the user's own strings in single quotes.
 */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

#include <stddef.h>

#include "core/mem.h"

enum error_kind {
	ERROR_NONE,
	ERROR_USAGE,     /* the command line is wrong */
	ERROR_ENVFILE,   /* bothy.lua is wrong */
	ERROR_NOT_FOUND, /* something named does not exist */
	ERROR_BUSY,      /* somebody else holds it */
	ERROR_DENIED,    /* permission */
	ERROR_BOX,       /* a box is missing, damaged or of the wrong kind */
	ERROR_ENGINE,    /* libvirt cannot be reached */
	ERROR_PROVIDER,  /* libvirt refused or failed */
	ERROR_GUEST,     /* something inside or towards a machine */
	ERROR_TIMEOUT,   /* a deadline passed */
	ERROR_STOPPED,   /* the user interrupted */
	ERROR_DECLINED,  /* the user said no, or could not be asked */
	ERROR_SYSTEM,    /* files, processes, memory of the host */
};

struct error {
	enum error_kind kind;
	int code;   /* errno, libvirt's code or an exit status; 0 if none */
	char *text; /* owned */
	char *hint; /* owned, NULL if none */
	struct error
		*next; /* owned: what failed as well, side by side with it; NULL if nothing did */
};

/* All return -1, so that `return error_set(…)` reads well. A filled error is replaced. */
int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds ": " and the system's text; kind is chosen from errnum (EACCES → DENIED, ENOENT → NOT_FOUND). */
int error_errno(struct error *err, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Puts "fmt: " before the text; kind, code and hint stay. */
int error_wrap(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What the user can do about it; the innermost hint wins. */
int error_hint(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Moves `from` into `to` (which is cleared first) and leaves `from` empty. Returns -1. */
int error_move(struct error *to, struct error *from);
/* Moves `from` behind all that failed with `err`, or into it if it is empty, and leaves `from` empty. Returns -1. */
int error_add(struct error *err, struct error *from);
/* Frees the texts, and what failed as well; the error is empty again. */
void error_clear(struct error *err);
/* The word --json prints for a kind, such as "provider". Static. */
const char *error_kind_name(enum error_kind kind);

#define cleanup_error cleanup(error_clear)

/* Mistakes of one file, or findings of one check. {0} is an empty list. */
struct problem {
	const char *file; /* NULL if it has no place */
	int line;         /* 0 if unknown */
	const char *text;
	const char *hint; /* NULL if none */
};

struct problems {
	struct arena arena;
	struct problem *at;
	size_t count;
};

/* Adds one; `file` is copied and may be NULL. */
void problems_add(struct problems *p, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Gives the problem added last a hint. */
void problems_hint(struct problems *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* By file, line, text; the same mistake twice stays once. */
void problems_sort(struct problems *p);
void problems_clear(struct problems *p);

#endif
