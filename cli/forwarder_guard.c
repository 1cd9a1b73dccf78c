/* SPDX-License-Identifier: Apache-2.0 */
/* Watching the worker and the machines, so that the worker never waits for an engine. */
#include "cli/forwarder_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/served.h"
#include "core/stop.h"
#include "providers/provider.h"

#define LOOK_MS 2000
#define STOP_POLL_MS 200
#define SHORT_LIFE_MS 10000
#define DELAY_STEP_MS 150
#define DELAY_MOST_MS 1500
#define SHORT_LIVES_MOST 100 /* then something is wrong that trying does not mend */
#define DISMISS_MS 1000
#define PACKET_BYTES 1024

struct watched {
	const struct forwarder_place *place;
	const char *home;
	char *directory;
	struct provider *engines[8];
};

static int delay_ms(unsigned short_lives)
{
	unsigned ms = short_lives * DELAY_STEP_MS;

	return ms < DELAY_MOST_MS ? (int)ms : DELAY_MOST_MS;
}

static void say(json_t *document)
{
	cleanup_free char *dump = json_dumps(document, JSON_COMPACT);

	json_decref(document);
	if (dump)
		send(FORWARDER_LINK_FD, dump, strlen(dump), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* An engine that cannot be reached says nothing about its machines: they stay. */
static bool ask(struct watched *w, const struct served *s, enum machine_state *out)
{
	struct provider_conf conf = { .home = w->home,
				      .uri = getenv("BOTHY_LIBVIRT_URI"),
				      .read_only = true };
	cleanup_error struct error ignored = { 0 };
	size_t i = 0;

	while (providers[i] && strcmp(providers[i]->name, s->provider) != 0)
		i++;
	if (!providers[i] || i >= ARRAY_SIZE(w->engines))
		return false;
	if (!w->engines[i] && provider_open(providers[i], &conf, &w->engines[i], &ignored) < 0)
		return false;
	if (provider_machine_state(w->engines[i], s->id, out, &ignored) == 0)
		return true;
	/* It may have been restarted: the next look connects anew. */
	provider_close(&w->engines[i]);
	return false;
}

static void look_at(struct watched *w, const struct served *s)
{
	const char *word = NULL;
	enum machine_state state;

	if (!ask(w, s, &state))
		return;
	if (state == MACHINE_RUNNING || state == MACHINE_PAUSED || state == MACHINE_UNKNOWN)
		word = s->until_ms ? "running" : NULL;
	/* Before it has run, it is on its way up. */
	else if (clock_ms() >= s->until_ms)
		word = "stopped";
	if (word)
		say(json_pack("{s:s, s:I}", word, s->machine, "serial", (json_int_t)s->serial));
}

static void look(struct watched *w)
{
	cleanup_served_list struct served_list l = { 0 };

	served_load(w->directory, &l);
	for (size_t i = 0; i < l.count; i++)
		look_at(w, &l.at[i]);
}

enum word { WORD_NONE, WORD_END, WORD_DEAD };

/* What the worker says until that time; its death speaks for itself. */
static enum word listen_to_worker(int64_t until_ms)
{
	struct pollfd in = { .fd = FORWARDER_LINK_FD, .events = POLLIN };

	while (!stop_requested() && deadline_left_ms(until_ms) > 0) {
		int64_t left = deadline_left_ms(until_ms);
		char byte;
		ssize_t n;

		if (poll(&in, 1, left < STOP_POLL_MS ? (int)left : STOP_POLL_MS) <= 0)
			continue;
		n = recv(FORWARDER_LINK_FD, &byte, 1, MSG_DONTWAIT);
		if (n > 0)
			return WORD_END;
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return WORD_DEAD;
	}
	return stop_requested() ? WORD_END : WORD_NONE;
}

static int take_over(const struct forwarder_place *place, int64_t born_ms, struct error *err)
{
	struct forwarder_place next = *place;

	next.short_lives = clock_ms() - born_ms < SHORT_LIFE_MS ? place->short_lives + 1 : 0;
	if (next.short_lives > SHORT_LIVES_MOST)
		return error_set(err, ERROR_SYSTEM, "the forwarder dies again and again");
	stop_wait_ms(delay_ms(next.short_lives));
	return stop_requested() ? 0 : forwarder_become_worker(&next, err);
}

int guard_run(const struct forwarder_place *place, const char *home, struct error *err)
{
	struct watched w = { .place = place,
			     .home = home,
			     .directory = forwarder_directory(place->state_dir) };
	int64_t born_ms = clock_ms();
	enum word word;

	fcntl(FORWARDER_LINK_FD, F_SETFD, FD_CLOEXEC);
	do
		look(&w);
	while ((word = listen_to_worker(clock_ms() + LOOK_MS)) == WORD_NONE);
	for (size_t i = 0; i < ARRAY_SIZE(w.engines); i++)
		provider_close(&w.engines[i]);
	free(w.directory);
	return word == WORD_DEAD ? take_over(place, born_ms, err) : 0;
}

static void lose(struct guard *g)
{
	mem_close_fd(&g->fd);
	waitpid(g->pid, NULL, 0);
	g->short_lives = clock_ms() - g->born_ms < SHORT_LIFE_MS ? g->short_lives + 1 : 0;
	g->next_ms = clock_ms() + delay_ms(g->short_lives);
}

void guard_keep(struct guard *g, const struct forwarder_place *place)
{
	cleanup_error struct error err = { 0 };
	int ends[2];

	if (g->fd >= 0 || clock_ms() < g->next_ms)
		return;
	g->born_ms = clock_ms();
	g->next_ms = g->born_ms + DELAY_MOST_MS;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		fprintf(stderr, "cannot start a guard: %s\n", strerror(errno));
		return;
	}
	if (forwarder_start(place, FORWARDER_GUARD, ends[1], &g->pid, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		close(ends[0]);
	} else {
		g->fd = ends[0];
	}
	close(ends[1]);
}

json_t *guard_hear(struct guard *g)
{
	char packet[PACKET_BYTES];
	ssize_t n;

	if (g->fd < 0)
		return NULL;
	n = recv(g->fd, packet, sizeof(packet), MSG_DONTWAIT);
	if (n > 0)
		return json_loadb(packet, (size_t)n, 0, NULL);
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		lose(g);
	return NULL;
}

void guard_dismiss(struct guard *g)
{
	int64_t deadline = clock_ms() + DISMISS_MS;

	if (g->fd < 0)
		return;
	send(g->fd, "", 1, MSG_NOSIGNAL);
	while (waitpid(g->pid, NULL, WNOHANG) == 0) {
		/* It may wait for an engine that does not answer. */
		if (deadline_left_ms(deadline) == 0)
			kill(g->pid, SIGKILL);
		poll(NULL, 0, 2);
	}
	mem_close_fd(&g->fd);
}
