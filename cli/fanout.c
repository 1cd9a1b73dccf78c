/* SPDX-License-Identifier: Apache-2.0 */
/* A thread for each machine, with a connection of its own: a slow one holds up nobody. */
#include "cli/fanout.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/lines.h"
#include "cli/plaintext.h"
#include "cli/progress.h"
#include "cli/reach.h"
#include "cli/shared.h"
#include "core/stop.h"

#define UNREACHED 255
/* What --json keeps of each stream of a machine. */
#define KEPT_BYTES ((size_t)1024 * 1024)

struct branch {
	struct out *out;
	const char *machine, *command;
	struct reach reach;
	bool found;
	pthread_t thread;
	bool begun;
	struct watcher watch;
	struct lines lines;
	struct text kept[2]; /* --json */
	bool cut[2];
	int status;
	struct error why; /* if it has no status */
};

static void show(void *ctx, const struct event *ev)
{
	struct branch *b = ctx;
	struct out *o = b->out;
	FILE *to = ev->stream == 2 ? o->errors : o->to;
	const char *end = ev->data + ev->len;

	out_begin(o);
	for (const char *at = ev->data; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);

		fprintf(to, "%s%-*s |%s ", out_color(o, COLOR_CYAN), o->name_width, b->machine,
			out_color(o, COLOR_PLAIN));
		fwrite(at, 1, len, to);
		fputc('\n', to);
		at += len + 1;
	}
	fflush(to);
	out_end(o);
}

static int relay(void *ctx, int stream, const void *data, size_t len, struct error *err)
{
	struct branch *b = ctx;
	struct text *kept = &b->kept[stream - 1];
	size_t room = KEPT_BYTES - kept->len;

	(void)err;
	if (!b->out->json)
		return lines_add(&b->lines, stream, data, len);
	b->cut[stream - 1] = b->cut[stream - 1] || len > room;
	text_addn(kept, data, len < room ? len : room);
	return 0;
}

static void *run_branch(void *arg)
{
	struct branch *b = arg;
	const struct guest_output output = { relay, b };
	cleanup_guest struct guest *g = NULL;

	if (reach_connect(&b->reach, &g, &b->why) == 0 &&
	    guest_run(g, b->command, &output, 0, &b->status, &b->why) < 0)
		b->status = UNREACHED;
	lines_finish(&b->lines);
	return NULL;
}

static void begin(struct session *s, struct branch *b)
{
	b->status = UNREACHED;
	b->watch = (struct watcher){ .emit = show, .ctx = b };
	b->lines = (struct lines){ .watch = &b->watch, .machine = b->machine };
	b->found = reach_find(s, b->machine, &b->reach, &b->why) == 0;
	if (!b->found)
		return;
	b->begun = pthread_create(&b->thread, NULL, run_branch, b) == 0;
	if (!b->begun)
		error_set(&b->why, ERROR_SYSTEM, "cannot start a thread");
}

static json_t *document_of(const struct branch *b)
{
	json_t *one = json_pack("{s:s, s:o, s:o}", "machine", b->machine, "stdout",
				plaintext_json(text_str(&b->kept[0]), b->kept[0].len), "stderr",
				plaintext_json(text_str(&b->kept[1]), b->kept[1].len));

	json_object_set_new(one, "truncated", json_boolean(b->cut[0] || b->cut[1]));
	if (b->why.kind == ERROR_NONE) {
		json_object_set_new(one, "status", json_integer(b->status));
		return one;
	}
	json_object_set_new(one, "status", json_null());
	json_object_set_new(one, "error",
			    json_pack("{s:s, s:o, s:o}", "kind", error_kind_name(b->why.kind),
				      "message", plaintext_json_text(b->why.text), "hint",
				      plaintext_json_text(b->why.hint)));
	return one;
}

static void report(struct session *s, struct branch *all, size_t count)
{
	json_t *document = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct branch *b = &all[i];

		json_array_append_new(document, document_of(b));
		if (b->status > s->exit_status)
			s->exit_status = b->status;
		if (s->out->json || b->why.kind == ERROR_NONE)
			continue;
		out_warn(s->out, "%-*s | error: %s", s->out->name_width, b->machine, b->why.text);
		if (b->why.hint)
			out_warn(s->out, "%-*s | hint: %s", s->out->name_width, b->machine,
				 b->why.hint);
	}
	out_document(s->out, document);
}

static void clear(struct branch *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		reach_clear(&all[i].reach);
		error_clear(&all[i].why);
		text_clear(&all[i].kept[0]);
		text_clear(&all[i].kept[1]);
	}
}

int fanout_run(struct session *s, const struct strings *machines, const char *command,
	       struct error *err)
{
	cleanup_free struct branch *all = xcalloc(machines->count, sizeof(*all));
	int rc;

	for (size_t i = 0; i < machines->count; i++) {
		int width = (int)strlen(machines->at[i]);

		if (width > s->out->name_width)
			s->out->name_width = width;
	}
	for (size_t i = 0; i < machines->count; i++) {
		all[i].out = s->out;
		all[i].machine = machines->at[i];
		all[i].command = command;
		begin(s, &all[i]);
	}
	for (size_t i = 0; i < machines->count; i++) {
		if (all[i].begun)
			pthread_join(all[i].thread, NULL);
	}
	rc = stop_check(0, "exec", err);
	if (rc == 0)
		report(s, all, machines->count);
	clear(all, machines->count);
	return rc;
}

/* One stream of a command, as it comes. */
struct drain {
	struct branch *branch;
	int stream, read_fd, write_fd;
	pthread_t thread;
	bool begun;
};

static void *run_drain(void *arg)
{
	const struct drain *d = arg;
	char buffer[16384];
	ssize_t n;

	while ((n = read(d->read_fd, buffer, sizeof(buffer))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		relay(d->branch, d->stream, buffer, (size_t)n, NULL);
	}
	return NULL;
}

static int begin_drain(struct drain *d, struct error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, errno, "cannot make a pipe");
	d->read_fd = ends[0];
	d->write_fd = ends[1];
	d->begun = pthread_create(&d->thread, NULL, run_drain, d) == 0;
	return d->begun ? 0 : error_set(err, ERROR_SYSTEM, "cannot start a thread");
}

static void end_drain(struct drain *d)
{
	mem_close_fd(&d->write_fd);
	if (d->begun)
		pthread_join(d->thread, NULL);
	mem_close_fd(&d->read_fd);
}

static int run_alone(struct session *s, struct branch *b, struct error *err)
{
	struct drain streams[] = {
		{ .branch = b, .stream = 1, .read_fd = -1, .write_fd = -1 },
		{ .branch = b, .stream = 2, .read_fd = -1, .write_fd = -1 },
	};
	struct guest_session session = { .command = b->command, .in_fd = STDIN_FILENO };
	int rc = begin_drain(&streams[0], err) < 0 ? -1 : begin_drain(&streams[1], err);

	session.out_fd = streams[0].write_fd;
	session.err_fd = streams[1].write_fd;
	if (rc == 0)
		rc = shared_attach(s, b->machine, &session, err);
	b->status = s->exit_status;
	end_drain(&streams[0]);
	end_drain(&streams[1]);
	return rc;
}

int fanout_document(struct session *s, const char *machine, const char *command, struct error *err)
{
	cleanup_free char *name = xstrdup(machine);
	struct branch b = { .out = s->out, .machine = name, .command = command };
	int rc = run_alone(s, &b, err);

	if (rc == 0)
		report(s, &b, 1);
	clear(&b, 1);
	return rc;
}
