/* SPDX-License-Identifier: Apache-2.0 */
/* The worker: forwards, and obeys who may tell it what. */
#include "cli/forwarder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/forwarder_guard.h"
#include "cli/forwarder_rules.h"
#include "cli/forwarder_wire.h"
#include "cli/peer.h"
#include "core/stop.h"

#define LOCK_WAIT_MS 1500
#define FIRST_ORDER_MS 10000 /* who started it wants something */
#define CLIENT_MS 2000
#define MEND_MS 1000
#define LOOK_MS 2000

struct worker {
	struct forwarder_place place;
	char *directory, *registered;
	struct forwarder_rules rules;
	struct guard guard;
	int lock_fd, listen_fd, watch_fd; /* watch_fd: an epoll of all that is not forwarded */
	int lock_watch_fd; /* tells what becomes of the lock's file; -1: nobody does */
	int client_fd;     /* one at a time: the others wait */
	struct text said;  /* by the client so far */
	int64_t client_ms, first_ms, mend_ms, look_ms;
	bool served;  /* ever */
	bool retired; /* so that another one can go on */
	bool lost;    /* its directory is gone, and maybe a new one in its place */
};

static bool is_still_there(int fd, const char *path)
{
	struct stat open_file, named;

	return fstat(fd, &open_file) == 0 && stat(path, &named) == 0 &&
	       open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

/* Who ends takes the lock's file along: then there is a new one to be made. */
static int lock(struct worker *w, struct error *err)
{
	cleanup_free char *path = fs_join(w->directory, "lock");

	for (;;) {
		if (fs_make_dirs(w->directory, 0700, &w->place.owner, err) < 0)
			return -1;
		if (fs_lock(path, "forwarder", LOCK_WAIT_MS, &w->place.owner, &w->lock_fd, err) ==
		    0) {
			if (is_still_there(w->lock_fd, path))
				return 0;
			mem_close_fd(&w->lock_fd);
		} else if (err->kind != ERROR_NOT_FOUND || fs_exists(w->place.state_dir) == 0) {
			return -1;
		}
		error_clear(err);
	}
}

/* So that other projects can tell whose a port is. They do without if this fails. */
static void enroll(struct worker *w, const char *home)
{
	cleanup_free char *all = fs_join(home, "forward");
	cleanup_error struct error ignored = { 0 };

	if (fs_make_dirs(all, 0755, NULL, &ignored) < 0)
		return;
	w->registered = fs_join(all, w->place.project_id);
	unlink(w->registered);
	if (symlink(w->place.state_dir, w->registered) < 0)
		fprintf(stderr, "cannot register in '%s': %s\n", all, strerror(errno));
}

static int watch(struct worker *w, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };

	return epoll_ctl(w->watch_fd, EPOLL_CTL_ADD, fd, &ev);
}

/* Without it the end of the directory is seen some time later. */
static void watch_lock(struct worker *w)
{
	cleanup_free char *path = fs_join(w->directory, "lock");

	w->lock_watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->lock_watch_fd >= 0 &&
	    (inotify_add_watch(w->lock_watch_fd, path, IN_ATTRIB | IN_MOVE_SELF) < 0 ||
	     watch(w, w->lock_watch_fd) < 0))
		mem_close_fd(&w->lock_watch_fd);
}

static int open_worker(struct worker *w, const char *home, struct error *err)
{
	w->rules.directory = w->directory;
	w->rules.owner = w->place.owner;
	if (lock(w, err) < 0 || rules_open(&w->rules, err) < 0 ||
	    wire_listen(w->directory, &w->place.owner, &w->listen_fd, err) < 0)
		return -1;
	w->watch_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->watch_fd < 0 || watch(w, w->listen_fd) < 0)
		return error_errno(err, errno, "cannot watch for orders");
	watch_lock(w);
	w->first_ms = clock_ms() + FIRST_ORDER_MS;
	w->mend_ms = clock_ms() + MEND_MS;
	w->look_ms = clock_ms() + LOOK_MS;
	w->served = w->rules.machines.count > 0;
	enroll(w, home);
	return 0;
}

static void remove_file(const struct worker *w, const char *name)
{
	cleanup_free char *path = fs_join(w->directory, name);

	unlink(path);
}

