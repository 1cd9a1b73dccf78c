/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for changes of trees. */
#include "cli/treewatch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/stop.h"
#include "guest/listing.h"

#define QUIET_MS 60   /* of silence end a batch */
#define BATCH_MS 1000 /* and so does its age */
#define LOOK_MS 1000  /* between two looks at a tree without watches */
#define POLL_MS 100   /* how late a stop may be seen */
#define READS_MOST 64 /* of events in one go */
#define EVENTS                                                                            \
	(IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | \
	 IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF)

/* A directory; its place in the table is the number of its watch. */
struct place {
	char *path;     /* relative to the tree's root, "" the root itself; NULL: no such watch */
	unsigned round; /* of walking through the tree, when it was last seen */
};

/* Each has an instance of its own: one has one watch a directory, and trees may lie within each other. */
struct tree {
	const char *root;
	const struct ignore *ig;
	int fd; /* -1: looked at instead */
	struct place *places;
	size_t place_count;
	unsigned round;
	bool stray;    /* directories were moved: some watches may be of what is no more below it */
	bool lost;     /* its root is not there */
	uint64_t seen; /* a sum over what was there at the last look */
	int64_t look_ms;
};

struct treewatch {
	struct tree *trees;
	size_t count;
	struct pollfd *fds; /* one a tree */
};

struct treewatch *treewatch_new(void)
{
	return xcalloc(1, sizeof(struct treewatch));
}

static void drop_all(struct tree *t)
{
	mem_close_fd(&t->fd);
	for (size_t i = 0; i < t->place_count; i++)
		free(t->places[i].path);
	free(t->places);
	t->places = NULL;
	t->place_count = 0;
}

void treewatch_free(struct treewatch **w)
{
	if (!*w)
		return;
	for (size_t i = 0; i < (*w)->count; i++)
		drop_all(&(*w)->trees[i]);
	free((*w)->trees);
	free((*w)->fds);
	free(*w);
	*w = NULL;
}

/* --- watches --------------------------------------------------------------------------------- */

static void remember(struct tree *t, int number, const char *path)
{
	size_t at = (size_t)number;

	if (at >= t->place_count) {
		size_t room = at + 1 > 2 * t->place_count ? at + 1 : 2 * t->place_count;

		t->places = xrealloc(t->places, room * sizeof(*t->places));
		memset(t->places + t->place_count, 0, (room - t->place_count) * sizeof(*t->places));
		t->place_count = room;
	}
	if (!text_equal(t->places[at].path, path)) {
		free(t->places[at].path);
		t->places[at].path = xstrdup(path);
	}
	t->places[at].round = t->round;
}

static void forget(struct tree *t, size_t number)
{
	free(t->places[number].path);
	t->places[number].path = NULL;
}

/* What comes and goes while it is walked through is no mistake: its parent reports it. */
static bool is_passing(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP || errnum == EACCES;
}

static bool is_left_out(const struct tree *t, const char *path, bool directory)
{
	const char *slash = strrchr(path, '/');

	return text_equal(slash ? slash + 1 : path, ".bothy") ||
	       ignore_matches(t->ig, path, directory);
}

static bool is_directory(int fd, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* -1 with errno. The list of directories still to be watched is kept, so that depth costs no descriptors. */
static int watch_below(struct tree *t, const char *path)
{
	char **pending = xgrow(NULL, 0, sizeof(*pending));
	size_t count = 1;
	int failed = 0;

	pending[0] = xstrdup(path);
	while (count) {
		cleanup_free char *here = pending[--count];
		cleanup_free char *full = *here ? fs_join(t->root, here) : xstrdup(t->root);
		int number = failed ? -1 :
				      inotify_add_watch(t->fd, full,
							EVENTS | IN_ONLYDIR | IN_DONT_FOLLOW |
								IN_EXCL_UNLINK);
		DIR *directory = number < 0 ? NULL : opendir(full);
		struct dirent *entry;

		if (number < 0 && !failed && (!is_passing(errno) || !*here))
			failed = errno;
		/* Whoever looks instead says so. */
		if (!failed && stop_requested())
			failed = EINTR;
		if (number >= 0)
			remember(t, number, here);
		while (directory && (entry = readdir(directory))) {
			cleanup_free char *below = NULL;

			if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, "..") ||
			    !is_directory(dirfd(directory), entry))
				continue;
			below = *here ? fs_join(here, entry->d_name) : xstrdup(entry->d_name);
			if (is_left_out(t, below, true))
				continue;
			pending = xgrow(pending, count, sizeof(*pending));
			pending[count++] = take_ptr(below);
		}
		if (directory)
			closedir(directory);
	}
	free(pending);
	errno = failed;
	return failed ? -1 : 0;
}

