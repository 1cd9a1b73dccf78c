/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads: one thread, one file, several places to have it from. */
#include "boxes/download.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boxes/arrival.h"
#include "boxes/download_place.h"
#include "boxes/patience.h"
#include "boxes/request.h"
#include "core/stop.h"

#define PROGRESS_MS 100
/* A line that brings that much before it breaks deserves all our patience again. */
#define WORTH_BYTES ((uint64_t)1 << 20)

struct download {
	struct download_spec spec;
	struct download_place place;
	struct arrival arrival;
	char *doing; /* what progress is called */
	pthread_t thread;
	bool started, discard;
	atomic_bool stop;
	_Atomic(const char *) url;
	int64_t told_ms; /* when progress was told last */
};

/* One try of one URL. */
struct
try {
	struct download *d;
	const char *url;
	uint64_t asked;        /* offset, or REQUEST_NO_RANGE */
	uint64_t before_bytes; /* in the file when it began */
	struct answer answer;
};

static void tell_progress(struct download *d, bool always)
{
	const struct arrival *a = &d->arrival;
	struct event ev = { .kind = EVENT_PROGRESS, .text = d->doing, .total = a->total_bytes };
	int64_t now = clock_ms();

	if (!always && now - d->told_ms < PROGRESS_MS)
		return;
	d->told_ms = now;
	ev.done = a->at;
	watcher_emit(d->spec.watch, &ev);
}

static int on_head(void *ctx, const struct answer *answer, struct error *err)
{
	struct try *t = ctx;
	int rc = arrival_head(&t->d->arrival, t->url, t->asked, answer, err);

	if (rc < 0)
		return -1;
	atomic_store(&t->d->url, t->url);
	tell_progress(t->d, true);
	return rc;
}

static int on_body(void *ctx, const void *data, size_t len, struct error *err)
{
	struct try *t = ctx;

	if (arrival_body(&t->d->arrival, data, len, err) < 0)
		return -1;
	tell_progress(t->d, false);
	return 0;
}

static int end_try(struct try *t, struct error *err)
{
	cleanup_free char *shown = http_shown(t->url);
	bool more;

	t->answer.trouble = TROUBLE_LASTING;
	if (arrival_end(&t->d->arrival, t->answer.framed, &more, err) < 0)
		return error_wrap(err, "cannot fetch '%s'", shown);
	if (!more || t->d->arrival.file_bytes > t->before_bytes)
		return more;
	t->answer.trouble = TROUBLE_PASSING;
	return error_set(err, ERROR_BOX, "cannot fetch '%s': the server sent nothing new", shown);
}

/* 0: the file is whole; 1: more of it is to be asked for; -1. */
static int run_try(struct try *t, struct error *err)
{
	cleanup_free char *if_range = NULL;
	struct request r = {
		.conf = t->d->spec.http,
		.url = t->url,
		.stop = &t->d->stop,
		.head = on_head,
		.body = on_body,
		.ctx = t,
	};

	t->before_bytes = t->d->arrival.file_bytes;
	r.from = t->asked = arrival_ask(&t->d->arrival, t->url, &r.if_range);
	/* The answer may replace the note that this is part of. */
	if (r.if_range)
		r.if_range = if_range = xstrdup(r.if_range);
	return request_run(&r, &t->answer, err) < 0 ? -1 : end_try(t, err);
}

static void tell_retry(const struct download *d, const struct error *err)
{
	cleanup_free char *text = xasprintf("%s; trying again", err->text);
	struct event ev = { .kind = EVENT_NOTE, .text = text };

	watcher_emit(d->spec.watch, &ev);
}

/* The server's ranges turned out to be of no use, which is no reason to give up. */
static bool asks_plainly_now(struct try *t, bool before)
{
	struct arrival *a = &t->d->arrival;

	if (t->answer.status == 416 && t->asked != REQUEST_NO_RANGE)
		a->plainly = true;
	return a->plainly && !before;
}

enum use { USE_DONE, USE_NEXT, USE_END };

