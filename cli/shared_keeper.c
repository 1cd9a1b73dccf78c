/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper: one login, and the commands of one user that share it. */
#include "cli/shared_start.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/peer.h"
#include "cli/shared_place.h"
#include "core/stop.h"
#include "guest/share.h"

#define FIRST_ORDER_MS 10000
#define SILENCE_MS 400 /* who leaves after that much of it got no answer from the machine */
#define LOOK_MS 2000
#define STOP_POLL_MS 500 /* a signal that comes just before poll() must not wait for long */
#define CALLERS_MOST 200

/* A command, or who tells the keeper what is going on. */
struct caller {
	TAILQ_ENTRY(caller) next;
	int fd;
	struct share_session *session; /* NULL: it has said nothing yet */
	enum share_state told;
	int64_t since_ms;
};

TAILQ_HEAD(caller_queue, caller);

struct keeper {
	struct shared_target own;
	struct guest *guest;
	struct share *share;
	struct shared_socket socket;
	struct caller_queue callers;
	size_t count;
	bool retired; /* whoever is there may finish */
	bool leaving;
	int64_t idle_ms, look_ms; /* since when; when next */
};

static void add_caller(struct keeper *k, int fd)
{
	struct caller *c = xcalloc(1, sizeof(*c));

	c->fd = fd;
	c->since_ms = clock_ms();
	TAILQ_INSERT_TAIL(&k->callers, c, next);
	k->count++;
}

static void drop_caller(struct keeper *k, struct caller *c)
{
	if (c->session)
		share_drop(k->share, c->session);
	mem_close_fd(&c->fd);
	TAILQ_REMOVE(&k->callers, c, next);
	free(c);
	k->count--;
	k->idle_ms = clock_ms();
}

static void retire(struct keeper *k)
{
	k->retired = true;
	shared_close(k->own.directory, &k->socket);
}

static bool start(struct keeper *k, struct caller *c, struct share_packet *p)
{
	size_t at = 0;
	const char *mark = share_string(p, &at), *term = share_string(p, &at);
	const char *command = share_string(p, &at);
	struct share_order order = { .command = p->flags & SHARE_SHELL ? NULL : command,
				     .term = p->flags & SHARE_TTY ? term : NULL,
				     .columns = p->first,
				     .rows = p->second };

	if (!command || c->session || p->pipes[0] < 0 || p->pipes[1] < 0 || p->pipes[2] < 0)
		return false;
	/* Another key, host key, user or program: what this one has is of no more use. */
	if (strcmp(mark, k->own.mark) != 0) {
		share_say(c->fd, SHARE_DECLINED, 0);
		retire(k);
		return false;
	}
	for (int i = 0; i < SHARE_PIPES; i++)
		order.pipes[i] = take_fd(p->pipes[i]);
	c->session = share_add(k->share, &order);
	c->since_ms = clock_ms();
	return true;
}

/* Returns whether the caller stays. */
static bool obey(struct keeper *k, struct caller *c, struct share_packet *p)
{
	bool busy = k->count > 1;

	if (p->word == SHARE_START)
		return peer_user(c->fd) == geteuid() && start(k, c, p);
	if (p->word == SHARE_RESIZE && c->session) {
		share_session_resize(c->session, p->first, p->second);
		return true;
	}
	if (p->word == SHARE_RETIRE && busy) {
		/* Before the answer: nobody who got that finds this one. */
		if (p->first)
			retire(k);
		share_say(c->fd, SHARE_DECLINED, 0);
	} else if (p->word == SHARE_RETIRE || p->word == SHARE_LEAVE) {
		k->leaving = true;
	}
	/* Who waits for the end of this process keeps a socket to it until then. */
	return k->leaving;
}

static void hear_caller(struct keeper *k, struct caller *c)
{
	cleanup_share_packet struct share_packet p = { .pipes = { -1, -1, -1 } };
	int rc = share_receive(c->fd, &p);

	if (rc == 0 || (rc > 0 && obey(k, c, &p)))
		return;
	if (c->session && c->told == SHARE_OPENING && clock_ms() - c->since_ms >= SILENCE_MS)
		retire(k);
	drop_caller(k, c);
}

