/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: accepted here, called there, spliced until both sides have said all. */
#include "guest/forward_tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/stop.h"

#define CONNECT_TIMEOUT_MS 10000
#define ACCEPTS_A_TURN 64
#define TURN_BYTES ((size_t)4 << 20)
/* Guests that were switched off say nothing any more: after two minutes they are asked. */
#define KEEPALIVE_IDLE_S 60
#define KEEPALIVE_INTERVAL_S 15
#define KEEPALIVE_PROBES 4

struct flow {
	int from, to; /* sockets of the link */
	struct pipe_ends pipe;
	size_t held_bytes;
	bool ended; /* nothing more will come */
	bool done;  /* and nothing more will go */
};

enum link_place { PLACE_NONE, PLACE_WAITING, PLACE_EAGER };

struct link {
	struct watch client, guest;
	struct flow up, down;
	struct listener *listener;
	bool reset; /* one side broke off: the other one shall notice */
	enum link_place place;
	int64_t deadline_ms;
	LIST_ENTRY(link) of_listener;
	TAILQ_ENTRY(link) queue; /* of its place, or of the dead */
};

static void leave_place(struct forward *f, struct link *l)
{
	if (l->place == PLACE_WAITING)
		TAILQ_REMOVE(&f->waiting, l, queue);
	else if (l->place == PLACE_EAGER)
		TAILQ_REMOVE(&f->eager, l, queue);
	l->place = PLACE_NONE;
}

static void close_socket(struct watch *w, bool reset)
{
	struct linger at_once = { .l_onoff = 1 };

	if (reset)
		setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	mem_close_fd(&w->fd);
	w->ready = NULL;
}

static void close_link(struct forward *f, struct link *l)
{
	leave_place(f, l);
	LIST_REMOVE(l, of_listener);
	close_socket(&l->client, l->reset);
	close_socket(&l->guest, l->reset);
	pipe_pool_give(&f->pipes, &l->up.pipe, l->up.held_bytes);
	pipe_pool_give(&f->pipes, &l->down.pipe, l->down.held_bytes);
	TAILQ_INSERT_TAIL(&f->dead, l, queue);
	f->open_count--;
	f->fd_count -= LINK_FDS;
	/* Nothing to do is nothing held. */
	if (f->open_count == 0)
		pipe_pool_clear(&f->pipes);
}

static ssize_t move(int from, int to, size_t len)
{
	ssize_t n;

	do
		n = splice(from, NULL, to, NULL, len, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (n < 0 && errno == EINTR);
	return n;
}

/* The side that a flow comes from is dead, so nothing reaches it either. */
static void break_off(struct link *l, struct flow *flow)
{
	l->reset = true;
	flow->ended = true;
	(flow == &l->up ? &l->down : &l->up)->done = true;
}

static size_t take_in(struct forward *f, struct link *l, struct flow *flow)
{
	ssize_t n;

	if (flow->ended)
		return 0;
	if (flow->pipe.read_fd < 0 && pipe_pool_take(&f->pipes, &flow->pipe) < 0) {
		/* Descriptors are counted beforehand: this is the system's own end. */
		break_off(l, flow);
		flow->done = true;
		return 0;
	}
	if (flow->held_bytes >= flow->pipe.size_bytes)
		return 0;
	n = move(flow->from, flow->pipe.write_fd, flow->pipe.size_bytes - flow->held_bytes);
	if (n > 0)
		flow->held_bytes += (size_t)n;
	else if (n == 0)
		flow->ended = true;
	else if (errno != EAGAIN)
		break_off(l, flow);
	return n > 0 ? (size_t)n : 0;
}

static size_t give_out(struct link *l, struct flow *flow)
{
	ssize_t n;

	if (flow->held_bytes == 0)
		return 0;
	n = move(flow->pipe.read_fd, flow->to, flow->held_bytes);
	if (n > 0)
		flow->held_bytes -= (size_t)n;
	/* What the other side still has to say is heard: it may explain why it stopped listening. */
	else if (n < 0 && errno != EAGAIN)
		l->reset = flow->done = true;
	return n > 0 ? (size_t)n : 0;
}

/* Until nothing moves, or others must have their turn: then true. */
static bool pump(struct forward *f, struct link *l, struct flow *flow)
{
	size_t total = 0, in, out;

	do {
		if (flow->done)
			break;
		in = take_in(f, l, flow);
		out = give_out(l, flow);
		total += out;
	} while ((in || out) && total < TURN_BYTES);
	if (flow->ended && !flow->held_bytes && !flow->done) {
		flow->done = true;
		if (!l->reset)
			shutdown(flow->to, SHUT_WR);
	}
	if (flow->done || flow->held_bytes == 0)
		pipe_pool_give(&f->pipes, &flow->pipe, flow->held_bytes);
	return !flow->done && total >= TURN_BYTES;
}

static void settle(struct forward *f, struct link *l, bool more)
{
	if (l->up.done && l->down.done) {
		close_link(f, l);
	} else if (more && l->place == PLACE_NONE) {
		l->place = PLACE_EAGER;
		TAILQ_INSERT_TAIL(&f->eager, l, queue);
	}
}

static void pump_both(struct forward *f, struct link *l)
{
	bool more = pump(f, l, &l->up);

	more = pump(f, l, &l->down) || more;
	settle(f, l, more);
}

/* What came goes on in `from`; room for more is news to `to` only while that holds bytes back. */
static void pump_for(struct forward *f, struct link *l, uint32_t events, struct flow *from,
		     struct flow *to)
{
	bool more = false;

	if (events & ~(uint32_t)EPOLLOUT)
		more = pump(f, l, from);
	if (to->held_bytes || (events & (EPOLLERR | EPOLLHUP)))
		more = pump(f, l, to) || more;
	settle(f, l, more);
}

static void give_up(struct forward *f, struct link *l)
{
	l->reset = true;
	close_link(f, l);
}

static void client_ready(struct forward *f, struct watch *w, uint32_t events)
{
	struct link *l = (struct link *)((char *)w - offsetof(struct link, client));

	if (l->place != PLACE_WAITING)
		pump_for(f, l, events, &l->up, &l->down);
	else if (events & (EPOLLERR | EPOLLHUP))
		give_up(f, l);
}

static void guest_ready(struct forward *f, struct watch *w, uint32_t events)
{
	struct link *l = (struct link *)((char *)w - offsetof(struct link, guest));
	socklen_t len = sizeof(int);
	int problem = 0;

	if (l->place == PLACE_WAITING) {
		if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
			return;
		if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &problem, &len) < 0 || problem) {
			give_up(f, l);
			return;
		}
		leave_place(f, l);
		pump_both(f, l);
		return;
	}
	pump_for(f, l, events, &l->down, &l->up);
}

