/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching folders: one thread waits for changes of them all, and each machine has a thread that brings what is due to
 * it, so that one that hangs keeps nobody waiting.
 */
#include "cli/watching.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/plaintext.h"
#include "cli/progress.h"
#include "cli/treewatch.h"
#include "core/stop.h"

#define ASK_MS 2000   /* between two questions whether a machine is still there */
#define RETRY_MS 1000 /* before a failed sync is tried again, and twice that the next time … */
#define RETRY_MOST_MS 15000

enum lane_state { LANE_UP, LANE_OFF, LANE_GONE };

struct watching {
	struct session *session;
	struct treewatch *trees;
	struct tree_of *sources;
	size_t source_count;
	pthread_mutex_t lock; /* guards what is due, and the engines' connections */
	pthread_cond_t due;
	size_t open_count; /* lanes that are not gone */
	bool ending;
};

/* What a tree is watched for: folders of several machines may have the same. */
struct tree_of {
	const struct folder *folder;
	struct ignore ignore;
};

struct lane {
	struct watching *w;
	struct syncing syncing;
	struct guest *guest;
	pthread_t thread;
	bool started;
	bool *due;       /* one a folder */
	size_t *sources; /* likewise */
	unsigned how;    /* the first time */
	enum lane_state state;
	int64_t retry_ms, pause_ms; /* 0: nothing failed */
	int64_t patience_ms; /* until then a machine that has come back may still be booting */
	char *complaint;     /* the last one, which is not repeated */
};

/* --- telling ---------------------------------------------------------------------------------- */

static void tell_json(const struct lane *l, const char *event, json_t *more, const char *text)
{
	json_t *line = json_pack("{s:s, s:s, s:o}", "event", event, "machine",
				 l->syncing.want->name, "text", plaintext_json_text(text));

	if (more)
		json_object_update(line, more);
	json_decref(more);
	out_stream(l->w->session->out, line);
}

static void tell(const struct lane *l, const char *event, enum out_color color, const char *text)
{
	struct out *o = l->w->session->out;

	if (o->json)
		tell_json(l, event, NULL, text);
	else
		out_machine(o, l->syncing.want->name, color, "%s", text);
}

static void tell_synced(const struct lane *l, const struct folder *f, const struct sync_result *r)
{
	cleanup_free char *what = sync_describe(r);
	cleanup_free char *text = xasprintf("%s: %s", f->said, what);
	json_t *more;

	if (!l->w->session->out->json) {
		tell(l, "synced", COLOR_PLAIN, text);
		return;
	}
	more = sync_document(r);
	json_object_set_new(more, "folder", json_string(f->said));
	tell_json(l, "synced", more, what);
}

/* One line that stays at the bottom of a terminal. */
static void show_state(struct watching *w)
{
	size_t open;

	pthread_mutex_lock(&w->lock);
	open = w->open_count;
	pthread_mutex_unlock(&w->lock);
	progress_state(w->session->out, "watching %zu folder%s for %zu machine%s; Ctrl-C ends it",
		       w->source_count, w->source_count == 1 ? "" : "s", open,
		       open == 1 ? "" : "s");
}

static void complain(struct lane *l, const struct error *err)
{
	if (text_equal(l->complaint, err->text))
		return;
	free(l->complaint);
	l->complaint = xstrdup(err->text);
	tell(l, "failed", COLOR_RED, err->text);
}

/* --- a machine -------------------------------------------------------------------------------- */

static enum lane_state ask_state(struct lane *l)
{
	enum machine_state state = MACHINE_UNKNOWN;
	cleanup_error struct error err = { 0 };
	struct provider *p;
	int rc;

	pthread_mutex_lock(&l->w->lock);
	rc = session_provider(l->w->session, l->syncing.have->provider, &p, &err);
	if (rc == 0)
		rc = provider_machine_state(p, l->syncing.have->id, &state, &err);
	pthread_mutex_unlock(&l->w->lock);
	if (rc < 0)
		/* An engine that does not answer says nothing of the machine. */
		return err.kind == ERROR_NOT_FOUND ? LANE_GONE : l->state;
	return state == MACHINE_RUNNING     ? LANE_UP :
	       state == MACHINE_NOT_CREATED ? LANE_GONE :
					      LANE_OFF;
}

static void set_all_due(struct lane *l)
{
	pthread_mutex_lock(&l->w->lock);
	for (size_t i = 0; i < l->syncing.want->folder_count; i++)
		l->due[i] = sync_is_for(&l->syncing.want->folders[i]);
	pthread_mutex_unlock(&l->w->lock);
}

