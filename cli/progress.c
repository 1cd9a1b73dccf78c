/* SPDX-License-Identifier: Apache-2.0 */
/* The watcher of cli/: events → lines, a progress bar on a terminal, or one JSON object a line. */
#include "cli/progress.h"

#include <stdarg.h>
#include <string.h>

#include "cli/plaintext.h"
#include "cli/pulse.h"
#include "core/plan.h"
#include "core/printable.h"
#include "core/stop.h"
#include "core/text.h"

#define BAR_WIDTH 24
#define BAR_FRAME 6     /* its brackets, and the blanks between it and its neighbours */
#define PERCENT_WIDTH 9 /* also of a number of MB */
#define WORDS_WIDTH 40
#define WORDS_LEAST 12
#define REDRAW_MS 100
#define SILENCE_MS 1000

void progress_clear(struct out *o)
{
	if (!o->progress_shown)
		return;
	fputs("\r\033[K", o->errors);
	fflush(o->errors);
	o->progress_shown = false;
}

/* Only a line that ends before the edge of the terminal can be taken away again. Called with the lock held. */
static void show_transient(struct out *o, const char *line)
{
	int room = out_columns(o) - 1;
	size_t len = 0;

	while (line[len] && room > 0) {
		room--;
		do
			len++;
		while (((unsigned char)line[len] & 0xc0) == 0x80);
	}
	fwrite(line, 1, len, o->errors);
	o->progress_shown = true;
}

void progress_state(struct out *o, const char *fmt, ...)
{
	cleanup_text struct text line = { 0 };
	va_list args;

	if (!o->terminal || o->quiet || o->json)
		return;
	va_start(args, fmt);
	if (fmt)
		text_addv(&line, fmt, args);
	va_end(args);
	out_begin(o);
	if (fmt)
		show_transient(o, text_str(&line));
	out_end(o);
}

void progress_waiting(struct out *o, const char *line)
{
	int64_t written_at_ms = o->written_at_ms;

	if (clock_ms() - written_at_ms < SILENCE_MS)
		return;
	out_begin(o);
	show_transient(o, line);
	o->written_at_ms = written_at_ms;
	out_end(o);
}

/* A narrow terminal costs the bar first, then the blanks in front, then the middle of the words. */
static void add_bar(const struct out *o, const struct event *ev, struct text *line)
{
	static const char full[] = "########################", empty[] = "........................";
	int room = out_columns(o) - 1 - PERCENT_WIDTH, name = o->name_width;
	int words = (int)strlen(ev->text) < WORDS_WIDTH ? (int)strlen(ev->text) : WORDS_WIDTH;
	int bar = ev->total ? BAR_WIDTH : 0, percent = 0, filled;
	cleanup_free char *text = NULL;

	if (bar && name + words + bar + BAR_FRAME > room)
		bar = 0;
	if (!ev->machine && name + words > room)
		name = 0;
	if (name + words > room)
		words = room - name > WORDS_LEAST ? room - name : WORDS_LEAST;
	text = text_shorten(ev->text, (size_t)words);
	if (name)
		text_addf(line, "%-*s  ", name, ev->machine ? ev->machine : "");
	text_add(line, text);
	if (ev->total)
		percent = (int)(ev->done * 100 / ev->total);
	filled = percent * bar / 100;
	if (bar)
		text_addf(line, "  [%.*s%.*s]", filled, full, bar - filled, empty);
	if (ev->total)
		text_addf(line, "  %3d %%", percent);
	else
		text_addf(line, "  %llu MB", (unsigned long long)(ev->done / 1000000));
}

static void draw_bar(struct out *o, const struct event *ev)
{
	int64_t now = clock_ms();
	cleanup_text struct text line = { 0 };

	if (!o->terminal || o->quiet || (o->progress_shown && now - o->progress_at_ms < REDRAW_MS))
		return;
	add_bar(o, ev, &line);
	out_begin(o);
	o->progress_at_ms = now;
	show_transient(o, text_str(&line));
	out_end(o);
}

