/* SPDX-License-Identifier: Apache-2.0 */
/* One loop over the channels of a connection and the pipes that belong to them. */
#include "guest/share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

#include "guest/remote.h"

#define BUFFER_BYTES (64 * 1024)
#define READS_A_TURN 16 /* then it is somebody else's turn */

/* Bytes on their way to a pipe, or from it to the machine. */
struct flow {
	int fd;
	char *bytes;
	size_t start, len;
	bool ended; /* nothing more to read, or nobody who reads */
};

struct share_session {
	TAILQ_ENTRY(share_session) next;
	struct remote remote;
	enum share_state state;
	char *command, *term;
	int columns, rows;
	struct flow flows[3]; /* 0 is read from */
	struct error err;
};

TAILQ_HEAD(session_queue, share_session);

struct share {
	struct guest *guest;
	ssh_event event;
	struct session_queue sessions;
	size_t count;
};

struct share *share_new(struct guest *g)
{
	struct share *s = xcalloc(1, sizeof(*s));

	s->guest = g;
	s->event = ssh_event_new();
	if (!s->event || ssh_event_add_session(s->event, g->session) != SSH_OK)
		abort();
	TAILQ_INIT(&s->sessions);
	return s;
}

void share_free(struct share **s)
{
	if (!*s)
		return;
	while (!TAILQ_EMPTY(&(*s)->sessions))
		share_drop(*s, TAILQ_FIRST(&(*s)->sessions));
	ssh_event_remove_session((*s)->event, (*s)->guest->session);
	ssh_event_free((*s)->event);
	free(*s);
	*s = NULL;
}

struct share_session *share_add(struct share *s, const struct share_order *order)
{
	struct share_session *c = xcalloc(1, sizeof(*c));

	c->command = order->command ? xstrdup(order->command) : NULL;
	c->term = order->term ? xstrdup(order->term) : NULL;
	c->columns = order->columns;
	c->rows = order->rows;
	for (size_t i = 0; i < ARRAY_SIZE(c->flows); i++) {
		c->flows[i] =
			(struct flow){ .fd = order->pipes[i], .bytes = xmalloc(BUFFER_BYTES) };
		/* Whoever made them: nobody may make this loop wait. */
		fcntl(c->flows[i].fd, F_SETFL, O_NONBLOCK);
	}
	if (remote_prepare(&c->remote, s->guest, &c->err) < 0)
		c->state = SHARE_REFUSED;
	TAILQ_INSERT_TAIL(&s->sessions, c, next);
	s->count++;
	return c;
}

void share_drop(struct share *s, struct share_session *c)
{
	/* Which of several commands is whose nobody can tell; one with a terminal ends by being closed. */
	if (c->state == SHARE_RUNNING && s->count == 1 && !c->term)
		remote_end_all(s->guest);
	else if (c->state == SHARE_RUNNING)
		remote_terminate(&c->remote);
	remote_close(&c->remote);
	for (size_t i = 0; i < ARRAY_SIZE(c->flows); i++) {
		mem_close_fd(&c->flows[i].fd);
		free(c->flows[i].bytes);
	}
	TAILQ_REMOVE(&s->sessions, c, next);
	s->count--;
	free(c->command);
	free(c->term);
	error_clear(&c->err);
	free(c);
}

/* Whether the pipe has taken everything. A reader that is gone takes all. */
static bool flush(struct flow *f, bool *moved)
{
	while (f->len && !f->ended) {
		ssize_t n = write(f->fd, f->bytes + f->start, f->len);

		if (n > 0) {
			f->start += (size_t)n;
			f->len -= (size_t)n;
			*moved = true;
		} else if (n < 0 && errno == EAGAIN) {
			return false;
		} else if (n == 0 || errno != EINTR) {
			f->ended = true;
		}
	}
	f->start = f->len = 0;
	return true;
}

static int bring_output(struct share_session *c, int stream, bool *moved, struct error *err)
{
	struct flow *f = &c->flows[stream];

	for (int i = 0; i < READS_A_TURN && flush(f, moved); i++) {
		int n = remote_read(&c->remote, stream, f->bytes, BUFFER_BYTES, err);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		f->len = (size_t)n;
		*moved = true;
	}
	return 0;
}

static void take_input(struct share_session *c, bool *moved)
{
	struct flow *f = &c->flows[0];
	ssize_t n;

	if (f->len || f->ended)
		return;
	n = read(f->fd, f->bytes, BUFFER_BYTES);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	*moved = true;
	if (n > 0) {
		f->start = 0;
		f->len = (size_t)n;
		return;
	}
	f->ended = true;
	mem_close_fd(&f->fd);
	ssh_channel_send_eof(c->remote.handle);
}

static int send_input(struct share_session *c, bool *moved, struct error *err)
{
	struct flow *f = &c->flows[0];
	int n;

	take_input(c, moved);
	if (!f->len)
		return 0;
	n = remote_write(&c->remote, f->bytes + f->start, f->len, err);
	if (n < 0)
		return -1;
	f->start += (size_t)n;
	f->len -= (size_t)n;
	*moved = *moved || n > 0;
	return 0;
}

