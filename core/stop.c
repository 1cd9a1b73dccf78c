/* SPDX-License-Identifier: Apache-2.0 */
/* Time and interruption. */
#include "core/stop.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static atomic_int stop_count;

int64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t deadline_left_ms(int64_t deadline_ms)
{
	int64_t left;

	if (!deadline_ms)
		return INT64_MAX;
	left = deadline_ms - clock_ms();
	return left > 0 ? left : 0;
}

static void on_signal(int signo)
{
	(void)signo;
	if (atomic_fetch_add(&stop_count, 1) >= 1)
		_exit(130);
}

void stop_install_handlers(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal }, before;

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		/* nohup(1) wants it to go on. */
		if (signals[i] != SIGHUP || sigaction(SIGHUP, NULL, &before) < 0 ||
		    before.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
	}
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	/* A file that grows too large is an error of write(). */
	sigaction(SIGXFSZ, &sa, NULL);
}

bool stop_requested(void)
{
	return atomic_load(&stop_count) > 0;
}

void stop_set(bool requested)
{
	atomic_store(&stop_count, requested ? 1 : 0);
}

int stop_check(int64_t deadline_ms, const char *what, struct error *err)
{
	enum error_kind kind;

	if (!stop_requested() && deadline_left_ms(deadline_ms) > 0)
		return 0;
	kind = stop_requested() ? ERROR_STOPPED : ERROR_TIMEOUT;
	return error_set(err, kind, "%s%s%s", what ? what : "", what ? ": " : "",
			 kind == ERROR_STOPPED ? "interrupted" : "timed out");
}

void stop_wait_ms(int ms)
{
	int64_t until = clock_ms() + ms;

	while (!stop_requested()) {
		int64_t left = until - clock_ms();

		if (left <= 0)
			return;
		/* Signals may be taken by another thread, so no wait is longer than a blink. */
		poll(NULL, 0, left > 50 ? 50 : (int)left);
	}
}