static void look_after(struct lane *l)
{
	enum lane_state state = ask_state(l);

	if (state == l->state)
		return;
	l->state = state;
	l->retry_ms = l->pause_ms = 0;
	if (state == LANE_UP) {
		l->patience_ms = clock_ms() + l->syncing.want->boot_timeout_s * 1000LL;
		tell(l, "back", COLOR_GREEN, "runs again");
		set_all_due(l);
	} else {
		guest_close(&l->guest);
		if (state == LANE_OFF)
			tell(l, "waiting", COLOR_YELLOW, "does not run: waiting until it does");
		else
			tell(l, "gone", COLOR_YELLOW, "is gone: nothing more is brought to it");
	}
	show_state(l->w);
}

static int bring(struct lane *l, size_t index, struct error *err)
{
	cleanup_sync_result struct sync_result r = { 0 };
	const struct folder *f = &l->syncing.want->folders[index];
	cleanup_free char *skipped = NULL;

	if (sync_folder(&l->syncing, index, l->how | COPIER_KEEP, &r, err) < 0)
		return -1;
	/* The first time it is worth saying that nothing was to be done. */
	if (r.files || r.others || r.removed || l->how != COPIER_KEEP)
		tell_synced(l, f, &r);
	skipped = l->how != COPIER_KEEP ? sync_describe_skipped(&r, f) : NULL;
	if (skipped)
		tell(l, "note", COLOR_YELLOW, skipped);
	show_state(l->w);
	return 0;
}

/* What is due, until nothing is. What fails stays due. */
static int bring_due(struct lane *l, struct error *err)
{
	for (size_t i = 0; i < l->syncing.want->folder_count; i++) {
		bool due;

		pthread_mutex_lock(&l->w->lock);
		due = l->due[i];
		l->due[i] = false;
		pthread_mutex_unlock(&l->w->lock);
		if (!due || bring(l, i, err) == 0)
			continue;
		pthread_mutex_lock(&l->w->lock);
		l->due[i] = true;
		pthread_mutex_unlock(&l->w->lock);
		return -1;
	}
	l->how = COPIER_KEEP;
	return 0;
}

static void work(struct lane *l)
{
	cleanup_error struct error err = { 0 };

	if (bring_due(l, &err) == 0) {
		l->pause_ms = l->retry_ms = l->patience_ms = 0;
		free(take_ptr(l->complaint));
		return;
	}
	if (err.kind == ERROR_STOPPED)
		return;
	look_after(l);
	if (l->state != LANE_UP)
		return;
	if (clock_ms() >= l->patience_ms)
		complain(l, &err);
	l->pause_ms = l->pause_ms && clock_ms() >= l->patience_ms ? 2 * l->pause_ms : RETRY_MS;
	if (l->pause_ms > RETRY_MOST_MS)
		l->pause_ms = RETRY_MOST_MS;
	l->retry_ms = clock_ms() + l->pause_ms;
}

/* Until something is due, it is time to ask for the machine, or everything ends. Called with the lock held. */
static bool wait_for_work(struct lane *l)
{
	int64_t now = clock_ms(), until = now + ASK_MS;
	struct timespec at;

	for (;;) {
		bool due = false;

		for (size_t i = 0; i < l->syncing.want->folder_count; i++)
			due = due || l->due[i];
		if (l->w->ending || (due && l->state == LANE_UP && clock_ms() >= l->retry_ms))
			return due;
		if (due && l->state == LANE_UP && l->retry_ms < until)
			until = l->retry_ms;
		if (clock_ms() >= until)
			return false;
		at = (struct timespec){ .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };
		pthread_cond_timedwait(&l->w->due, &l->w->lock, &at);
	}
}

static void save(struct lane *l)
{
	cleanup_error struct error err = { 0 };

	if (sync_save(&l->syncing, &err) < 0)
		complain(l, &err);
}

static void *run_lane(void *ctx)
{
	struct lane *l = ctx;
	bool ending = false;

	while (!ending && l->state != LANE_GONE) {
		bool due;

		pthread_mutex_lock(&l->w->lock);
		due = wait_for_work(l);
		ending = l->w->ending;
		pthread_mutex_unlock(&l->w->lock);
		if (ending)
			break;
		if (due && l->state == LANE_UP) {
			work(l);
		} else if (clock_ms() >= l->retry_ms) {
			save(l);
			look_after(l);
		}
	}
	if (l->state != LANE_GONE)
		save(l);
	guest_close(&l->guest);
	pthread_mutex_lock(&l->w->lock);
	l->w->open_count--;
	pthread_mutex_unlock(&l->w->lock);
	return NULL;
}

/* --- all of them ------------------------------------------------------------------------------ */

static int watch_folder(struct watching *w, const struct folder *f, size_t *out_source,
			struct error *err)
{
	cleanup_free char *why = NULL;
	struct tree_of *t;

