/* SPDX-License-Identifier: Apache-2.0 */
/* A session joined to descriptors: `ssh`, with or without a terminal. */
#include "guest/guest.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/stop.h"
#include "guest/escape.h"
#include "guest/outlet.h"
#include "guest/remote.h"
#include "guest/terminal.h"

#define BUFFER_BYTES (64 * 1024)
#define READS_PER_ROUND 64
#define STATUS_PIPE (128 + SIGPIPE)

struct attachment {
	const struct guest_session *session;
	struct remote remote;
	struct patience patience;
	struct terminal terminal;
	struct escape escape;
	char *in, *out;    /* buffers */
	size_t start, len; /* what of `in` is to be sent yet */
	bool in_ended;
	bool reader_gone; /* nobody reads our output any more */
};

/* How many bytes came, or -1. */
static ssize_t drain(struct attachment *a, int stream, struct error *err)
{
	int fd = stream == 1 ? a->session->out_fd : a->session->err_fd;
	ssize_t total = 0;

	for (int i = 0; i < READS_PER_ROUND && !a->reader_gone; i++) {
		int n = remote_read(&a->remote, stream, a->out, BUFFER_BYTES, err);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		total += n;
		if (outlet_write(fd, a->out, (size_t)n, &a->patience, &a->reader_gone, err) < 0)
			return -1;
	}
	return total;
}

/* How many bytes went, or -1. */
static ssize_t send_pending(struct attachment *a, struct error *err)
{
	int n;

	if (!a->len)
		return 0;
	n = remote_write(&a->remote, a->in + a->start, a->len, err);
	if (n < 0)
		return -1;
	a->start += (size_t)n;
	a->len -= (size_t)n;
	return n;
}

static int take_input(struct attachment *a, struct error *err)
{
	ssize_t n = read(a->session->in_fd, a->in, BUFFER_BYTES);

	if (n > 0) {
		a->start = 0;
		a->len = (size_t)n;
		/* Nobody may be there to take it. */
		if (a->terminal.raw && escape_typed(&a->escape, a->in, a->len))
			return error_set(err, ERROR_STOPPED, "%s: left by '~.'", a->patience.what);
		return 0;
	}
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	/* EIO: the terminal has hung up. */
	if (n < 0 && errno != EIO)
		return error_errno(err, errno, "cannot read the input");
	a->in_ended = true;
	ssh_channel_send_eof(a->remote.handle);
	return 0;
}

static int await(struct attachment *a, struct error *err)
{
	bool wants_input = !a->in_ended && !a->len;
	struct pollfd fds[2] = {
		{ .fd = wants_input ? a->session->in_fd : -1, .events = POLLIN },
		{ .fd = a->terminal.signals_fd, .events = POLLIN },
	};
	int columns, rows;

	if (link_wait(a->remote.guest, fds, ARRAY_SIZE(fds), &a->patience, err) < 0)
		return -1;
	if (fds[1].revents) {
		terminal_take_signals(&a->terminal);
		terminal_size(a->session->in_fd, &columns, &rows);
		ssh_channel_change_pty_size(a->remote.handle, columns, rows);
	}
	return fds[0].revents ? take_input(a, err) : 0;
}

static int pump(struct attachment *a, struct error *err)
{
	for (;;) {
		bool ended = remote_ended(&a->remote);
		ssize_t first = drain(a, 1, err), second = first < 0 ? -1 : drain(a, 2, err),
			in = 0;

		if (second < 0)
			return -1;
		if (a->reader_gone || (ended && first + second == 0))
			return 0;
		if (!ended)
			in = send_pending(a, err);
		if (in < 0)
			return -1;
		if (first + second + in > 0 ? patience_check(&a->patience, err) < 0 :
					      !remote_ended(&a->remote) && await(a, err) < 0)
			return -1;
	}
}

static int start(struct attachment *a, struct guest *g, struct error *err)
{
	const char *term = getenv("TERM");
	int columns, rows;

	if (remote_open(&a->remote, g, &a->patience, err) < 0)
		return -1;
	if (a->session->tty) {
		terminal_size(a->session->in_fd, &columns, &rows);
		if (remote_pty(&a->remote, term && *term ? term : "xterm", columns, rows,
			       &a->patience, err) < 0)
			return -1;
	}
	return remote_start(&a->remote, a->session->command, &a->patience, err);
}

static int attached(struct attachment *a, struct error *err)
{
	int rc;

	/* Only now: until the remote side has a terminal, Ctrl-C is for us. */
	if (a->session->tty)
		terminal_enter(&a->terminal, a->session->in_fd);
	rc = pump(a, err);
	terminal_leave(&a->terminal);
	if (rc < 0 || a->reader_gone)
		remote_end_all(a->remote.guest);
	if (rc == 0 && !a->reader_gone && !a->remote.has_status)
		return error_set(err, ERROR_GUEST, "%s: it ended without a status",
				 a->patience.what);
	return rc;
}

int guest_attach(struct guest *g, const struct guest_session *session, int *out_status,
		 struct error *err)
{
	cleanup_free char *what = xasprintf("the session in '%s'", g->machine);
	struct attachment a = {
		.session = session,
		.patience = { .what = what },
		.terminal = { .fd = -1, .signals_fd = -1 },
		.in = xmalloc(BUFFER_BYTES),
		.out = xmalloc(BUFFER_BYTES),
	};
	int rc = start(&a, g, err);

	if (rc == 0)
		rc = attached(&a, err);
	if (rc == 0)
		*out_status = a.reader_gone ? STATUS_PIPE : a.remote.status;
	remote_close(&a.remote);
	free(a.in);
	free(a.out);
	return rc;
}
