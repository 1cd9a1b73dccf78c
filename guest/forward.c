/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets, and the loop around them. */
#include "guest/forward.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/stop.h"
#include "core/text.h"
#include "guest/forward_loop.h"
#include "guest/forward_tcp.h"
#include "guest/forward_udp.h"

#define EVENTS_A_TURN 64
#define BACKLOG 1024
#define PAUSE_MS 100
#define STOP_POLL_MS 500  /* a signal that comes just before epoll_wait() must not wait for long */
#define FDS_FOR_OTHERS 64 /* files and connections of the rest of the program */
#define FDS_MOST ((rlim_t)1 << 20)
#define PORT_MOST 65535

static size_t raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 256;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max < FDS_MOST ? limit.rlim_max : FDS_MOST;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur < FDS_MOST ? (size_t)limit.rlim_cur : (size_t)FDS_MOST;
}

/* splice(2) into a socket that is closed cannot be told, as send(2) can, to do without it. */
static void ignore_sigpipe(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignore, NULL);
}

int forward_new(struct forward **out, struct error *err)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct forward *f;

	if (fd < 0)
		return error_errno(err, errno, "cannot forward ports");
	f = xcalloc(1, sizeof(*f));
	f->epoll_fd = fd;
	f->fd_limit = raise_fd_limit();
	ignore_sigpipe();
	f->fd_count = FDS_FOR_OTHERS + 2 * PIPE_POOL_KEPT;
	LIST_INIT(&f->listeners);
	TAILQ_INIT(&f->waiting);
	TAILQ_INIT(&f->eager);
	TAILQ_INIT(&f->dead);
	TAILQ_INIT(&f->recent);
	TAILQ_INIT(&f->gone);
	*out = f;
	return 0;
}

static void bury(struct forward *f)
{
	tcp_bury(f);
	udp_bury(f);
}

static void close_listener(struct forward *f, struct listener *l)
{
	if (l->protocol == PORT_UDP)
		udp_drop(f, l);
	else
		tcp_drop(f, l);
	mem_close_fd(&l->watch.fd);
	LIST_REMOVE(l, next);
	free(l->owner);
	free(l);
	f->fd_count--;
}

void forward_free(struct forward **f)
{
	if (!*f)
		return;
	while (!LIST_EMPTY(&(*f)->listeners))
		close_listener(*f, LIST_FIRST(&(*f)->listeners));
	bury(*f);
	pipe_pool_clear(&(*f)->pipes);
	datagrams_free(&(*f)->datagrams);
	mem_close_fd(&(*f)->epoll_fd);
	free(*f);
	*f = NULL;
}

int forward_watch(struct forward *f, struct watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	return epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, w->fd, &ev);
}

bool forward_has_room(const struct forward *f, size_t count)
{
	return f->fd_count + count <= f->fd_limit;
}

static void listen_to(struct forward *f, uint32_t events)
{
	struct listener *l;

	LIST_FOREACH(l, &f->listeners, next)
	{
		struct epoll_event ev = { .events = events, .data.ptr = &l->watch };

		if (l->protocol == PORT_TCP)
			epoll_ctl(f->epoll_fd, EPOLL_CTL_MOD, l->watch.fd, &ev);
	}
}

void forward_pause(struct forward *f)
{
	f->resume_ms = clock_ms() + PAUSE_MS;
	if (!f->paused)
		listen_to(f, 0);
	f->paused = true;
}

static int64_t resume(struct forward *f, int64_t now_ms)
{
	if (f->paused && f->resume_ms <= now_ms) {
		f->paused = false;
		listen_to(f, EPOLLIN);
	}
	return f->paused ? f->resume_ms : 0;
}

static int parse(const char *address, unsigned port, union forward_address *out,
		 socklen_t *out_bytes, struct error *err)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				  .ai_socktype = SOCK_STREAM },
			*found = NULL;
	char service[16];

	snprintf(service, sizeof(service), "%u", port);
	if (port > PORT_MOST || getaddrinfo(address, service, &hints, &found) != 0)
		return error_set(err, ERROR_USAGE, "'%s' port %u is no address", address, port);
	memcpy(out, found->ai_addr, found->ai_addrlen);
	*out_bytes = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

static int tell_why(int problem, const struct forward_rule *rule, struct error *err)
{
	bool is_v6 = strchr(rule->bind, ':');
	cleanup_free char *port = xasprintf("port %s%s%s:%u%s", is_v6 ? "[" : "", rule->bind,
					    is_v6 ? "]" : "", rule->host,
					    rule->protocol == PORT_UDP ? "/udp" : "");

	if (problem == EADDRINUSE)
		return error_set(err, ERROR_BUSY, "%s is in use", port);
	error_errno(err, problem, "cannot listen at %s", port);
	if (problem == EACCES && rule->host < 1024)
		error_hint(err, "ports below 1024 are for root; choose a higher one");
	if (problem == EADDRNOTAVAIL)
		error_hint(err, "this host has no address '%s'", rule->bind);
	return -1;
}

