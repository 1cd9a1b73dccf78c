/* SPDX-License-Identifier: Apache-2.0 */
/* Getting from an address to a login, at once or as soon as the machine is ready. */
#include "guest/guest.h"

#include <errno.h>

#include "core/stop.h"
#include "guest/dial.h"
#include "guest/login.h"

#define CONNECT_EVERY_MS 25
#define CONNECT_GIVE_UP_MS 150
#define BANNER_FIRST_MS 500
#define BANNER_MOST_MS 8000
#define LOGIN_MOST_MS 30000
#define RETRY_MS 100
#define REFUSED_RETRY_MS 500
#define REFUSED_GRACE_MS 10000
/* For a single attempt without an earlier deadline. */
#define ATTEMPT_MS 10000

struct waiting {
	const struct guest_target *t;
	struct guest_wait *wait;
	struct patience patience;
	int64_t banner_ms;  /* how long the next banner may take: grows, for a slow machine */
	int64_t refused_ms; /* when it first was a wrong host key or a refused login; 0: never */
	struct error last;  /* why the last attempt failed */
};

const char *guest_stage_name(enum guest_stage stage)
{
	switch (stage) {
	case GUEST_STAGE_ADDRESS:
		return "address";
	case GUEST_STAGE_PORT:
		return "port open";
	case GUEST_STAGE_BANNER:
		return "ssh answers";
	case GUEST_STAGE_LOGIN:
		return "key accepted";
	}
	return "unknown";
}

static int64_t soonest(int64_t deadline_ms, int64_t most_ms)
{
	int64_t own = clock_ms() + most_ms;

	return deadline_ms && deadline_ms < own ? deadline_ms : own;
}

static void reached(struct waiting *w, enum guest_stage stage)
{
	if (stage <= w->wait->stage)
		return;
	w->wait->stage = stage;
	if (w->wait->reached)
		w->wait->reached(w->wait->ctx, stage);
}

static int pause_until(struct waiting *w, int64_t until, struct error *err)
{
	int64_t left;

	while ((left = until - clock_ms()) > 0) {
		if (patience_poll(&w->patience, NULL, 0, left, err) < 0)
			return -1;
	}
	return patience_check(&w->patience, err);
}

/* An attempt must not eat all the time there is: a machine may vanish in the middle of it. */
static enum link_result try_login(struct waiting *w, int fd, struct guest **out, struct error *err)
{
	struct patience attempt = w->patience;
	enum link_result result;

	attempt.deadline_ms = soonest(w->wait->deadline_ms, LOGIN_MOST_MS);
	result = login_open(w->t, fd, &attempt, out, err);
	if (result == LINK_FATAL && err->kind == ERROR_TIMEOUT)
		return LINK_BROKEN;
	return result;
}

/* 1: try again, after a pause; 0 and -1 are final. */
static int log_in(struct waiting *w, int fd, struct guest **out, struct error *err)
{
	struct error failed = { 0 };
	enum link_result result = try_login(w, fd, out, &failed);
	int64_t pause = RETRY_MS;

	if (result == LINK_OPEN) {
		reached(w, GUEST_STAGE_LOGIN);
		return 0;
	}
	if (result == LINK_HOST_KEY || result == LINK_REFUSED) {
		if (!w->refused_ms)
			w->refused_ms = clock_ms();
		if (clock_ms() - w->refused_ms >= REFUSED_GRACE_MS)
			return error_move(err, &failed);
		pause = REFUSED_RETRY_MS;
	}
	if (result == LINK_FATAL)
		return error_move(err, &failed);
	error_move(&w->last, &failed);
	return pause_until(w, clock_ms() + pause, err) < 0 ? -1 : 1;
}

/* One attempt; as log_in(). */
static int attempt(struct waiting *w, struct guest **out, struct error *err)
{
	const struct dial_target to = { w->t->address, w->t->port, CONNECT_GIVE_UP_MS };
	int64_t next = clock_ms() + CONNECT_EVERY_MS;
	int fd = -1, code;
	enum dial_result result;

	result = dial_connect(&to, &w->patience, &fd, &code, err);
	if (result == DIAL_FATAL)
		return -1;
	if (result == DIAL_NO)
		return pause_until(w, next, err) < 0 ? -1 : 1;
	reached(w, GUEST_STAGE_PORT);
	result = dial_banner(fd, w->banner_ms, &w->patience, err);
	if (result == DIAL_YES) {
		reached(w, GUEST_STAGE_BANNER);
		return log_in(w, fd, out, err);
	}
	mem_close_fd(&fd);
	if (result == DIAL_FATAL)
		return -1;
	if (w->banner_ms < BANNER_MOST_MS)
		w->banner_ms *= 2;
	return pause_until(w, next + RETRY_MS, err) < 0 ? -1 : 1;
}