	for (size_t i = 0; i < w->source_count; i++) {
		if (folder_brings_same(w->sources[i].folder, f)) {
			*out_source = i;
			return 0;
		}
	}
	*out_source = w->source_count;
	t = &w->sources[w->source_count++];
	t->folder = f;
	ignore_init(&t->ignore, &f->exclude);
	ignore_add(&t->ignore, &f->inner);
	if (sync_make_source(w->session, f, err) < 0 ||
	    treewatch_add(w->trees, f->from, &t->ignore, &why, err) < 0)
		return -1;
	if (why)
		out_warn(w->session->out, "%s: %s", f->said, why);
	return 0;
}

static int watch_lane(struct watching *w, struct lane *l, const struct syncing *syncing,
		      struct error *err)
{
	size_t count = syncing->want->folder_count;

	l->w = w;
	l->syncing = *syncing;
	l->syncing.guest = &l->guest;
	l->due = xcalloc(count, sizeof(*l->due));
	l->sources = xcalloc(count, sizeof(*l->sources));
	for (size_t i = 0; i < count; i++) {
		const struct folder *f = &syncing->want->folders[i];

		l->due[i] = sync_is_for(f);
		if (l->due[i] && watch_folder(w, f, &l->sources[i], err) < 0)
			return -1;
	}
	return 0;
}

static void set_due(struct watching *w, struct lane *lanes, size_t count, const bool *changed)
{
	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < count; i++) {
		const struct machine *m = lanes[i].syncing.want;

		for (size_t k = 0; k < m->folder_count; k++) {
			if (sync_is_for(&m->folders[k]) && changed[lanes[i].sources[k]])
				lanes[i].due[k] = true;
		}
	}
	pthread_cond_broadcast(&w->due);
	pthread_mutex_unlock(&w->lock);
}

static bool is_over(struct watching *w)
{
	bool over;

	pthread_mutex_lock(&w->lock);
	over = w->open_count == 0;
	pthread_mutex_unlock(&w->lock);
	return over;
}

static int wait_for_changes(struct watching *w, struct lane *lanes, size_t count, struct error *err)
{
	cleanup_free bool *changed = xcalloc(w->source_count, sizeof(*changed));

	while (!is_over(w)) {
		cleanup_free char *why = NULL;

		if (out_is_unread(w->session->out)) {
			w->session->exit_status = OUT_UNREAD;
			return 0;
		}
		memset(changed, 0, w->source_count * sizeof(*changed));
		if (treewatch_wait(w->trees, clock_ms() + 500, changed, &why, err) < 0)
			return -1;
		if (why)
			out_warn(w->session->out, "%s", why);
		set_due(w, lanes, count, changed);
	}
	return 0;
}

static int start(struct watching *w, struct lane *lanes, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		int rc = pthread_create(&lanes[i].thread, NULL, run_lane, &lanes[i]);

		if (rc)
			return error_errno(err, rc, "cannot start a thread");
		lanes[i].started = true;
	}
	return wait_for_changes(w, lanes, count, err);
}

static void end(struct watching *w, struct lane *lanes, size_t count)
{
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_broadcast(&w->due);
	pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < count; i++) {
		if (lanes[i].started)
			pthread_join(lanes[i].thread, NULL);
		syncing_clear(&lanes[i].syncing);
		free(lanes[i].due);
		free(lanes[i].sources);
		free(lanes[i].complaint);
	}
	for (size_t i = 0; i < w->source_count; i++)
		ignore_clear(&w->sources[i].ignore);
	progress_state(w->session->out, NULL);
}

static size_t count_folders(const struct syncing *machines, size_t count)
{
	size_t folders = 0;

	for (size_t i = 0; i < count; i++)
		folders += machines[i].want->folder_count;
	return folders;
}

int watching_run(struct session *s, struct syncing *machines, size_t count, bool full,
		 struct error *err)
{
	cleanup_free struct lane *lanes = xcalloc(count, sizeof(*lanes));
	cleanup_treewatch struct treewatch *trees = treewatch_new();
	cleanup_free struct tree_of *sources =
		xcalloc(count_folders(machines, count), sizeof(*sources));
	struct watching w = { .session = s,
			      .trees = trees,
			      .sources = sources,
			      .lock = PTHREAD_MUTEX_INITIALIZER,
			      .open_count = count };
	pthread_condattr_t attr;
	int rc = 0;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w.due, &attr);
	for (size_t i = 0; i < count; i++) {
		if (rc == 0)
			rc = watch_lane(&w, &lanes[i], &machines[i], err);
		lanes[i].how = full ? COPIER_FULL : 0;
	}
	if (rc == 0)
		rc = start(&w, lanes, count, err);
	end(&w, lanes, count);
	if (rc < 0 && err->kind == ERROR_STOPPED) {
		error_clear(err);
		out_info(s->out, "no longer watching");
		rc = 0;
	}
	pthread_cond_destroy(&w.due);
	pthread_condattr_destroy(&attr);
	return rc;
}
