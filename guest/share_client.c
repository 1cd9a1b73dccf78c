/* SPDX-License-Identifier: Apache-2.0 */
/* Between the user's descriptors and the pipes of a keeper. */
#include "guest/share_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/stop.h"
#include "guest/escape.h"
#include "guest/outlet.h"
#include "guest/share_wire.h"
#include "guest/terminal.h"

#define BUFFER_BYTES (64 * 1024)
#define PIPE_BYTES (256 * 1024)
#define SILENCE_MS 500 /* a machine that lives answers within milliseconds */
#define ASK_EVERY_MS 1000
#define STATUS_PIPE (128 + SIGPIPE)

enum { CONTROL, SIZE, INPUT, FEED, OUT, ERR, FD_COUNT };

struct visit {
	const struct share_visit *to;
	const struct guest_session *session;
	struct patience patience;
	struct terminal terminal;
	struct escape escape;
	int feed;          /* where input goes; -1: it has ended */
	int outputs[2];    /* where output comes from; -1: it has ended */
	bool input_ended;  /* what is in `in` may still have to go */
	char *in, *out;    /* buffers */
	size_t start, len; /* what of `in` is to go yet */
	bool opened;       /* there is no way back */
	bool over;         /* the keeper has no more to say */
	bool has_status;
	bool reader_gone;
	int status;
};

static int make_pipes(struct visit *v, int *theirs)
{
	int ends[2];

	for (int i = 0; i < SHARE_PIPES; i++) {
		if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
			return -1;
		/* As much as the user's limit allows. */
		fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
		theirs[i] = ends[i > 0];
		*(i ? &v->outputs[i - 1] : &v->feed) = ends[i == 0];
	}
	return 0;
}

static int ask(struct visit *v)
{
	const struct guest_session *s = v->session;
	const char *term = getenv("TERM"), *command = s->command ? s->command : "";
	cleanup_share_packet struct share_packet p = { .word = SHARE_START,
						       .flags = (s->tty ? SHARE_TTY : 0) |
								(s->command ? 0 : SHARE_SHELL),
						       .pipes = { -1, -1, -1 } };

	if (!term || !*term)
		term = "xterm";
	terminal_size(s->in_fd, &p.first, &p.second);
	text_addn(&p.data, v->to->mark, strlen(v->to->mark) + 1);
	text_addn(&p.data, term, strlen(term) + 1);
	text_addn(&p.data, command, strlen(command) + 1);
	return make_pipes(v, p.pipes) < 0 ? -1 : share_send(v->to->fd, &p, p.pipes);
}

static void listen_to(struct visit *v, const struct share_packet *p, struct error *err)
{
	if (p->word == SHARE_OPENED) {
		v->opened = true;
		if (v->to->answered)
			v->to->answered(v->to->ctx);
	} else if (p->word == SHARE_STARTED) {
		/* Only now: until the remote side has a terminal, Ctrl-C is for us. */
		if (v->session->tty)
			terminal_enter(&v->terminal, v->session->in_fd);
	} else {
		v->over = true;
		v->has_status = p->word == SHARE_STATUS;
		v->status = p->first;
		if (p->word == SHARE_ERROR)
			share_error(p, err);
	}
}

static void hear(struct visit *v, struct error *err)
{
	int rc;

	do {
		cleanup_share_packet struct share_packet p = { .pipes = { -1, -1, -1 } };

		rc = share_receive(v->to->fd, &p);
		if (rc > 0)
			listen_to(v, &p, err);
		if (rc < 0)
			v->over = true;
	} while (rc > 0 && !v->over);
}

/* Until the machine has answered nothing is lost by going elsewhere. */
static int await_answer(struct visit *v, struct error *err)
{
	int64_t ask_ms = clock_ms() + SILENCE_MS;

	while (!v->opened && !v->over && deadline_left_ms(v->to->deadline_ms) > 0) {
		struct pollfd pfd = { .fd = v->to->fd, .events = POLLIN };
		int ready = patience_poll(&v->patience, &pfd, 1,
					  deadline_left_ms(v->to->deadline_ms), err);

		if (ready < 0)
			return -1;
		if (ready)
			hear(v, err);
		if (ready || !v->to->is_there || clock_ms() < ask_ms)
			continue;
		if (!v->to->is_there(v->to->ctx))
			break;
		ask_ms = clock_ms() + ASK_EVERY_MS;
	}
	return 0;
}

static int take_input(struct visit *v, struct error *err)
{
	ssize_t n = read(v->session->in_fd, v->in, BUFFER_BYTES);

	if (n > 0) {
		v->start = 0;
		v->len = (size_t)n;
		/* Nobody may be there to take it. */
		if (v->terminal.raw && escape_typed(&v->escape, v->in, v->len))
			return error_set(err, ERROR_STOPPED, "%s: left by '~.'", v->patience.what);
		return 0;
	}
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	/* EIO: the terminal has hung up. */
	if (n < 0 && errno != EIO)
		return error_errno(err, errno, "cannot read the input");
	v->input_ended = true;
	mem_close_fd(&v->feed);
	return 0;
}