static void finish(struct share_session *c)
{
	if (c->remote.has_status) {
		c->state = SHARE_ENDED;
	} else {
		error_set(&c->err, ERROR_GUEST, "the session in '%s': it ended without a status",
			  c->remote.guest->machine);
		c->state = SHARE_FAILED;
	}
	for (size_t i = 0; i < ARRAY_SIZE(c->flows); i++)
		mem_close_fd(&c->flows[i].fd);
}

static int pump(struct share_session *c, bool *moved, struct error *err)
{
	bool ended = remote_ended(&c->remote), mine = false;

	if (bring_output(c, 1, &mine, err) < 0 || bring_output(c, 2, &mine, err) < 0)
		return -1;
	if (!ended && send_input(c, &mine, err) < 0)
		return -1;
	*moved = *moved || mine;
	if (ended && !mine && !c->flows[1].len && !c->flows[2].len) {
		finish(c);
		*moved = true;
	}
	return 0;
}

static void settle(struct share_session *c, int rc, enum share_state next, bool *moved)
{
	if (rc == 0)
		return;
	*moved = true;
	c->state = rc > 0 ? next : c->state == SHARE_OPENING ? SHARE_REFUSED : SHARE_FAILED;
}

static int start(struct share_session *c)
{
	if (c->term) {
		int rc = remote_pty_coming(&c->remote, c->term, c->columns, c->rows, &c->err);

		if (rc <= 0)
			return rc;
		free(take_ptr(c->term));
	}
	return remote_starting(&c->remote, c->command, &c->err);
}

static void take_turn(struct share_session *c, bool *moved)
{
	switch (c->state) {
	case SHARE_OPENING:
		settle(c, remote_opening(&c->remote, &c->err), SHARE_IS_OPEN, moved);
		break;
	case SHARE_IS_OPEN:
		settle(c, start(c), SHARE_RUNNING, moved);
		break;
	case SHARE_RUNNING:
		if (pump(c, moved, &c->err) < 0)
			settle(c, -1, SHARE_FAILED, moved);
		break;
	case SHARE_ENDED:
	case SHARE_REFUSED:
	case SHARE_FAILED:
		break;
	}
}

static bool has_output(const struct share *s)
{
	const struct share_session *c;

	TAILQ_FOREACH(c, &s->sessions, next)
	{
		if (c->flows[1].len || c->flows[2].len)
			return true;
	}
	return false;
}

int share_turn(struct share *s, bool *out_moved, struct error *err)
{
	struct share_session *c;

	*out_moved = false;
	/* Also when nobody reads from a channel: what the machine says must be taken from the socket. */
	ssh_event_dopoll(s->event, 0);
	TAILQ_FOREACH(c, &s->sessions, next)
	{
		take_turn(c, out_moved);
	}
	if (!*out_moved && !ssh_is_connected(s->guest->session) && !has_output(s))
		return link_error(s->guest, "keep the connection to", err);
	return 0;
}

static size_t list_flows(const struct share_session *c, struct pollfd *fds)
{
	size_t count = 0;

	if (c->state != SHARE_RUNNING)
		return 0;
	if (!c->flows[0].len && !c->flows[0].ended)
		fds[count++] = (struct pollfd){ .fd = c->flows[0].fd, .events = POLLIN };
	for (int i = 1; i <= 2; i++) {
		if (c->flows[i].len && !c->flows[i].ended)
			fds[count++] = (struct pollfd){ .fd = c->flows[i].fd, .events = POLLOUT };
	}
	return count;
}

void share_wait(struct share *s, struct pollfd *others, size_t count, int most_ms)
{
	cleanup_free struct pollfd *fds =
		xcalloc(1 + count + s->count * ARRAY_SIZE(((struct share_session *)0)->flows),
			sizeof(*fds));
	struct share_session *c;
	size_t used = 1 + count;

	/* One that is lost would be ready for ever. */
	fds[0] = (struct pollfd){ .fd = ssh_is_connected(s->guest->session) ?
						ssh_get_fd(s->guest->session) :
						-1,
				  .events = POLLIN };
	if (ssh_get_poll_flags(s->guest->session) & SSH_WRITE_PENDING)
		fds[0].events |= POLLOUT;
	for (size_t i = 0; i < count; i++)
		fds[1 + i] = others[i];
	TAILQ_FOREACH(c, &s->sessions, next)
	{
		used += list_flows(c, fds + used);
	}
	if (poll(fds, used, most_ms) <= 0) {
		for (size_t i = 0; i < count; i++)
			fds[1 + i].revents = 0;
	}
	for (size_t i = 0; i < count; i++)
		others[i].revents = fds[1 + i].revents;
}

enum share_state share_session_state(const struct share_session *c)
{
	return c->state;
}

int share_session_status(const struct share_session *c)
{
	return c->remote.status;
}

const struct error *share_session_error(const struct share_session *c)
{
	return &c->err;
}

void share_session_resize(struct share_session *c, int columns, int rows)
{
	c->columns = columns;
	c->rows = rows;
	if (c->state == SHARE_RUNNING)
		ssh_channel_change_pty_size(c->remote.handle, columns, rows);
}