/* --- looking --------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t sum, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	/* FNV-1a: nobody gains by a collision here. */
	for (size_t i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3ULL;
	return sum;
}

static int look(struct tree *t, uint64_t *out, struct error *err)
{
	cleanup_listing struct listing l = { 0 };
	cleanup_close int fd = open(t->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t sum = 0xcbf29ce484222325ULL;
	int64_t start_ms = clock_ms();

	if (fd < 0)
		return error_errno(err, errno, "cannot open '%s'", t->root);
	if (listing_scan(fd, t->root, t->ig, &l, err) < 0)
		return -1;
	for (size_t i = 0; i < l.count; i++) {
		const struct listed *e = &l.at[i];

		sum = mix(sum, e->path, strlen(e->path) + 1);
		sum = mix(sum, &e->ctime_ns, sizeof(e->ctime_ns));
		sum = mix(sum, &e->mtime_ns, sizeof(e->mtime_ns));
		sum = mix(sum, &e->size_bytes, sizeof(e->size_bytes));
	}
	/* A huge tree must not keep a processor busy. */
	t->look_ms = clock_ms() + LOOK_MS + 10 * (clock_ms() - start_ms);
	*out = sum;
	return 0;
}

/* Where the kernel has no room, the user can make some. */
static char *why_looked_at(int errnum)
{
	const char *name = errnum == ENOSPC ? "max_user_watches" : "max_user_instances";
	cleanup_free char *path = xasprintf("/proc/sys/fs/inotify/%s", name);
	cleanup_text struct text limit = { 0 };
	cleanup_error struct error none = { 0 };

	if (errnum != ENOSPC && errnum != EMFILE)
		return xasprintf("inotify: %s", strerror(errnum));
	if (fs_read(path, 64, &limit, &none) < 0)
		text_add(&limit, "?");
	return xasprintf("fs.inotify.%s is too small (%.*s): looking for changes once a second "
			 "instead; 'sysctl fs.inotify.%s=524288' raises it",
			 name, (int)strcspn(text_str(&limit), "\n"), text_str(&limit), name);
}

static void drop_watches(struct tree *t)
{
	for (size_t i = 0; i < t->place_count; i++) {
		if (t->places[i].path && t->places[i].round != t->round) {
			inotify_rm_watch(t->fd, (int)i);
			forget(t, i);
		}
	}
}

static int look_from_now(struct tree *t, int errnum, char **out_why, struct error *err)
{
	drop_all(t);
	free(*out_why);
	*out_why = why_looked_at(errnum);
	return look(t, &t->seen, err);
}

int treewatch_add(struct treewatch *w, const char *root, const struct ignore *ig, char **out_why,
		  struct error *err)
{
	struct tree *t;

	w->fds = xgrow(w->fds, w->count, sizeof(*w->fds));
	w->trees = xgrow(w->trees, w->count, sizeof(*w->trees));
	t = &w->trees[w->count++];
	*t = (struct tree){ .root = root, .ig = ig, .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC) };
	*out_why = NULL;
	if (t->fd >= 0 && watch_below(t, "") == 0)
		return 0;
	if (is_passing(errno))
		return error_errno(err, errno, "cannot watch '%s'", root);
	return look_from_now(t, errno, out_why, err);
}

/* --- events ---------------------------------------------------------------------------------- */

struct batch {
	bool *changed;
	char **out_why;
	bool begun;
};

static void change(struct batch *b, size_t tree)
{
	b->changed[tree] = true;
	b->begun = true;
}

static int take_event(struct treewatch *w, size_t tree, const struct inotify_event *ev,
		      struct batch *b, struct error *err)
{
	struct tree *t = &w->trees[tree];
	bool known = ev->wd >= 0 && (size_t)ev->wd < t->place_count && t->places[ev->wd].path;
	bool directory = ev->mask & IN_ISDIR;
	cleanup_free char *path = NULL;

