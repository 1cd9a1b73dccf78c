/* SPDX-License-Identifier: Apache-2.0 */
/* A connection through the engine of forward_world.h. */
#ifndef TESTS_UNIT_FORWARD_PAIR_H
#define TESTS_UNIT_FORWARD_PAIR_H

#include "forward_world.h"

struct pair {
	int listening, client, guest;
};

static inline struct pair connected(void)
{
	struct pair p = { .listening = guest_socket(SOCK_STREAM) };
	unsigned port = add(PORT_TCP, port_of(p.listening), "web");
	struct timeval patience = { .tv_sec = DEADLINE_MS / 1000 };

	start();
	p.client = call(SOCK_STREAM, port);
	p.guest = accept(p.listening, NULL, NULL);
	assert_true(p.guest >= 0);
	setsockopt(p.guest, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return p;
}

static inline void hang_up(struct pair *p)
{
	mem_close_fd(&p->client);
	mem_close_fd(&p->guest);
	mem_close_fd(&p->listening);
}

static void wait_until_open(size_t count)
{
	cleanup_error struct error err = { 0 };
	int64_t deadline = clock_ms() + DEADLINE_MS;

	stop();
	while (forward_open_count(engine) != count && clock_ms() < deadline)
		assert_int_equal(forward_run(engine, -1, clock_ms() + 10, &err), 0);
	assert_int_equal(forward_open_count(engine), count);
	start();
}

#endif
