/* SPDX-License-Identifier: Apache-2.0 */
/* The error value and the list of problems. */
#include "core/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	error_clear(err);
	err->kind = kind;
	err->text = text;
	return -1;
}

static enum error_kind kind_of_errno(int errnum)
{
	switch (errnum) {
	case EACCES:
	case EPERM:
	case EROFS:
		return ERROR_DENIED;
	case ENOENT:
		return ERROR_NOT_FOUND;
	case EINTR:
		return ERROR_STOPPED;
	case ETIMEDOUT:
		return ERROR_TIMEOUT;
	default:
		return ERROR_SYSTEM;
	}
}

int error_errno(struct error *err, int errnum, const char *fmt, ...)
{
	char buf[128];
	va_list args;
	cleanup_free char *text = NULL;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	error_set(err, kind_of_errno(errnum), "%s: %s", text, strerror_r(errnum, buf, sizeof(buf)));
	/* The system's texts begin with a capital; ours do not. */
	char *cause = err->text + strlen(text) + 2;
	if (cause[0] >= 'A' && cause[0] <= 'Z' && cause[1] >= 'a' && cause[1] <= 'z')
		cause[0] = (char)(cause[0] + 'a' - 'A');
	err->code = errnum;
	if (errnum == ENOSPC || errnum == EDQUOT)
		error_hint(
			err,
			"make room there, then try again; 'bothy box prune' removes boxes that nobody needs");
	return -1;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
	va_list args;
	cleanup_free char *context = NULL;
	char *text;

	va_start(args, fmt);
	context = xvasprintf(fmt, args);
	va_end(args);
	text = xasprintf("%s: %s", context, err->text ? err->text : "unknown cause");
	free(err->text);
	err->text = text;
	return -1;
}

int error_hint(struct error *err, const char *fmt, ...)
{
	va_list args;

	if (err->hint)
		return -1;
	va_start(args, fmt);
	err->hint = xvasprintf(fmt, args);
	va_end(args);
	return -1;
}

int error_move(struct error *to, struct error *from)
{
	error_clear(to);
	*to = *from;
	*from = (struct error){ 0 };
	return -1;
}

int error_add(struct error *err, struct error *from)
{
	struct error *last = err;

	if (err->kind == ERROR_NONE)
		return error_move(err, from);
	while (last->next)
		last = last->next;
	last->next = xcalloc(1, sizeof(*last->next));
	return error_move(last->next, from);
}

void error_clear(struct error *err)
{
	if (err->next)
		error_clear(err->next);
	free(err->next);
	free(err->text);
	free(err->hint);
	*err = (struct error){ 0 };
}

const char *error_kind_name(enum error_kind kind)
{
	static const char *const names[] = {
		[ERROR_NONE] = "none",         [ERROR_USAGE] = "usage",
		[ERROR_ENVFILE] = "envfile",   [ERROR_NOT_FOUND] = "not_found",
		[ERROR_BUSY] = "busy",         [ERROR_DENIED] = "denied",
		[ERROR_BOX] = "box",           [ERROR_ENGINE] = "engine",
		[ERROR_PROVIDER] = "provider", [ERROR_GUEST] = "guest",
		[ERROR_TIMEOUT] = "timeout",   [ERROR_STOPPED] = "stopped",
		[ERROR_DECLINED] = "declined", [ERROR_SYSTEM] = "system",
	};

	return names[kind];
}

void problems_add(struct problems *p, const char *file, int line, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	p->at = arena_grow(&p->arena, p->at, p->count, sizeof(*p->at));
	p->at[p->count++] = (struct problem){
		.file = arena_strdup(&p->arena, file),
		.line = line,
		.text = arena_strdup(&p->arena, text),
	};
}

void problems_hint(struct problems *p, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	if (p->count)
		p->at[p->count - 1].hint = arena_strdup(&p->arena, text);
}

static int compare_problems(const void *left, const void *right)
{
	const struct problem *a = left, *b = right;
	int by_file = strcmp(a->file ? a->file : "", b->file ? b->file : "");

	if (by_file)
		return by_file;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return strcmp(a->text, b->text);
}

void problems_sort(struct problems *p)
{
	size_t kept = 0;

	if (p->count)
		qsort(p->at, p->count, sizeof(*p->at), compare_problems);
	for (size_t i = 0; i < p->count; i++) {
		if (kept && compare_problems(&p->at[kept - 1], &p->at[i]) == 0)
			continue;
		p->at[kept++] = p->at[i];
	}
	p->count = kept;
}

void problems_clear(struct problems *p)
{
	arena_clear(&p->arena);
	*p = (struct problems){ 0 };
}