	if (ev->mask & IN_Q_OVERFLOW) {
		t->stray = true;
		change(b, tree);
	}
	if (!known)
		return 0;
	if (ev->len && *ev->name) {
		const char *above = t->places[ev->wd].path;

		path = *above ? fs_join(above, ev->name) : xstrdup(ev->name);
		if (is_left_out(t, path, directory))
			return 0;
	} else if (!*t->places[ev->wd].path &&
		   (ev->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT))) {
		t->stray = t->lost = true;
	}
	if (ev->mask & IN_IGNORED) {
		forget(t, (size_t)ev->wd);
		return 0;
	}
	change(b, tree);
	if (!directory || !path)
		return 0;
	t->stray = t->stray || (ev->mask & IN_MOVED_FROM);
	if ((ev->mask & (IN_CREATE | IN_MOVED_TO)) && watch_below(t, path) < 0)
		return look_from_now(t, errno, b->out_why, err);
	return 0;
}

static int take_events(struct treewatch *w, size_t tree, struct batch *b, struct error *err)
{
	_Alignas(struct inotify_event) char buf[64 * 1024];
	ssize_t n = 1;

	/* Not for ever: what writes without end must be brought at some time as well. */
	for (int i = 0; i < READS_MOST && n > 0; i++) {
		n = w->trees[tree].fd < 0 ? 0 : read(w->trees[tree].fd, buf, sizeof(buf));
		for (const char *at = buf; n > 0 && at < buf + n;) {
			const struct inotify_event *ev = (const void *)at;

			if (take_event(w, tree, ev, b, err) < 0)
				return -1;
			at += sizeof(*ev) + ev->len;
		}
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return error_errno(err, errno, "cannot read what inotify says");
	return 0;
}

/* Goes through trees again that directories were moved in, that events were lost of, or that had vanished. */
static int tidy(struct treewatch *w, struct batch *b, struct error *err)
{
	for (size_t i = 0; i < w->count; i++) {
		struct tree *t = &w->trees[i];

		if (!t->stray || t->fd < 0)
			continue;
		t->round++;
		if (watch_below(t, "") == 0) {
			drop_watches(t);
			if (t->lost)
				change(b, i);
			t->stray = t->lost = false;
		} else if (!is_passing(errno) && look_from_now(t, errno, b->out_why, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* A tree that cannot be read has changed: whoever brings it finds out why. */
static int look_at_some(struct treewatch *w, struct batch *b, struct error *err)
{
	for (size_t i = 0; i < w->count; i++) {
		cleanup_error struct error unread = { 0 };
		struct tree *t = &w->trees[i];
		uint64_t seen = 0;

		if (t->fd >= 0 || clock_ms() < t->look_ms)
			continue;
		if (look(t, &seen, &unread) < 0 && unread.kind == ERROR_STOPPED)
			return error_move(err, &unread);
		if (unread.text)
			t->look_ms = clock_ms() + LOOK_MS;
		if (seen != t->seen)
			change(b, i);
		t->seen = seen;
	}
	return 0;
}

/* How many trees had something to say, or -1 with err. */
static int take_all(struct treewatch *w, struct batch *b, struct error *err)
{
	int ready;

	for (size_t i = 0; i < w->count; i++)
		w->fds[i] = (struct pollfd){ .fd = w->trees[i].fd, .events = POLLIN };
	ready = poll(w->fds, w->count, b->begun ? QUIET_MS : POLL_MS);
	if (stop_check(0, NULL, err) < 0)
		return -1;
	for (size_t i = 0; ready > 0 && i < w->count; i++) {
		if (w->fds[i].revents && take_events(w, i, b, err) < 0)
			return -1;
	}
	return look_at_some(w, b, err) < 0 ? -1 : ready > 0;
}

int treewatch_wait(struct treewatch *w, int64_t deadline_ms, bool *changed, char **out_why,
		   struct error *err)
{
	struct batch b = { .changed = changed, .out_why = out_why };
	int64_t begun_ms = 0;

	*out_why = NULL;
	while (deadline_left_ms(deadline_ms) > 0) {
		int ready = take_all(w, &b, err);

		if (ready < 0)
			return -1;
		if (b.begun && !begun_ms)
			begun_ms = clock_ms();
		else if (b.begun && !ready)
			break;
		if (b.begun && clock_ms() - begun_ms >= BATCH_MS)
			break;
	}
	return tidy(w, &b, err);
}