static void take_callers(struct keeper *k)
{
	int fd;

	while (k->count < CALLERS_MOST &&
	       (fd = accept4(k->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		uid_t uid = peer_user(fd);

		if (uid == 0 || uid == geteuid())
			add_caller(k, fd);
		else
			close(fd);
	}
}

/* Returns whether the caller stays. */
static bool report(struct keeper *k, struct caller *c)
{
	enum share_state now = share_session_state(c->session);

	if (now == c->told)
		return true;
	if (now == SHARE_REFUSED) {
		share_say(c->fd, SHARE_DECLINED, 0);
		/* Not because of the others. */
		if (k->count == 1)
			retire(k);
		return false;
	}
	if (c->told < SHARE_IS_OPEN)
		share_say(c->fd, SHARE_OPENED, 0);
	if (c->told < SHARE_RUNNING && (now == SHARE_RUNNING || now == SHARE_ENDED))
		share_say(c->fd, SHARE_STARTED, 0);
	c->told = now;
	if (now == SHARE_ENDED)
		share_say(c->fd, SHARE_STATUS, share_session_status(c->session));
	if (now == SHARE_FAILED)
		share_say_error(c->fd, share_session_error(c->session));
	return now != SHARE_ENDED && now != SHARE_FAILED;
}

static void report_all(struct keeper *k)
{
	struct caller *c = TAILQ_FIRST(&k->callers);

	while (c) {
		struct caller *next = TAILQ_NEXT(c, next);

		if (c->session && !report(k, c))
			drop_caller(k, c);
		c = next;
	}
}

/* Nothing has run for those whom the machine has not answered. */
static void give_up(struct keeper *k, const struct error *err)
{
	struct caller *c;

	TAILQ_FOREACH(c, &k->callers, next)
	{
		if (c->session && c->told != SHARE_OPENING)
			share_say_error(c->fd, err);
		else if (c->session)
			share_say(c->fd, SHARE_DECLINED, 0);
	}
	k->leaving = true;
}

/* Who says nothing must not keep this process for ever. */
static void drop_silent(struct keeper *k)
{
	struct caller *c = TAILQ_FIRST(&k->callers);

	while (c) {
		struct caller *next = TAILQ_NEXT(c, next);

		if (!c->session && clock_ms() - c->since_ms >= FIRST_ORDER_MS)
			drop_caller(k, c);
		c = next;
	}
}

static void look_around(struct keeper *k)
{
	if (clock_ms() < k->look_ms)
		return;
	k->look_ms = clock_ms() + LOOK_MS;
	drop_silent(k);
	if (!k->retired && !shared_is_found(k->own.directory, &k->socket))
		retire(k);
}

static void listen_around(struct keeper *k, int most_ms)
{
	cleanup_free struct pollfd *fds = xcalloc(1 + k->count, sizeof(*fds));
	struct caller *c = TAILQ_FIRST(&k->callers);
	size_t count = 1;

	fds[0] = (struct pollfd){ .fd = k->count < CALLERS_MOST ? k->socket.fd : -1,
				  .events = POLLIN };
	for (; c; c = TAILQ_NEXT(c, next))
		fds[count++] = (struct pollfd){ .fd = c->fd, .events = POLLIN };
	share_wait(k->share, fds, count, most_ms);
	c = TAILQ_FIRST(&k->callers);
	for (size_t i = 1; i < count; i++) {
		struct caller *next = TAILQ_NEXT(c, next);

		if (fds[i].revents)
			hear_caller(k, c);
		c = next;
	}
	if (fds[0].revents)
		take_callers(k);
}

static bool has_work(const struct keeper *k)
{
	int64_t keep_ms = k->retired ? 0 : k->own.keep_s * 1000LL;

	if (k->leaving || stop_requested())
		return false;
	return k->count || clock_ms() - k->idle_ms < keep_ms;
}

static void work(struct keeper *k)
{
	cleanup_error struct error err = { 0 };
	bool moved;

	while (has_work(k)) {
		if (share_turn(k->share, &moved, &err) < 0) {
			report_all(k);
			give_up(k, &err);
			return;
		}
		report_all(k);
		listen_around(k, moved ? 0 : STOP_POLL_MS);
		look_around(k);
	}
	error_set(&err, ERROR_GUEST, "the session in '%s': the %s", k->own.target.machine,
		  k->leaving ? "machine has been stopped" :
			       "process that keeps its connection was told to end");
	give_up(k, &err);
}

/* The document that comes first; a link without one is no command of ours. */
static int take_target(struct share_packet *out, struct error *err)
{
	int64_t deadline = clock_ms() + FIRST_ORDER_MS;
	struct pollfd pfd = { .fd = SHARED_LINK_FD, .events = POLLIN };
	int rc = 0;

	while (rc == 0 && deadline_left_ms(deadline) > 0 && !stop_requested()) {
		poll(&pfd, 1, STOP_POLL_MS);
		rc = share_receive(SHARED_LINK_FD, out);
	}
	if (rc <= 0 || out->word != SHARE_TARGET)
		return error_set(err, ERROR_USAGE, "this command is for bothy itself");
	return 0;
}

static void keep(struct keeper *k)
{
	cleanup_error struct error err = { 0 };

	add_caller(k, SHARED_LINK_FD);
	if (guest_connect(&k->own.target, 0, &k->guest, &err) < 0) {
		share_say_error(SHARED_LINK_FD, &err);
	} else {
		k->share = share_new(k->guest);
		/* One that is there already goes on; this one is for who started it. */
		k->retired = shared_listen(k->own.directory, &k->socket, &err) < 0;
		k->idle_ms = clock_ms();
		work(k);
	}
	shared_close(k->own.directory, &k->socket);
	while (!TAILQ_EMPTY(&k->callers))
		drop_caller(k, TAILQ_FIRST(&k->callers));
	share_free(&k->share);
	guest_close(&k->guest);
}

int shared_keeper_main(struct session *s, int argc, char **argv, struct error *err)
{
	cleanup_share_packet struct share_packet p = { .pipes = { -1, -1, -1 } };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct keeper k = { .socket = { .fd = -1 } };
	void *document = NULL;

	(void)s;
	(void)argv;
	if (argc != 1 || fcntl(SHARED_LINK_FD, F_SETFD, FD_CLOEXEC) < 0)
		return error_set(err, ERROR_USAGE, "this command is for bothy itself");
	sigaction(SIGPIPE, &ignore, NULL);
	/* It was started through a link in /proc, and would be called "exe". */
	prctl(PR_SET_NAME, "bothy-keeper");
	TAILQ_INIT(&k.callers);
	if (take_target(&p, err) < 0 || shared_target_decode(&p.data, &k.own, &document, err) < 0)
		return -1;
	keep(&k);
	shared_target_free(&document);
	return 0;
}