/* Whether to go on with the same URL after a failure; waits if so. */
static bool try_again(struct try *t, struct patience *patience, const struct error *err)
{
	const struct download *d = t->d;
	enum trouble trouble = t->answer.trouble;

	if (d->arrival.broken || err->kind == ERROR_STOPPED)
		return false;
	if (trouble != TROUBLE_PASSING && (trouble != TROUBLE_DOUBTFUL || !atomic_load(&d->url)))
		return false;
	/* What was here already and came again is nothing gained. */
	if (d->arrival.file_bytes >= t->before_bytes + WORTH_BYTES)
		*patience = patience_of(d->spec.http);
	if (!patience->left)
		return false;
	tell_retry(d, err);
	return patience_wait(patience, t->answer.retry_after_s, &d->stop);
}

static enum use use_url(struct download *d, const char *url, struct error *err)
{
	struct patience patience = patience_of(d->spec.http);

	d->arrival.plainly = false;
	for (;;) {
		struct try t = { .d = d, .url = url };
		bool plainly = d->arrival.plainly, again;
		int rc = run_try(&t, err);

		again = rc == 1 || (rc < 0 && (asks_plainly_now(&t, plainly) ||
					       try_again(&t, &patience, err)));
		answer_clear(&t.answer);
		if (rc == 0)
			return USE_DONE;
		if (stop_check(0, NULL, err) < 0 || d->arrival.broken || atomic_load(&d->stop))
			return USE_END;
		if (!again)
			return USE_NEXT;
	}
}

/* Every place's error, since the last one need not be the one that matters. */
static int all_failed(const struct download *d, const char *texts, struct error *err)
{
	cleanup_free char *hint = take_ptr(err->hint);

	if (d->spec.url_count > 1)
		error_set(err, err->kind, "cannot download '%s' from any of %zu places: %s",
			  d->spec.name, d->spec.url_count, texts);
	return hint ? error_hint(err, "%s", hint) : -1;
}

static int fetch(struct download *d, struct error *err)
{
	cleanup_text struct text texts = { 0 };

	for (size_t i = 0; i < d->spec.url_count; i++) {
		enum use use = use_url(d, d->spec.urls[i], err);

		if (use != USE_NEXT)
			return use == USE_DONE ? 0 : -1;
		text_addf(&texts, "%s%s", i ? "; " : "", err->text);
	}
	return all_failed(d, text_str(&texts), err);
}

static void *run(void *ctx)
{
	cleanup_error struct error err = { 0 };
	struct download *d = ctx;
	int rc = fetch(d, &err);

	if (rc == 0 && fsync(growing_fd(d->arrival.growing)) < 0)
		rc = error_errno(&err, errno, "cannot write '%s'", d->arrival.path);
	if (rc == 0) {
		d->arrival.total_bytes = d->arrival.at = d->arrival.file_bytes;
		tell_progress(d, true);
	}
	growing_end(d->arrival.growing, rc < 0 ? &err : NULL);
	return NULL;
}

int download_start(const struct download_spec *spec, struct download **out, struct error *err)
{
	cleanup_download struct download *d = xcalloc(1, sizeof(*d));
	int code;

	d->spec = *spec;
	d->place.lock_fd = -1;
	d->doing = xasprintf("downloading %s", spec->name);
	if (spec->url_count == 0)
		return error_set(err, ERROR_BOX, "there is no URL to download '%s' from",
				 spec->name);
	if (download_place_take(spec->home, spec->urls[0], spec->name, spec->watch, &d->place,
				err) < 0 ||
	    arrival_open(d->place.path, spec->size_bytes, &d->arrival, err) < 0)
		return -1;
	code = pthread_create(&d->thread, NULL, run, d);
	if (code)
		return error_errno(err, code, "cannot start a thread");
	d->started = true;
	*out = take_ptr(d);
	return 0;
}

struct growing *download_file(struct download *d)
{
	return d->arrival.growing;
}

const char *download_url(struct download *d)
{
	return atomic_load(&d->url);
}

void download_discard(struct download *d)
{
	d->discard = true;
}

void download_free(struct download **slot)
{
	struct download *d = *slot;

	if (!d)
		return;
	atomic_store(&d->stop, true);
	if (d->started)
		pthread_join(d->thread, NULL);
	/* An empty file is of no use to the next download either. */
	if (d->place.path && (d->discard || d->arrival.file_bytes == 0))
		download_place_empty(&d->place);
	arrival_clear(&d->arrival);
	download_place_clear(&d->place);
	free(d->doing);
	free(d);
	*slot = NULL;
}
