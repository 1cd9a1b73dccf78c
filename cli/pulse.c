/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that run, and the thread that shows them. */
#include "cli/pulse.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cli/progress.h"
#include "core/stop.h"
#include "core/text.h"

#define TICK_MS 500

struct running {
	char *step, *machine, *doing, *stage; /* machine and stage may be NULL */
	int64_t start_ms;
};

/* One for all: a process has one terminal. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct running *at;
	size_t count;
	unsigned turn; /* whose it is not ends: so that no thread is joined that serves a later step */
	bool has_thread;
	pthread_t thread;
	struct out *out;
} pulse = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void describe(struct text *line)
{
	int64_t now = clock_ms();

	for (size_t i = 0; i < pulse.count; i++) {
		const struct running *r = &pulse.at[i];

		text_addf(line, "%s%s%s%s for %lld s", i ? "; " : "", r->machine ? r->machine : "",
			  r->machine ? " " : "", r->doing, (long long)(now - r->start_ms) / 1000);
		if (r->stage)
			text_addf(line, " (%s)", r->stage);
	}
}

static void wait_a_tick(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += TICK_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_cond_timedwait(&pulse.changed, &pulse.lock, &until);
}

static void *beat(void *arg)
{
	unsigned turn = *(unsigned *)arg;

	free(arg);
	pthread_mutex_lock(&pulse.lock);
	while (turn == pulse.turn) {
		cleanup_text struct text line = { 0 };

		wait_a_tick();
		if (turn != pulse.turn)
			break;
		describe(&line);
		pthread_mutex_unlock(&pulse.lock);
		progress_waiting(pulse.out, text_str(&line));
		pthread_mutex_lock(&pulse.lock);
	}
	pthread_mutex_unlock(&pulse.lock);
	return NULL;
}

/* Without a thread there is less to see, no more. Called with the lock held. */
static void start_thread(struct out *o)
{
	unsigned *turn = xcalloc(1, sizeof(*turn));

	*turn = pulse.turn;
	pulse.out = o;
	pulse.has_thread = pthread_create(&pulse.thread, NULL, beat, turn) == 0;
	if (!pulse.has_thread)
		free(turn);
}

void pulse_begin(struct out *o, const struct event *ev, const char *doing)
{
	if (!o->terminal || o->quiet || o->json)
		return;
	pthread_mutex_lock(&pulse.lock);
	pulse.at = xgrow(pulse.at, pulse.count, sizeof(*pulse.at));
	pulse.at[pulse.count++] =
		(struct running){ .step = xstrdup(ev->step),
				  .machine = ev->machine ? xstrdup(ev->machine) : NULL,
				  .doing = xstrdup(doing),
				  .start_ms = clock_ms() };
	if (!pulse.has_thread)
		start_thread(o);
	pthread_mutex_unlock(&pulse.lock);
}

static struct running *find(const struct event *ev)
{
	for (size_t i = 0; i < pulse.count; i++) {
		if (text_equal(pulse.at[i].step, ev->step))
			return &pulse.at[i];
	}
	return NULL;
}

void pulse_stage(const struct event *ev)
{
	struct running *r;

	pthread_mutex_lock(&pulse.lock);
	r = find(ev);
	if (r) {
		free(r->stage);
		r->stage = xstrdup(ev->text);
	}
	pthread_mutex_unlock(&pulse.lock);
}

static void forget(struct running *r)
{
	free(r->step);
	free(r->machine);
	free(r->doing);
	free(r->stage);
	*r = pulse.at[--pulse.count];
}

void pulse_end(const struct event *ev)
{
	struct running *r;
	pthread_t thread;
	bool last;

	pthread_mutex_lock(&pulse.lock);
	r = find(ev);
	if (r)
		forget(r);
	last = pulse.count == 0 && pulse.has_thread;
	if (last) {
		thread = pulse.thread;
		pulse.has_thread = false;
		pulse.turn++;
		free(pulse.at);
		pulse.at = NULL;
		pthread_cond_broadcast(&pulse.changed);
	}
	pthread_mutex_unlock(&pulse.lock);
	if (last)
		pthread_join(thread, NULL);
}