static void tune(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES },
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int));
}

static struct link *add_link(struct forward *f, struct listener *listener, int client_fd,
			     int guest_fd)
{
	struct link *l = xcalloc(1, sizeof(*l));

	*l = (struct link){ .client = { client_fd, client_ready },
			    .guest = { guest_fd, guest_ready },
			    .up = { .from = client_fd, .to = guest_fd, .pipe = NO_PIPE },
			    .down = { .from = guest_fd, .to = client_fd, .pipe = NO_PIPE },
			    .listener = listener,
			    .place = PLACE_WAITING,
			    .deadline_ms = clock_ms() + CONNECT_TIMEOUT_MS };
	TAILQ_INSERT_TAIL(&f->waiting, l, queue);
	LIST_INSERT_HEAD(&listener->links, l, of_listener);
	f->open_count++;
	f->fd_count += LINK_FDS;
	tune(client_fd);
	tune(guest_fd);
	return l;
}

/* Takes the client over. -1 with errno; the client is told by a reset. */
static int call_guest(struct forward *f, struct listener *listener, int client_fd)
{
	const uint32_t all = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
	struct watch client = { .fd = client_fd };
	int fd = socket(listener->guest.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	struct link *l;
	int problem = errno;

	if (fd < 0) {
		close_socket(&client, true);
		errno = problem;
		return -1;
	}
	l = add_link(f, listener, client_fd, fd);
	if ((connect(fd, &listener->guest.any, listener->guest_bytes) == 0 ||
	     errno == EINPROGRESS) &&
	    forward_watch(f, &l->client, all) == 0 && forward_watch(f, &l->guest, all) == 0)
		return 0;
	problem = errno;
	give_up(f, l);
	errno = problem;
	return -1;
}

static bool is_shortage(int problem)
{
	return problem == EMFILE || problem == ENFILE || problem == ENOBUFS || problem == ENOMEM ||
	       problem == ENOSPC;
}

void tcp_accept(struct forward *f, struct watch *w, uint32_t events)
{
	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN && !f->paused; i++) {
		int fd;

		if (!forward_has_room(f, LINK_FDS)) {
			forward_pause(f);
			return;
		}
		fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0 && errno == EAGAIN)
			return;
		if ((fd < 0 || call_guest(f, (struct listener *)w, fd) < 0) && is_shortage(errno))
			forward_pause(f);
	}
}

void tcp_drop(struct forward *f, struct listener *l)
{
	while (!LIST_EMPTY(&l->links))
		give_up(f, LIST_FIRST(&l->links));
}

void tcp_go_on(struct forward *f)
{
	struct link_queue now = TAILQ_HEAD_INITIALIZER(now);

	/* One turn each: whoever stops again comes into the next round. */
	TAILQ_CONCAT(&now, &f->eager, queue);
	while (!TAILQ_EMPTY(&now)) {
		struct link *l = TAILQ_FIRST(&now);

		TAILQ_REMOVE(&now, l, queue);
		l->place = PLACE_NONE;
		pump_both(f, l);
	}
}

int64_t tcp_expire(struct forward *f, int64_t now_ms)
{
	struct link *l;

	while ((l = TAILQ_FIRST(&f->waiting)) && l->deadline_ms <= now_ms)
		give_up(f, l);
	return l ? l->deadline_ms : 0;
}

void tcp_bury(struct forward *f)
{
	while (!TAILQ_EMPTY(&f->dead)) {
		struct link *l = TAILQ_FIRST(&f->dead);

		TAILQ_REMOVE(&f->dead, l, queue);
		free(l);
	}
}
