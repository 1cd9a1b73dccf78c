/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting between tries. */
#include "boxes/patience.h"

#include "core/stop.h"

#define RETRIES 5
#define FIRST_WAIT_MS 500
#define LONGEST_MS 60000
#define BLINK_MS 50

struct patience patience_of(const struct http_conf *conf)
{
	return (struct patience){
		.left = conf->retries ? conf->retries : RETRIES,
		.wait_ms = conf->retry_wait_ms ? conf->retry_wait_ms : FIRST_WAIT_MS,
	};
}

static bool is_cancelled(const atomic_bool *cancel)
{
	return stop_requested() || (cancel && atomic_load(cancel));
}

bool patience_wait(struct patience *p, unsigned retry_after_s, const atomic_bool *cancel)
{
	unsigned wait_ms = p->wait_ms;
	int64_t until;

	if (p->left == 0)
		return false;
	p->left--;
	if (retry_after_s > LONGEST_MS / 1000)
		retry_after_s = LONGEST_MS / 1000;
	if (retry_after_s * 1000 > wait_ms)
		wait_ms = retry_after_s * 1000;
	p->wait_ms = p->wait_ms < LONGEST_MS / 2 ? p->wait_ms * 2 : LONGEST_MS;
	until = clock_ms() + wait_ms;
	while (!is_cancelled(cancel) && deadline_left_ms(until) > 0) {
		int64_t left = deadline_left_ms(until);

		stop_wait_ms(left < BLINK_MS ? (int)left : BLINK_MS);
	}
	return !is_cancelled(cancel);
}
