/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads from tests/web/server, read while they come. */
#ifndef TESTS_UNIT_FETCH_H
#define TESTS_UNIT_FETCH_H

#include "tests/unit/web_log.h"

#include <stdatomic.h>

#include "boxes/download.h"

#define SIZE ((size_t)700001)

static const struct http_conf quick = { .retry_wait_ms = 10, .stall_s = 20, .retries = 2 };
static char *home, *content;
static atomic_int notes, progress;
static _Atomic(uint64_t) told_total;

static inline void emit(void *ctx, const struct event *ev)
{
	(void)ctx;
	if (ev->kind == EVENT_NOTE)
		atomic_fetch_add(&notes, 1);
	if (ev->kind != EVENT_PROGRESS)
		return;
	if (strcmp(ev->text, "downloading it") == 0 && (!ev->total || ev->done <= ev->total))
		atomic_fetch_add(&progress, 1);
	atomic_store(&told_total, ev->total);
}

static const struct watcher watch = { .emit = emit };

static inline int setup_group(void **state)
{
	(void)state;
	setenv("NETRC", "/nonexistent", 1);
	unsetenv("http_proxy");
	unsetenv("no_proxy");
	unsetenv("NO_PROXY");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	if (web_start() < 0)
		return -1;
	home = web_path("home");
	content = web_bytes(SIZE, 1);
	web_put("file", content, SIZE);
	return 0;
}

static inline int teardown_group(void **state)
{
	(void)state;
	free(home);
	free(content);
	return web_stop();
}

static inline int setup(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	stop_set(false);
	web_forget_log();
	atomic_store(&notes, 0);
	atomic_store(&progress, 0);
	return fs_remove(home, &err);
}

/* --- one download ---------------------------------------------------------------------------- */

struct fetch {
	const char *urls[3];
	size_t url_count;
	struct download_spec spec;
	struct download *d;
	struct error err;
	char *bytes; /* of the file, read while it grew */
	size_t len;
};

static inline void fetch_clear(struct fetch *f)
{
	download_free(&f->d);
	error_clear(&f->err);
	free(take_ptr(f->bytes));
}
#define cleanup_fetch cleanup(fetch_clear)

static inline void fetch_start(struct fetch *f)
{
	while (f->url_count < ARRAY_SIZE(f->urls) && f->urls[f->url_count])
		f->url_count++;
	f->spec.urls = f->urls;
	f->spec.url_count = f->url_count;
	f->spec.home = home;
	f->spec.name = "it";
	f->spec.watch = &watch;
	if (!f->spec.http)
		f->spec.http = &quick;
	if (download_start(&f->spec, &f->d, &f->err) < 0)
		fail_msg("%s", f->err.text);
}

/* Reads everything as it comes; whether it came well. */
static inline bool fetch_read(struct fetch *f)
{
	size_t room = SIZE * 2;
	int64_t n;

	f->bytes = xmalloc(room);
	f->len = 0;
	while ((n = growing_read(download_file(f->d), f->len, f->bytes + f->len, room - f->len,
				 &f->err)) > 0)
		f->len += (size_t)n;
	return n == 0;
}

static inline bool fetch_run(struct fetch *f)
{
	fetch_start(f);
	return fetch_read(f);
}

static inline void assert_bytes(const struct fetch *f, const char *wanted, size_t len)
{
	assert_int_equal(f->len, len);
	assert_memory_equal(f->bytes, wanted, len);
}

static inline void assert_comes(const char *path)
{
	cleanup_fetch struct fetch f = { .urls = { web_url(path) } };

	if (!fetch_run(&f))
		fail_msg("%s: %s", path, f.err.text);
	assert_bytes(&f, content, SIZE);
	assert_string_equal(download_url(f.d), f.urls[0]);
	assert_false(growing_is_abandoned(download_file(f.d)));
	assert_int_equal(growing_total(download_file(f.d)), SIZE);
}

#endif
