/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting in short slices, so that Ctrl-C, a deadline and a dying machine are all seen in time. */
#include "guest/patience.h"

#include "core/stop.h"

#define SLICE_MS 50
/* The question costs a hypervisor five round trips, taken from the machines that several waits are for. */
#define ALIVE_EVERY_MS 200

int patience_check(struct patience *p, struct error *err)
{
	int64_t now = clock_ms();

	if (p->regardless && deadline_left_ms(p->deadline_ms) == 0)
		return error_set(err, ERROR_TIMEOUT, "%s: timed out", p->what);
	if (!p->regardless && stop_check(p->deadline_ms, p->what, err) < 0)
		return -1;
	if (!p->alive || now - p->asked_ms < ALIVE_EVERY_MS)
		return 0;
	p->asked_ms = now;
	return p->alive(p->ctx, err);
}

int patience_poll(struct patience *p, struct pollfd *fds, nfds_t count, int64_t most_ms,
		  struct error *err)
{
	int64_t left = deadline_left_ms(p->deadline_ms);
	int ready;

	if (most_ms > left)
		most_ms = left;
	if (most_ms > SLICE_MS)
		most_ms = SLICE_MS;
	ready = poll(fds, count, most_ms > 0 ? (int)most_ms : 0);
	if (ready <= 0) {
		for (nfds_t i = 0; i < count; i++)
			fds[i].revents = 0;
		ready = 0;
	}
	return patience_check(p, err) < 0 ? -1 : ready;
}