/* What is said of a step while it runs and when it has ended well. */
struct wording {
	const char *kind, *doing, *did;
	bool brief; /* too short to announce */
};

/* The name behind the id of a provisioner of once_all_up{}, which may run in a machine; else NULL. */
static const char *once_name(const struct event *ev)
{
	return text_has_prefix(ev->step, "once/") && !text_equal(ev->machine, "once") ?
		       ev->step + strlen("once/") :
		       NULL;
}

/* Steps of machines have ids like "web/start", others like "network/libvirt" or "network/libvirt/remove". */
static const struct wording *wording_of(const struct event *ev)
{
	static const struct wording restart = { "update", "restarting", "restarted", false };
	static const struct wording rows[] = {
		{ "create", "creating", "created", true },
		{ "publish", "publishing", "published", false },
		{ "start", "booting", "up", false },
		{ "update", "changing", "changed", false },
		{ "folders", "bringing folders", "folders ready", false },
		{ "provision", "provisioning", "provisioned", false },
		{ "ready", "waiting until ready", "ready", false },
		{ "hook", "hook", "ran hook", false },
		{ "stop", "shutting down", "stopped", false },
		{ "remove", "removing", "removed", true },
		{ "box", "bringing box", "box ready:", false },
		{ "network", "making the network", "network ready", true },
		{ "", "removing the network", "network removed", true },
	};
	const char *kind = once_name(ev) ? "provision" :
			   ev->machine   ? ev->step + strlen(ev->machine) + 1 :
			   text_has_suffix(ev->step, "/remove") ? "" :
								  ev->step;
	size_t i = 0;

	if (text_equal(kind, "update") && text_equal(ev->text, PLAN_RELOAD))
		return &restart;
	while (!text_has_prefix(kind, rows[i].kind))
		i++;
	return &rows[i];
}

/* What of a step's id is worth showing behind the verb: the provisioner's name, the box. Caller frees. */
static char *object_of(const struct event *ev)
{
	const char *provision = ev->machine ? strstr(ev->step, "/provision/") : NULL;
	const char *hook = ev->machine ? strstr(ev->step, "/hook/") : NULL;
	cleanup_free char *box = NULL;

	if (once_name(ev))
		return xasprintf(" %s", once_name(ev));
	if (hook)
		return xasprintf(" %s", hook + strlen("/hook/"));
	if (provision)
		return xasprintf(" %s", provision + strlen("/provision/"));
	if (ev->machine || !text_has_prefix(ev->step, "box/"))
		return xstrdup("");
	/* "box/<name or path>/<provider>" */
	box = xstrndup(ev->step + strlen("box/"),
		       (size_t)(strrchr(ev->step, '/') - ev->step) - strlen("box/"));
	return xasprintf(" %s", out_box_name(box));
}

static void show_output(struct out *o, const struct event *ev)
{
	const char *at = ev->data, *end = ev->data + ev->len;
	/* A document on standard output leaves no room for it there. */
	FILE *to = o->json ? o->errors : o->to;

	if (o->quiet)
		return;
	out_begin(o);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);

		fprintf(to, "%s%-*s%s  %s|%s ", out_color(o, COLOR_CYAN), o->name_width,
			ev->machine ? ev->machine : "", out_color(o, COLOR_PLAIN),
			out_color(o, COLOR_DIM), out_color(o, COLOR_PLAIN));
		fwrite(at, 1, len && at[len - 1] == '\r' ? len - 1 : len, to);
		fputc('\n', to);
		at += len + 1;
	}
	out_end(o);
}

/* What is told of it while it runs ends before the line about its end. */
static void follow(struct out *o, const struct event *ev, const struct wording *words,
		   const char *object)
{
	cleanup_free char *doing = NULL;

	if (ev->kind != EVENT_STEP_START) {
		pulse_end(ev);
		return;
	}
	doing = xasprintf("%s%s", words->doing, object);
	pulse_begin(o, ev, doing);
}