/* A command that reads no more is none of our business. */
static void feed(struct visit *v)
{
	ssize_t n = v->feed < 0 ? -1 : write(v->feed, v->in + v->start, v->len);

	if (n > 0) {
		v->start += (size_t)n;
		v->len -= (size_t)n;
	} else if (v->feed < 0 || (errno != EAGAIN && errno != EINTR)) {
		v->len = 0;
		v->input_ended = true;
		mem_close_fd(&v->feed);
	}
}

static int pass_on(struct visit *v, int which, struct error *err)
{
	int to = which == 0 ? v->session->out_fd : v->session->err_fd;
	ssize_t n = read(v->outputs[which], v->out, BUFFER_BYTES);

	if (n > 0)
		return outlet_write(to, v->out, (size_t)n, &v->patience, &v->reader_gone, err);
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		mem_close_fd(&v->outputs[which]);
	return 0;
}

static void list(const struct visit *v, struct pollfd *fds)
{
	bool wants_input = !v->input_ended && !v->len && !v->over;

	for (int i = 0; i < FD_COUNT; i++)
		fds[i] = (struct pollfd){ .fd = -1, .events = i == FEED ? POLLOUT : POLLIN };
	if (!v->over)
		fds[CONTROL].fd = v->to->fd;
	fds[SIZE].fd = v->terminal.signals_fd;
	if (wants_input)
		fds[INPUT].fd = v->session->in_fd;
	if (v->len)
		fds[FEED].fd = v->feed;
	fds[OUT].fd = v->outputs[0];
	fds[ERR].fd = v->outputs[1];
}

static void tell_size(struct visit *v)
{
	struct share_packet p = { .word = SHARE_RESIZE };

	terminal_take_signals(&v->terminal);
	terminal_size(v->session->in_fd, &p.first, &p.second);
	share_send(v->to->fd, &p, NULL);
}

static int turn(struct visit *v, struct error *err)
{
	struct pollfd fds[FD_COUNT];

	list(v, fds);
	if (patience_poll(&v->patience, fds, FD_COUNT, INT64_MAX, err) < 0)
		return -1;
	if (fds[SIZE].revents)
		tell_size(v);
	if (fds[INPUT].revents && take_input(v, err) < 0)
		return -1;
	if (v->len)
		feed(v);
	for (int i = 0; i < 2; i++) {
		if (fds[OUT + i].revents && pass_on(v, i, err) < 0)
			return -1;
	}
	if (fds[CONTROL].revents)
		hear(v, err);
	return 0;
}

/* err may be set by what the keeper said, with 0: the output that came before is still to be passed on. */
static int pump(struct visit *v, struct error *err)
{
	while (!v->reader_gone && (!v->over || v->outputs[0] >= 0 || v->outputs[1] >= 0)) {
		if (turn(v, err) < 0)
			return -1;
	}
	return 0;
}

static enum share_outcome attached(struct visit *v, struct error *err)
{
	int rc = await_answer(v, err);

	if (rc < 0)
		return SHARE_BROKE;
	if (!v->opened)
		return err->kind ? SHARE_BROKE : SHARE_ELSEWHERE;
	rc = pump(v, err);
	terminal_leave(&v->terminal);
	if (rc < 0 || err->kind)
		return SHARE_BROKE;
	if (v->reader_gone || v->has_status)
		return SHARE_DONE;
	error_set(err, ERROR_GUEST,
		  "the session in '%s': the process that keeps its connection has ended",
		  v->to->machine);
	return SHARE_BROKE;
}

enum share_outcome share_attach(const struct share_visit *to, const struct guest_session *session,
				int *out_status, struct error *err)
{
	cleanup_free char *what = xasprintf("the session in '%s'", to->machine);
	struct visit v = { .to = to,
			   .session = session,
			   .patience = { .what = what },
			   .terminal = { .fd = -1, .signals_fd = -1 },
			   .feed = -1,
			   .outputs = { -1, -1 },
			   .in = xmalloc(BUFFER_BYTES),
			   .out = xmalloc(BUFFER_BYTES) };
	enum share_outcome outcome = ask(&v) < 0 ? SHARE_ELSEWHERE : attached(&v, err);

	if (outcome == SHARE_DONE)
		*out_status = v.reader_gone ? STATUS_PIPE : v.status;
	mem_close_fd(&v.feed);
	mem_close_fd(&v.outputs[0]);
	mem_close_fd(&v.outputs[1]);
	free(v.in);
	free(v.out);
	return outcome;
}
