/* SPDX-License-Identifier: Apache-2.0 */
/* Lines, colours, JSON documents and the one error. */
#include "cli/out.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/plaintext.h"
#include "cli/progress.h"
#include "core/printable.h"
#include "core/stop.h"
#include "core/text.h"

/* One for all: a process has one terminal. */
static pthread_mutex_t out_lock = PTHREAD_MUTEX_INITIALIZER;

void out_take_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	mem_close_fd(&fd);
}

void out_begin(struct out *o)
{
	pthread_mutex_lock(&out_lock);
	o->written_at_ms = clock_ms();
	progress_clear(o);
}

static void push_out(struct out *o)
{
	errno = 0;
	if ((fflush(o->to) != 0 || ferror(o->to)) && !o->write_errno)
		o->write_errno = errno ? errno : EIO;
}

void out_end(struct out *o)
{
	push_out(o);
	fflush(o->errors);
	pthread_mutex_unlock(&out_lock);
}

static bool wants_color(const char *choice)
{
	const char *term = getenv("TERM"), *never = getenv("NO_COLOR");

	if (choice && strcmp(choice, "always") == 0)
		return true;
	if (choice && strcmp(choice, "never") == 0)
		return false;
	return isatty(STDOUT_FILENO) && !(never && *never) && term && strcmp(term, "dumb") != 0;
}

void out_init(struct out *o, bool json, const char *color, bool quiet, bool verbose)
{
	*o = (struct out){
		.to = stdout,
		.errors = stderr,
		.json = json,
		.quiet = quiet,
		.verbose = verbose,
		.color = !json && wants_color(color),
		.terminal = isatty(STDERR_FILENO) && isatty(STDOUT_FILENO),
		.name_width = 4,
	};
}

bool out_is_unread(const struct out *o)
{
	return o->write_errno != 0;
}