/* -1 with errno. */
static int open_socket(enum port_protocol protocol, const union forward_address *at,
		       socklen_t bytes)
{
	bool tcp = protocol == PORT_TCP, v6 = at->any.sa_family == AF_INET6;
	cleanup_close int fd =
		socket(at->any.sa_family,
		       (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	/* Connections that ended a moment ago must not keep a restart from its port. With UDP two could share it. */
	if (tcp)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* "::" means IPv6: 0.0.0.0 stays free for another rule. */
	if (v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (!tcp && v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	else if (!tcp)
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	if (bind(fd, &at->any, bytes) < 0 || (tcp && listen(fd, BACKLOG) < 0))
		return -1;
	return take_fd(fd);
}

static bool is_wildcard(const union forward_address *a)
{
	return a->any.sa_family == AF_INET ? a->v4.sin_addr.s_addr == htonl(INADDR_ANY) :
					     IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr);
}

static unsigned port_of(int fd)
{
	union forward_address got = { 0 };
	socklen_t len = sizeof(got);

	getsockname(fd, &got.any, &len);
	return ntohs(got.any.sa_family == AF_INET ? got.v4.sin_port : got.v6.sin6_port);
}

int forward_add(struct forward *f, const struct forward_rule *rule, unsigned *out_host,
		struct error *err)
{
	union forward_address at = { 0 }, guest = { 0 };
	socklen_t at_bytes, guest_bytes;
	struct listener *l;
	int fd;

	if (parse(rule->bind, rule->host, &at, &at_bytes, err) < 0 ||
	    parse(rule->address, rule->guest, &guest, &guest_bytes, err) < 0)
		return -1;
	fd = open_socket(rule->protocol, &at, at_bytes);
	if (fd < 0)
		return tell_why(errno, rule, err);
	l = xcalloc(1, sizeof(*l));
	*l = (struct listener){ .watch = { fd,
					   rule->protocol == PORT_UDP ? udp_receive : tcp_accept },
				.protocol = rule->protocol,
				.guest = guest,
				.guest_bytes = guest_bytes,
				.wildcard = is_wildcard(&at) };
	if (forward_watch(f, &l->watch, f->paused && rule->protocol == PORT_TCP ? 0 : EPOLLIN) <
	    0) {
		tell_why(errno, rule, err);
		close(fd);
		free(l);
		return -1;
	}
	l->owner = xstrdup(rule->owner);
	LIST_INIT(&l->links);
	if (rule->protocol == PORT_UDP)
		udp_prepare(f, l);
	LIST_INSERT_HEAD(&f->listeners, l, next);
	f->fd_count++;
	*out_host = port_of(fd);
	return 0;
}

void forward_drop(struct forward *f, const char *owner)
{
	struct listener *l = LIST_FIRST(&f->listeners);

	while (l) {
		struct listener *next = LIST_NEXT(l, next);

		if (text_equal(l->owner, owner))
			close_listener(f, l);
		l = next;
	}
	bury(f);
}

size_t forward_open_count(const struct forward *f)
{
	return f->open_count;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a && (!b || a < b) ? a : b;
}

/* Does what is due, and tells how long there is nothing to do. */
static int wait_ms(struct forward *f, int64_t deadline_ms)
{
	int64_t now = clock_ms(), next = deadline_ms, left;

	next = earlier(tcp_expire(f, now), next);
	next = earlier(udp_expire(f, now), next);
	next = earlier(resume(f, now), next);
	bury(f);
	if (!TAILQ_EMPTY(&f->eager))
		return 0;
	left = deadline_left_ms(next);
	return left < STOP_POLL_MS ? (int)left : STOP_POLL_MS;
}

/* One turn of everybody. Returns whether the caller's descriptor is readable. */
static bool turn(struct forward *f, const struct watch *caller, int64_t deadline_ms)
{
	struct epoll_event events[EVENTS_A_TURN];
	bool woken = false;
	int n = epoll_wait(f->epoll_fd, events, EVENTS_A_TURN, wait_ms(f, deadline_ms));

	for (int i = 0; i < n; i++) {
		struct watch *w = events[i].data.ptr;

		if (w == caller)
			woken = true;
		else if (w->ready)
			w->ready(f, w, events[i].events);
	}
	bury(f);
	tcp_go_on(f);
	bury(f);
	return woken;
}

int forward_run(struct forward *f, int fd, int64_t deadline_ms, struct error *err)
{
	struct watch caller = { .fd = fd };
	int rc = 0;

	if (fd >= 0 && forward_watch(f, &caller, EPOLLIN) < 0)
		return error_errno(err, errno, "cannot forward ports");
	while ((rc = stop_requested() ? stop_check(0, "forwarding", err) : 0) == 0) {
		if (turn(f, &caller, deadline_ms) || deadline_left_ms(deadline_ms) == 0)
			break;
	}
	if (fd >= 0)
		epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	return rc;
}
