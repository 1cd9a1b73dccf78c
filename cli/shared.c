/* SPDX-License-Identifier: Apache-2.0 */
/* Commands over the keeper's connection, or their own. */
#include "cli/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "cli/reach.h"
#include "cli/shared_place.h"
#include "cli/shared_start.h"
#include "core/stop.h"
#include "guest/share_client.h"

#define KEEP_S 60
#define KEEP_MOST_S 86400
#define ANSWER_MS 10000
#define LOGIN_MS 40000 /* longer than the keeper tries */
#define END_MS 1000
#define WAIT_MS 5

/* 0: nothing is shared. */
static int keep_seconds(unsigned *out, struct error *err)
{
	const char *said = getenv("BOTHY_KEEP");

	*out = KEEP_S;
	if (said && *said && (!text_parse_seconds(said, out) || *out > KEEP_MOST_S))
		return error_set(err, ERROR_USAGE,
				 "BOTHY_KEEP: '%s' is not a time of at most a day", said);
	return 0;
}

/* Whoever gives a session another member says in may_share() whether it can be another process's. */
_Static_assert(sizeof(struct guest_session) == 24 || sizeof(void *) != 8, "look at may_share()");

/* Agents, displays and ways around belong to one command. */
static bool may_share(const struct session *s, const char *machine)
{
	const struct machine *m = env_machine(&s->env, machine);

	return !m || (!m->ssh_forward_agent && !m->ssh_forward_x11 && !m->ssh_jump);
}

