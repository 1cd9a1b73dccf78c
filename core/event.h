/* SPDX-License-Identifier: Apache-2.0 */
/* What long work tells whoever watches it. cli/ turns events into lines, bars or JSON. */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_kind {
	EVENT_STEP_START,  /* a step of the plan begins: `step` id, `text` what it does */
	EVENT_STEP_DONE,   /* … ended well after `elapsed_ms` */
	EVENT_STEP_FAILED, /* … failed: `text` is the error */
	EVENT_STAGE, /* a machine got further: `text` "started", "address 10.…", "port open", "key accepted" */
	EVENT_PROGRESS, /* `done` of `total` bytes (0 if unknown) of `text` */
	EVENT_OUTPUT, /* bytes a provisioner wrote: `data`, `len`, `stream` 1 or 2; whole lines where possible */
	EVENT_NOTE, /* something the user should know: `text` */
	EVENT_UNDO, /* something this run made is taken back: `text` */
};

struct event {
	enum event_kind kind;
	const char *machine; /* NULL if it concerns none */
	const char *step;    /* NULL outside steps */
	const char *text;
	uint64_t done, total;
	int64_t elapsed_ms;
	const char *data;
	size_t len;
	int stream;
	bool stopped; /* EVENT_STEP_FAILED: because the user interrupted */
};

/* Called from any thread; everything it points to is borrowed for the call. `emit` may be NULL. */
struct watcher {
	void (*emit)(void *ctx, const struct event *ev);
	void *ctx;
};

static inline void watcher_emit(const struct watcher *w, const struct event *ev)
{
	if (w && w->emit)
		w->emit(w->ctx, ev);
}

#endif
