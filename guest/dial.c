/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets are always non-blocking: a blocking connect to a machine that is just coming up waits a
 * whole second for the kernel's repetition of a lost SYN or ARP request.
 */
#include "guest/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/stop.h"

static int resolve(const char *address, unsigned port, struct addrinfo **out, struct error *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	char service[16];
	int rc;

	snprintf(service, sizeof(service), "%u", port);
	rc = getaddrinfo(address, service, &hints, out);
	if (rc) {
		hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
		rc = getaddrinfo(address, service, &hints, out);
	}
	if (rc)
		return error_set(err, ERROR_GUEST, "cannot resolve '%s': %s", address,
				 gai_strerror(rc));
	return 0;
}

static void set_option(int fd, int level, int option, int value)
{
	setsockopt(fd, level, option, &value, sizeof(value));
}

/* A machine that is switched off sends no goodbye: without this a session would hang for hours. */
static void set_options(int fd)
{
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 15);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 6);
}

static int pending_error(int fd)
{
	int code = 0;
	socklen_t len = sizeof(code);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) < 0)
		return errno;
	return code;
}

static enum dial_result await_connect(int fd, int64_t give_up_ms, struct patience *p,
				      int *out_errno, struct error *err)
{
	int64_t until = clock_ms() + give_up_ms;

	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLOUT };
		int64_t left = until - clock_ms();
		int ready = patience_poll(p, &pfd, 1, left, err);

		if (ready < 0)
			return DIAL_FATAL;
		if (ready > 0) {
			*out_errno = pending_error(fd);
			return *out_errno ? DIAL_NO : DIAL_YES;
		}
		if (left <= 0) {
			*out_errno = ETIMEDOUT;
			return DIAL_NO;
		}
	}
}

enum dial_result dial_connect(const struct dial_target *to, struct patience *p, int *out_fd,
			      int *out_errno, struct error *err)
{
	struct addrinfo *found = NULL;
	cleanup_close int fd = -1;
	enum dial_result result = DIAL_YES;

	if (resolve(to->address, to->port, &found, err) < 0)
		return DIAL_FATAL;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		freeaddrinfo(found);
		error_errno(err, errno, "cannot make a socket");
		return DIAL_FATAL;
	}
	set_options(fd);
	if (connect(fd, found->ai_addr, found->ai_addrlen) < 0) {
		*out_errno = errno;
		result = errno == EINPROGRESS ?
				 await_connect(fd, to->give_up_ms, p, out_errno, err) :
				 DIAL_NO;
	}
	freeaddrinfo(found);
	if (result == DIAL_YES)
		*out_fd = take_fd(fd);
	return result;
}

enum dial_result dial_banner(int fd, int64_t give_up_ms, struct patience *p, struct error *err)
{
	int64_t until = clock_ms() + give_up_ms;
	char start[1024];

	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int64_t left = until - clock_ms();
		int ready = patience_poll(p, &pfd, 1, left, err);
		ssize_t len;

		if (ready < 0)
			return DIAL_FATAL;
		if (left <= 0)
			return DIAL_NO;
		if (!ready)
			continue;
		len = recv(fd, start, sizeof(start), MSG_PEEK | MSG_DONTWAIT);
		/* RFC 4253 4.2 lets other lines precede the one with the version. */
		if (len > 0 && memmem(start, (size_t)len, "SSH-", 4))
			return DIAL_YES;
		if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR))
			return DIAL_NO;
		/* Part of a greeting stays readable, so poll() alone would spin. */
		if (patience_poll(p, NULL, 0, 10, err) < 0)
			return DIAL_FATAL;
	}
}