/* Nothing stays of a forwarder that has nothing to do, but what it had to say. */
static void tidy_up(struct worker *w)
{
	cleanup_free char *log = fs_join(w->directory, "log");
	struct stat st;

	if (w->registered)
		unlink(w->registered);
	remove_file(w, "socket");
	remove_file(w, "state.json");
	if (stat(log, &st) == 0 && st.st_size == 0)
		unlink(log);
	remove_file(w, "lock");
	rmdir(w->directory);
}

static void close_worker(struct worker *w)
{
	rules_close(&w->rules);
	mem_close_fd(&w->listen_fd);
	mem_close_fd(&w->watch_fd);
	mem_close_fd(&w->lock_watch_fd);
	mem_close_fd(&w->guard.fd);
	mem_close_fd(&w->lock_fd);
	/* The last: who waits for its end knows then that all is gone. */
	mem_close_fd(&w->client_fd);
	text_clear(&w->said);
	free(w->registered);
	free(w->directory);
}

static json_t *serve(struct worker *w, const json_t *order, uid_t peer)
{
	struct rules_order o = { .avoid = json_object_get(order, "avoid"),
				 .unprivileged = geteuid() == 0 && peer != 0 };
	cleanup_served struct served want = { 0 };
	cleanup_free char *machine = NULL;
	cleanup_error struct error err = { 0 };
	json_t *answer;

	if (served_decode(json_object_get(order, "machine"), &want, &err) < 0)
		return wire_refusal(&err);
	want.until_ms += clock_ms();
	machine = xstrdup(want.machine);
	if (rules_serve(&w->rules, &want, &o, &err) < 0) {
		answer = wire_refusal(&err);
		if (o.taken_bind)
			json_object_set_new(answer, "taken",
					    json_pack("[s, s, i]",
						      port_protocol_name(o.taken_protocol),
						      o.taken_bind, (int)o.taken_host));
		free(o.taken_bind);
		return answer;
	}
	w->served = true;
	return json_pack("{s:o}", "machine",
			 served_encode(served_find(&w->rules.machines, machine)));
}

static json_t *obey(struct worker *w, const json_t *order, uid_t peer)
{
	const char *what = json_string_value(json_object_get(order, "do"));
	const char *machine = json_string_value(json_object_get(order, "machine"));
	cleanup_error struct error err = { 0 };

	if (text_equal(what, "serve"))
		return serve(w, order, peer);
	if (text_equal(what, "list"))
		return served_list_encode(&w->rules.machines);
	if (text_equal(what, "retire")) {
		w->retired = true;
		return json_pack("{s:b}", "retired", 1);
	}
	if (text_equal(what, "drop") && machine) {
		rules_drop(&w->rules, machine, 0);
		return json_pack("{s:b}", "last", w->served && w->rules.machines.count == 0);
	}
	error_set(&err, ERROR_USAGE, "the forwarder knows no such order");
	return wire_refusal(&err);
}

static void let_go(struct worker *w)
{
	mem_close_fd(&w->client_fd);
	text_clear(&w->said);
	watch(w, w->listen_fd);
}

static bool may_order(const struct worker *w, uid_t peer)
{
	return peer == 0 || peer == geteuid() || (w->place.owner.set && peer == w->place.owner.uid);
}

