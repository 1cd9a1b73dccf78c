/* SPDX-License-Identifier: Apache-2.0 */
/* An engine that forwards in a thread of its own, and both ends of it: clients and a guest, on loopback. */
#ifndef TESTS_UNIT_FORWARD_WORLD_H
#define TESTS_UNIT_FORWARD_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/stop.h"
#include "guest/forward.h"

#define DEADLINE_MS 20000

static struct forward *engine;
static pthread_t thread;
static int wake[2] = { -1, -1 };

static void *run_engine(void *arg)
{
	static struct error err;

	(void)arg;
	error_clear(&err);
	return forward_run(engine, wake[0], 0, &err) < 0 ? &err : NULL;
}

static inline void start(void)
{
	assert_int_equal(pipe(wake), 0);
	assert_int_equal(pthread_create(&thread, NULL, run_engine, NULL), 0);
}

/* From here on the engine belongs to the test's thread again. */
static inline void stop(void)
{
	void *failed = NULL;

	assert_int_equal(write(wake[1], "", 1), 1);
	pthread_join(thread, &failed);
	assert_null(failed);
	close(wake[0]);
	close(wake[1]);
	wake[0] = wake[1] = -1;
}

static inline int setup(void **state)
{
	cleanup_error struct error err = { 0 };

	(void)state;
	stop_set(false);
	stop_install_handlers();
	return forward_new(&engine, &err);
}

static inline int teardown(void **state)
{
	(void)state;
	if (wake[0] >= 0)
		stop();
	forward_free(&engine);
	return 0;
}

static struct sockaddr_in loopback(unsigned port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

static unsigned port_of(int fd)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	return ntohs(at.sin_port);
}

/* A socket of the guest: listening, or bound where it is UDP. */
static inline int guest_socket(int type)
{
	struct sockaddr_in at = loopback(0);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1024), 0);
	return fd;
}

static inline int call(int type, unsigned port)
{
	struct sockaddr_in at = loopback(port);
	struct timeval patience = { .tv_sec = DEADLINE_MS / 1000 };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static inline unsigned add(enum port_protocol protocol, unsigned guest, const char *owner)
{
	struct forward_rule rule = { protocol, "127.0.0.1", 0, "127.0.0.1", guest, owner };
	cleanup_error struct error err = { 0 };
	unsigned port = 0;

	if (forward_add(engine, &rule, &port, &err) < 0)
		fail_msg("%s", err.text);
	return port;
}

static inline size_t open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

#endif
