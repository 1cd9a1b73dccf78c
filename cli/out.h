/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything a user sees goes through here: lines, tables, progress, JSON and the one error. Safe to
 * call from several threads; a line is never torn.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "core/error.h"
#include "core/event.h"

enum out_color {
	COLOR_PLAIN,
	COLOR_BOLD,
	COLOR_DIM,
	COLOR_RED,
	COLOR_GREEN,
	COLOR_YELLOW,
	COLOR_CYAN
};

struct out {
	FILE *to, *errors;
	bool json, quiet, verbose;
	bool streams;   /* --json: events as they come; else one document at the end */
	bool color;     /* of `to` */
	bool terminal;  /* `errors` is one: progress is drawn there */
	int name_width; /* widest machine name, for the first column */
	_Atomic bool progress_shown;
	_Atomic int64_t progress_at_ms;
	_Atomic int64_t written_at_ms; /* by anything but progress_waiting() */
	bool document_printed;         /* --json: one document and no second */
	_Atomic int write_errno;       /* of the first write to `to` that failed; 0: none has */
};

/* Descriptors 0 to 2 that are closed become /dev/null, or a file opened later would get what is printed. First of all calls. */
void out_take_descriptors(void);

void out_init(struct out *o, bool json, const char *color, bool quiet, bool verbose);

/*
 * One line for people; nothing with --json. out_info() is silent with -q as well. These two may hold escapes of
 * out_color(); of what the others are given a terminal obeys nothing.
 */
void out_line(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_info(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A warning or note on stderr, also with --json. */
void out_warn(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What people call a box: the last part of its path. Borrowed. */
const char *out_box_name(const char *box);
/* A line about a machine: its name in the first column. */
void out_machine(struct out *o, const char *machine, enum out_color color, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/*
 * Whether nobody takes what is printed any more, as when the reader of a pipe has gone: who prints until it is stopped
 * ends then, with OUT_UNREAD for its exit status, which is that of a program that ends by SIGPIPE.
 */
bool out_is_unread(const struct out *o);
#define OUT_UNREAD 141
/* How wide the terminal is that lines go to, 80 if it does not know; 0 if it is none. */
int out_columns(const struct out *o);
/* The escape that begins a colour, or "" where there are none. COLOR_PLAIN ends it. Static. */
const char *out_color(const struct out *o, enum out_color color);

/* --json: prints the document (and takes over the reference). */
void out_document(struct out *o, json_t *document);
/* --json: prints one line of an event stream (and takes over the reference). */
void out_stream(struct out *o, json_t *event);

/* Whether everything printed has arrived; a reader that had enough and left is no error. */
int out_finish(struct out *o, struct error *err);
/*
 * The error, its problems and its hint, and what failed beside it: as text on stderr, or as {"error":…,"errors":[…]} on
 * stdout, where the list has all of them, that error first, also if it is the only one.
 */
void out_error(struct out *o, const struct error *err, const struct problems *problems);
/* The bytes out_error() would print for this error with --json; for handlers that cannot call it. Caller frees. */
char *out_error_json(const struct error *err, const struct problems *problems);

/* A watcher that shows events as they come: lines, a progress bar, or a JSON stream. */
struct watcher out_watcher(struct out *o);

#endif
