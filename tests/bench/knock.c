/* SPDX-License-Identifier: Apache-2.0 */
/*
 * knock ADDRESS PORT SECONDS: ends with 0 as soon as something accepts a connection there. Each try
 * is a fresh, short one: a blocking connect to a machine that is just starting waits a whole second
 * for the kernel's repetition of a lost SYN.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVERY_MS 25
#define GIVE_UP_MS 150

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool connects(const struct sockaddr_in *to)
{
	struct pollfd p = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
			    .events = POLLOUT };
	int code = 0;
	socklen_t len = sizeof(code);
	bool done = connect(p.fd, (const struct sockaddr *)to, sizeof(*to)) == 0;

	if (!done && errno == EINPROGRESS && poll(&p, 1, GIVE_UP_MS) == 1)
		done = getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &code, &len) == 0 && code == 0;
	close(p.fd);
	return done;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	long start, deadline;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		return 64;
	to.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	deadline = now_ms() + strtol(argv[3], NULL, 10) * 1000;
	do {
		start = now_ms();
		if (connects(&to))
			return 0;
		if (now_ms() - start < EVERY_MS)
			poll(NULL, 0, (int)(EVERY_MS - (now_ms() - start)));
	} while (now_ms() < deadline);
	fprintf(stderr, "%s:%s did not open within %s s\n", argv[1], argv[2], argv[3]);
	return 1;
}