static const char *stage_explained(enum guest_stage stage)
{
	switch (stage) {
	case GUEST_STAGE_ADDRESS:
		return "nothing accepts connections there";
	case GUEST_STAGE_PORT:
		return "it accepts connections, but no SSH server answers";
	case GUEST_STAGE_BANNER:
	case GUEST_STAGE_LOGIN:
		break;
	}
	return "its SSH server answers, but the login did not succeed";
}

static int too_late(struct waiting *w, struct error *err)
{
	bool refused = w->last.kind != ERROR_NONE && w->wait->stage == GUEST_STAGE_BANNER;

	error_set(err, ERROR_TIMEOUT, "'%s' at %s:%u did not get ready in time (reached: %s): %s",
		  w->t->machine, w->t->address, w->t->port, guest_stage_name(w->wait->stage),
		  refused ? w->last.text : stage_explained(w->wait->stage));
	if (refused && w->last.hint)
		error_hint(err, "%s", w->last.hint);
	return -1;
}

int guest_wait(const struct guest_target *t, struct guest_wait *wait, struct guest **out,
	       struct error *err)
{
	cleanup_free char *what = xasprintf("waiting for '%s'", t->machine);
	struct waiting w = {
		.t = t,
		.wait = wait,
		.patience = { .deadline_ms = wait->deadline_ms,
			      .what = what,
			      .alive = wait->alive,
			      .ctx = wait->ctx },
		.banner_ms = BANNER_FIRST_MS,
	};
	int rc;

	wait->stage = GUEST_STAGE_ADDRESS;
	do
		rc = attempt(&w, out, err);
	while (rc > 0);
	if (rc < 0 && err->kind == ERROR_TIMEOUT && deadline_left_ms(wait->deadline_ms) == 0)
		too_late(&w, err);
	error_clear(&w.last);
	return rc;
}

static int unreachable(const struct guest_target *t, int code, struct error *err)
{
	error_errno(err, code, "cannot reach '%s' at %s:%u", t->machine, t->address, t->port);
	err->kind = code == ETIMEDOUT ? ERROR_TIMEOUT : ERROR_GUEST;
	return error_hint(err, "see whether it runs: bothy status %s", t->machine);
}

/* Its first sign has to come soon; what follows takes a busy machine longer. */
static int await_banner(const struct guest_target *t, int fd, const struct patience *p,
			struct error *err)
{
	struct patience soon = *p;

	soon.deadline_ms = soonest(p->deadline_ms, ATTEMPT_MS);
	switch (dial_banner(fd, LOGIN_MOST_MS, &soon, err)) {
	case DIAL_NO:
		error_set(err, ERROR_GUEST, "cannot reach '%s' at %s:%u: %s", t->machine,
			  t->address, t->port, stage_explained(GUEST_STAGE_PORT));
		return error_hint(err, "see what it says: bothy console %s", t->machine);
	case DIAL_FATAL:
		return -1;
	case DIAL_YES:
		break;
	}
	return 0;
}

int guest_connect(const struct guest_target *t, int64_t deadline_ms, struct guest **out,
		  struct error *err)
{
	cleanup_free char *what =
		xasprintf("connecting to '%s' at %s:%u", t->machine, t->address, t->port);
	struct patience p = { .deadline_ms = soonest(deadline_ms, LOGIN_MOST_MS), .what = what };
	const struct dial_target to = { t->address, t->port, ATTEMPT_MS };
	int fd = -1, code = ETIMEDOUT;

	switch (dial_connect(&to, &p, &fd, &code, err)) {
	case DIAL_NO:
		return unreachable(t, code, err);
	case DIAL_FATAL:
		return -1;
	case DIAL_YES:
		break;
	}
	if (await_banner(t, fd, &p, err) < 0) {
		mem_close_fd(&fd);
		return -1;
	}
	return login_open(t, fd, &p, out, err) == LINK_OPEN ? 0 : -1;
}