/* Which file it is, and since when as it is. */
static void add_file(struct text *t, const char *directory, const char *name)
{
	cleanup_free char *path = fs_join(directory, name);
	struct stat st = { 0 };

	stat(path, &st);
	text_addf(t, "%s=%ju.%ju.%jd.%ld;", name, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
		  (intmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}

static void add_word(struct text *t, const char *name, const char *value)
{
	text_addf(t, "%s=%s;", name, value ? value : "");
}

/*
 * Everything a login depends on, without asking an engine: whoever has another mark means another machine, or would log
 * in otherwise. The keys are made with the machine, so they tell it from one that had its name before.
 */
static char *make_mark(const struct session *s, const char *machine, const char *directory)
{
	const struct machine *m = env_machine(&s->env, machine);
	cleanup_text struct text t = { 0 };

	add_word(&t, "version", BOTHY_VERSION);
	add_word(&t, "machine", machine);
	add_word(&t, "uri", getenv("BOTHY_LIBVIRT_URI"));
	add_word(&t, "user", m ? m->ssh_user : NULL);
	text_addf(&t, "port=%u;", m ? m->ssh_port : 0);
	add_file(&t, directory, "id_ed25519");
	add_file(&t, directory, "host_ed25519");
	add_file(&t, directory, "host-key.pin");
	add_file(&t, directory, MACHINE_KNOWN_KEY);
	return text_take(&t);
}

static int attach_alone(struct session *s, const struct reach *t,
			const struct guest_session *session, struct error *err)
{
	cleanup_guest struct guest *g = NULL;

	return reach_connect(t, &g, err) < 0 ? -1 : guest_attach(g, session, &s->exit_status, err);
}

/* The first login into a box with a well-known key is a matter of its own. */
static bool is_settled(const struct reach *t)
{
	return !t->target.known_key || fs_exists(t->pin_path);
}

struct asked {
	struct session *session;
	const char *machine;
};

/* One that was switched off behind our back says nothing at all. */
static bool is_running(void *ctx)
{
	const struct asked *a = ctx;
	const struct observed_machine *have;
	cleanup_error struct error ignored = { 0 };

	session_forget(a->session);
	return reach_machine(a->session, a->machine, &have, &ignored) == 0;
}

static enum share_outcome attach_next(struct session *s, int fd, const struct shared_target *t,
				      const struct guest_session *session, struct error *err)
{
	struct asked asked = { s, t->target.machine };
	const struct share_visit v = { .fd = fd,
				       .machine = t->target.machine,
				       .mark = t->mark,
				       .deadline_ms = clock_ms() + ANSWER_MS,
				       .is_there = is_running,
				       .ctx = &asked };

	return share_attach(&v, session, &s->exit_status, err);
}

/* How it went with a keeper that is there; *out_found tells whether there is one. */
static enum share_outcome attach_shared(struct session *s, const struct shared_target *t,
					const struct guest_session *session, bool *out_found,
					struct error *err)
{
	cleanup_close int fd = shared_connect(t->directory);

	*out_found = fd >= 0;
	return fd >= 0 ? attach_next(s, fd, t, session, err) : SHARE_ELSEWHERE;
}

/* False: somebody else has it, and is making the login. Without locks everybody makes their own. */
static bool lock_login(const struct shared_target *t, int *out_fd)
{
	cleanup_close int fd = open(t->target.key_path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return false;
	*out_fd = take_fd(fd);
	return true;
}

static void unlock_login(void *ctx)
{
	mem_close_fd(ctx);
}

static enum share_outcome attach_first(struct session *s, const struct shared_target *t,
				       const struct guest_session *session, int *lock_fd,
				       struct error *err)
{
	struct share_visit v = { .machine = t->target.machine,
				 .mark = t->mark,
				 .deadline_ms = clock_ms() + LOGIN_MS,
				 .answered = unlock_login,
				 .ctx = lock_fd };
	cleanup_error struct error ignored = { 0 };
	enum share_outcome outcome;

	if (shared_start(t, &v.fd, &ignored) < 0)
		return SHARE_ELSEWHERE;
	outcome = share_attach(&v, session, &s->exit_status, err);
	mem_close_fd(&v.fd);
	return outcome;
}

/* Of several that come at once one logs in, and the others are there as soon. */
static enum share_outcome attach_new(struct session *s, const struct shared_target *t,
				     const struct guest_session *session, struct error *err)
{
	int64_t deadline = clock_ms() + ANSWER_MS;
	cleanup_close int lock_fd = -1;
	enum share_outcome outcome;
	bool has_keeper, locked;

	do {
		locked = lock_login(t, &lock_fd);
		outcome = attach_shared(s, t, session, &has_keeper, err);
		if (has_keeper)
			return outcome;
		if (!locked)
			stop_wait_ms(WAIT_MS);
	} while (!locked && deadline_left_ms(deadline) > 0 && !stop_requested());
	return locked ? attach_first(s, t, session, &lock_fd, err) : SHARE_ELSEWHERE;
}

static int attach(struct session *s, struct shared_target *t, const struct guest_session *session,
		  struct error *err)
{
	bool shares = t->keep_s && may_share(s, t->target.machine), has_keeper = false;
	enum share_outcome outcome = SHARE_ELSEWHERE;
	cleanup_reach struct reach found = { 0 };

	if (shares)
		outcome = attach_shared(s, t, session, &has_keeper, err);
	if (outcome != SHARE_ELSEWHERE)
		return outcome == SHARE_DONE ? 0 : -1;
	if (reach_find(s, t->target.machine, &found, err) < 0)
		return -1;
	t->target = found.target;
	if (shares && !has_keeper && is_settled(&found))
		outcome = attach_new(s, t, session, err);
	if (outcome != SHARE_ELSEWHERE)
		return outcome == SHARE_DONE ? 0 : -1;
	return attach_alone(s, &found, session, err);
}

int shared_attach(struct session *s, const char *machine, const struct guest_session *session,
		  struct error *err)
{
	/* The name may be of what was observed, and that may be looked at anew. */
	cleanup_free char *name = xstrdup(machine);
	cleanup_free char *directory = session_machine_path(s, name, NULL);
	cleanup_free char *mark = make_mark(s, name, directory);
	struct shared_target t = { .target.machine = name, .mark = mark, .directory = directory };

	return keep_seconds(&t.keep_s, err) < 0 ? -1 : attach(s, &t, session, err);
}

static void tell(const struct session *s, const char *machine, enum share_word word, int also_busy)
{
	cleanup_free char *directory = session_machine_path(s, machine, NULL);

	shared_tell(directory, &(struct share_packet){ .word = word, .first = also_busy }, END_MS);
}

void shared_retire(const struct session *s, const char *machine)
{
	tell(s, machine, SHARE_RETIRE, 0);
}

void shared_leave(const struct session *s, const char *machine)
{
	tell(s, machine, SHARE_LEAVE, 0);
}

void shared_renew(const struct session *s, const char *machine)
{
	tell(s, machine, SHARE_RETIRE, 1);
}