static void show_step(struct out *o, const struct event *ev)
{
	const struct wording *words = wording_of(ev);
	cleanup_free char *named = object_of(ev), *line = printable_line(named);
	cleanup_free char *object = xasprintf("%s%s", *line ? " " : "", line);
	cleanup_free char *text = printable_line(ev->text);

	follow(o, ev, words, object);
	/* Why is told at the end, where it is read last and no other machine's lines come between. */
	if (ev->kind == EVENT_STEP_FAILED) {
		out_machine(o, ev->machine, COLOR_RED, "%s%s %s after %.1f s", words->doing, object,
			    ev->stopped ? "interrupted" : "failed", (double)ev->elapsed_ms / 1000);
		return;
	}
	/* A note is all there is to be seen of its step. */
	if (strcmp(words->kind, "hook") == 0 && text_has_prefix(ev->text, "note: "))
		return;
	if (ev->kind == EVENT_STEP_DONE)
		out_machine(o, ev->machine, COLOR_GREEN, "%s%s in %.1f s", words->did, object,
			    (double)ev->elapsed_ms / 1000);
	else if (!words->brief)
		out_machine(o, ev->machine, COLOR_PLAIN,
			    strchr(text, '(') ? "%s%s: %s" : "%s%s (%s)", words->doing, object,
			    text);
}

static void show_text(struct out *o, const struct event *ev)
{
	switch (ev->kind) {
	case EVENT_STEP_START:
	case EVENT_STEP_DONE:
	case EVENT_STEP_FAILED:
		show_step(o, ev);
		break;
	case EVENT_STAGE:
		pulse_stage(ev);
		if (o->verbose)
			out_machine(o, ev->machine, COLOR_DIM, "%s after %.1f s", ev->text,
				    (double)ev->elapsed_ms / 1000);
		break;
	case EVENT_PROGRESS:
		draw_bar(o, ev);
		break;
	case EVENT_OUTPUT:
		show_output(o, ev);
		break;
	case EVENT_NOTE:
		out_machine(o, ev->machine, COLOR_YELLOW, "%s", ev->text);
		break;
	case EVENT_UNDO:
		out_machine(o, ev->machine, COLOR_YELLOW, "%s", ev->text);
		break;
	}
}

static void show_json(struct out *o, const struct event *ev)
{
	static const char *const kinds[] = {
		[EVENT_STEP_START] = "step_start",
		[EVENT_STEP_DONE] = "step_done",
		[EVENT_STEP_FAILED] = "step_failed",
		[EVENT_STAGE] = "stage",
		[EVENT_PROGRESS] = "progress",
		[EVENT_OUTPUT] = "output",
		[EVENT_NOTE] = "note",
		[EVENT_UNDO] = "undo",
	};
	json_t *line;

	/* Bytes go by the hundred a second; a stream wants steps. */
	if (ev->kind == EVENT_PROGRESS)
		return;
	line = json_pack("{s:s, s:s?, s:s?, s:o}", "event", kinds[ev->kind], "machine", ev->machine,
			 "step", ev->step, "text", plaintext_json_text(ev->text));
	if (ev->kind == EVENT_STEP_DONE || ev->kind == EVENT_STEP_FAILED || ev->kind == EVENT_STAGE)
		json_object_set_new(line, "elapsed_ms", json_integer(ev->elapsed_ms));
	if (ev->kind == EVENT_OUTPUT) {
		json_object_set_new(line, "data", plaintext_json(ev->data, ev->len));
		json_object_set_new(line, "stream", json_integer(ev->stream));
	}
	out_stream(o, line);
}

static void emit(void *ctx, const struct event *ev)
{
	struct out *o = ctx;

	if (o->json && o->streams)
		show_json(o, ev);
	else if (o->json && ev->kind == EVENT_OUTPUT)
		show_output(o, ev);
	else if (!o->json)
		show_text(o, ev);
}

struct watcher out_watcher(struct out *o)
{
	return (struct watcher){ .emit = emit, .ctx = o };
}