int out_columns(const struct out *o)
{
	struct winsize size;

	if (!isatty(fileno(o->to)))
		return 0;
	return ioctl(fileno(o->to), TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

const char *out_color(const struct out *o, enum out_color color)
{
	static const char *const escapes[] = {
		[COLOR_PLAIN] = "\033[0m", [COLOR_BOLD] = "\033[1m",   [COLOR_DIM] = "\033[2m",
		[COLOR_RED] = "\033[31m",  [COLOR_GREEN] = "\033[32m", [COLOR_YELLOW] = "\033[33m",
		[COLOR_CYAN] = "\033[36m",
	};

	return o->color ? escapes[color] : "";
}

/* Words of guests and names of files are in it, none of which may move a cursor. Caller frees. */
static char *format_printable(const char *fmt, va_list args)
{
	struct text t = { 0 };

	text_add(&t, "");
	text_addv(&t, fmt, args);
	printable_text(t.ptr);
	return text_take(&t);
}

static void print_line(struct out *o, FILE *to, const char *fmt, va_list args)
{
	out_begin(o);
	vfprintf(to, fmt, args);
	fputc('\n', to);
	out_end(o);
}

void out_line(struct out *o, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (!o->json)
		print_line(o, o->to, fmt, args);
	va_end(args);
}

void out_info(struct out *o, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (!o->json && !o->quiet)
		print_line(o, o->to, fmt, args);
	va_end(args);
}

void out_warn(struct out *o, const char *fmt, ...)
{
	cleanup_free char *line = NULL;
	va_list args;

	va_start(args, fmt);
	line = format_printable(fmt, args);
	va_end(args);
	out_begin(o);
	fprintf(o->errors, "%s\n", line);
	out_end(o);
}

const char *out_box_name(const char *box)
{
	const char *slash = strrchr(box, '/');
	bool is_place = box[0] == '/' || box[0] == '.' || box[0] == '~' || strchr(box, ':');

	/* Of a name such as "debian/12" each part counts. */
	return is_place && slash && slash[1] ? slash + 1 : box;
}

void out_machine(struct out *o, const char *machine, enum out_color color, const char *fmt, ...)
{
	cleanup_free char *line = NULL;
	va_list args;

	if (o->json || o->quiet)
		return;
	va_start(args, fmt);
	line = format_printable(fmt, args);
	va_end(args);
	out_begin(o);
	fprintf(o->to, "%s%-*s%s  %s%s%s\n", out_color(o, COLOR_CYAN), o->name_width,
		machine ? machine : "", out_color(o, COLOR_PLAIN), out_color(o, color), line,
		out_color(o, COLOR_PLAIN));
	out_end(o);
}

void out_document(struct out *o, json_t *document)
{
	cleanup_free char *dump = json_dumps(document, JSON_INDENT(1) | JSON_ENSURE_ASCII);

	json_decref(document);
	if (!o->json || !dump || o->document_printed)
		return;
	out_begin(o);
	fprintf(o->to, "%s\n", dump);
	o->document_printed = true;
	out_end(o);
}

void out_stream(struct out *o, json_t *event)
{
	cleanup_free char *dump = json_dumps(event, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(event);
	if (!o->json || !dump)
		return;
	out_begin(o);
	fprintf(o->to, "%s\n", dump);
	out_end(o);
}

static json_t *problems_document(const struct problems *problems)
{
	json_t *list = json_array();

	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *p = &problems->at[i];

		json_array_append_new(list, json_pack("{s:o, s:i, s:o, s:o}", "file",
						      plaintext_json_text(p->file), "line", p->line,
						      "message", plaintext_json_text(p->text),
						      "hint", plaintext_json_text(p->hint)));
	}
	return list;
}

static json_t *error_document(const struct error *err, const struct problems *problems)
{
	json_t *all = json_array();

	for (const struct error *e = err; e; e = e->next)
		json_array_append_new(all, json_pack("{s:s, s:o, s:o}", "kind",
						     error_kind_name(e->kind), "message",
						     plaintext_json_text(e->text ? e->text : ""),
						     "hint", plaintext_json_text(e->hint)));
	if (problems && problems->count)
		json_object_set_new(json_array_get(all, 0), "problems",
				    problems_document(problems));
	return json_pack("{s:O, s:o}", "error", json_array_get(all, 0), "errors", all);
}

char *out_error_json(const struct error *err, const struct problems *problems)
{
	json_t *document = error_document(err, problems);
	char *dump = json_dumps(document, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(document);
	return dump ? dump : xstrdup("{}");
}

static void print_problems(struct out *o, const struct problems *problems)
{
	for (size_t i = 0; problems && i < problems->count; i++) {
		const struct problem *p = &problems->at[i];

		if (p->file && p->line)
			fprintf(o->errors, "%s:%d: ", p->file, p->line);
		else if (p->file)
			fprintf(o->errors, "%s: ", p->file);
		fprintf(o->errors, "%s\n", p->text);
		if (p->hint)
			fprintf(o->errors, "  hint: %s\n", p->hint);
	}
}

int out_finish(struct out *o, struct error *err)
{
	push_out(o);
	if (o->write_errno == 0 || o->write_errno == EPIPE)
		return 0;
	return error_errno(err, o->write_errno, "cannot write to standard output");
}

/* What can be done about several of them stands below the last one. */
static void print_error(struct out *o, const struct error *err)
{
	bool color = o->color && isatty(fileno(o->errors));
	cleanup_free char *text = xstrdup(err->text), *hint = xstrdup(err->hint ? err->hint : "");

	printable_text(text);
	printable_text(hint);
	fprintf(o->errors, "%serror:%s %s\n", color ? "\033[1;31m" : "", color ? "\033[0m" : "",
		text);
	if (err->hint && !(err->next && text_equal(err->next->hint, err->hint)))
		fprintf(o->errors, "hint: %s\n", hint);
}

void out_error(struct out *o, const struct error *err, const struct problems *problems)
{
	if (o->json && !o->document_printed) {
		cleanup_free char *dump = out_error_json(err, problems);

		out_begin(o);
		fprintf(o->to, "%s\n", dump);
		out_end(o);
	}
	/* A document that did not arrive tells nobody. */
	if (o->json && (o->write_errno == 0 || o->write_errno == EPIPE))
		return;
	out_begin(o);
	fflush(o->to);
	print_problems(o, problems);
	for (; err; err = err->next)
		print_error(o, err);
	out_end(o);
}