static void take_client(struct worker *w)
{
	struct timeval patience = { .tv_usec = 500000 };

	w->client_fd = accept4(w->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (w->client_fd < 0)
		return;
	epoll_ctl(w->watch_fd, EPOLL_CTL_DEL, w->listen_fd, NULL);
	setsockopt(w->client_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	w->client_ms = clock_ms() + CLIENT_MS;
	if (!may_order(w, peer_user(w->client_fd)) || watch(w, w->client_fd) < 0)
		let_go(w);
}

static bool has_work(const struct worker *w)
{
	return !w->retired && !w->lost &&
	       (w->rules.machines.count || (!w->served && clock_ms() < w->first_ms));
}

static void hear_client(struct worker *w)
{
	json_t *order = NULL;
	int rc;

	if (w->client_fd < 0)
		take_client(w);
	if (w->client_fd < 0)
		return;
	rc = wire_take(w->client_fd, &w->said, &order);
	if (rc > 0)
		wire_send(w->client_fd, obey(w, order, peer_user(w->client_fd)));
	json_decref(order);
	/* Who asked for the last thing waits until all is gone. */
	if (has_work(w) && (rc || clock_ms() >= w->client_ms))
		let_go(w);
}

static void hear_guard(struct worker *w)
{
	json_t *word;

	while ((word = guard_hear(&w->guard))) {
		const char *stopped = json_string_value(json_object_get(word, "stopped"));
		const char *running = json_string_value(json_object_get(word, "running"));
		json_int_t serial = json_integer_value(json_object_get(word, "serial"));

		if (stopped && serial > 0)
			rules_drop(&w->rules, stopped, (uint64_t)serial);
		if (running)
			rules_confirm(&w->rules, running, (uint64_t)serial);
		json_decref(word);
	}
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a && (!b || a < b) ? a : b;
}

static int64_t next_ms(const struct worker *w)
{
	int64_t next = earlier(w->served ? 0 : w->first_ms, w->look_ms);

	next = earlier(w->client_fd >= 0 ? w->client_ms : 0, next);
	next = earlier(w->guard.fd < 0 ? w->guard.next_ms : 0, next);
	return earlier(rules_need_mending(&w->rules) ? w->mend_ms : 0, next);
}

static void keep_guard(struct worker *w)
{
	int before = w->guard.fd;

	guard_keep(&w->guard, &w->place);
	if (w->guard.fd >= 0 && before < 0)
		watch(w, w->guard.fd);
}

static bool lock_has_changed(const struct worker *w)
{
	char events[4096];

	return w->lock_watch_fd >= 0 && read(w->lock_watch_fd, events, sizeof(events)) > 0;
}

static void look_around(struct worker *w)
{
	cleanup_free char *path = fs_join(w->directory, "lock");

	if (rules_need_mending(&w->rules) && clock_ms() >= w->mend_ms) {
		rules_mend(&w->rules);
		w->mend_ms = clock_ms() + MEND_MS;
	}
	if (!lock_has_changed(w) && clock_ms() < w->look_ms)
		return;
	w->lost = !is_still_there(w->lock_fd, path);
	w->look_ms = clock_ms() + LOOK_MS;
}

static int work(struct worker *w, struct error *err)
{
	while (has_work(w)) {
		keep_guard(w);
		if (forward_run(w->rules.engine, w->watch_fd, next_ms(w), err) < 0)
			return -1;
		hear_guard(w);
		hear_client(w);
		look_around(w);
	}
	return 0;
}

static int run_worker(const struct forwarder_place *place, const char *home, struct error *err)
{
	struct worker w = { .place = *place,
			    .directory = forwarder_directory(place->state_dir),
			    .guard = { .fd = -1, .short_lives = 0 },
			    .lock_fd = -1,
			    .lock_watch_fd = -1,
			    .listen_fd = -1,
			    .watch_fd = -1,
			    .client_fd = -1 };
	int rc = open_worker(&w, home, err);

	if (rc == 0)
		rc = work(&w, err);
	if (rc == 0)
		guard_dismiss(&w.guard);
	if (rc == 0 && !w.retired && !w.lost)
		tidy_up(&w);
	close_worker(&w);
	/* Another one works already; and who is told to end leaves the work to its guard. */
	if (rc < 0 && (err->kind == ERROR_BUSY || err->kind == ERROR_STOPPED)) {
		error_clear(err);
		return 0;
	}
	return rc;
}

int forwarder_main(struct session *s, int argc, char **argv, struct error *err)
{
	struct forwarder_place place = { 0 };
	cleanup_free char *project = NULL;

	if (argc != 4 || argv[1][0] != '/')
		return error_set(err, ERROR_USAGE, "this command is for bothy itself");
	/* It was started through a link in /proc, and who has a port would be called "exe". */
	prctl(PR_SET_NAME, FORWARDER_COMM);
	place.state_dir = argv[1];
	place.project_id = argv[2];
	place.short_lives = (unsigned)strtoul(argv[3], NULL, 10);
	project = xstrndup(argv[1], (size_t)(strrchr(argv[1], '/') - argv[1]));
	place.owner = fs_owner_of(project);
	return strcmp(argv[0], "guard") == 0 ? guard_run(&place, s->home, err) :
					       run_worker(&place, s->home, err);
}
