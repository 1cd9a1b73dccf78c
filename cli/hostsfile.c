/* SPDX-License-Identifier: Apache-2.0 */
/* A block of ours in a file of others. */
#include "cli/hostsfile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/stop.h"

#define FILE_LIMIT ((size_t)16 << 20)
#define LOCK_WAIT_MS 5000
#define TRIES 5

struct block { /* offsets into the file */
	size_t begin, inside, end_line,
		end; /* of its first line, after that, of its last line, after that */
};

struct edit {
	const char *project_id, *directory, *machine;
	const char *line; /* NULL: the machine's goes */
};

const char *hostsfile_path(void)
{
	const char *given = getenv("BOTHY_HOSTS_FILE");

	return given && *given ? given : "/etc/hosts";
}

char *hostsfile_line(const struct hostsfile_entry *entry)
{
	struct text t = { 0 };

	text_add(&t, entry->address);
	for (size_t i = 0; i < entry->names.count; i++)
		text_addf(&t, "%c%s", i ? ' ' : '\t', entry->names.at[i]);
	return text_take(&t);
}

static size_t line_end(const struct text *t, size_t at)
{
	const char *newline = memchr(t->ptr + at, '\n', t->len - at);

	return newline ? (size_t)(newline - t->ptr) + 1 : t->len;
}

static bool is_mark(const struct text *t, size_t at, size_t end, const char *project_id,
		    const char *word)
{
	cleanup_free char *line = xstrndup(t->ptr + at, end - at);
	cleanup_free char *prefix = xasprintf("# bothy %s ", project_id);
	cleanup_free char *suffix = xasprintf(" %s\n", word);

	return text_has_prefix(line, prefix) && text_has_suffix(line, suffix);
}

/* 1 if there is one, 0 if not, -1 if its end is missing. */
static int find_block(const struct text *t, const char *project_id, struct block *out)
{
	bool open = false;

	for (size_t at = 0, end; at < t->len; at = end) {
		end = line_end(t, at);
		if (!open && is_mark(t, at, end, project_id, "begin")) {
			open = true;
			out->begin = at;
			out->inside = end;
		} else if (open && is_mark(t, at, end, project_id, "end")) {
			out->end_line = at;
			out->end = end;
			return 1;
		}
	}
	return open ? -1 : 0;
}

/* Whether the line from there on is the one of that machine: its name is the first after the address. */
static bool is_of(const struct text *t, size_t at, size_t end, const char *machine)
{
	size_t len = strlen(machine);

	while (at < end && !isspace((unsigned char)t->ptr[at]))
		at++;
	while (at < end && (t->ptr[at] == ' ' || t->ptr[at] == '\t'))
		at++;
	return end - at > len && strncmp(t->ptr + at, machine, len) == 0 &&
	       isspace((unsigned char)t->ptr[at + len]);
}

static void add_mark(struct text *t, const struct edit *e, const char *word)
{
	text_addf(t, "# bothy %s ", e->project_id);
	/* A name of a directory may have anything in it, a line must not end in its middle. */
	for (const char *c = e->directory; *c; c++)
		text_addf(t, "%c", iscntrl((unsigned char)*c) ? '?' : *c);
	text_addf(t, " %s\n", word);
}

/* The lines of the block with the edit done; in the same place, so that two runs change nothing. */
static void edit_lines(const struct text *from, const struct block *b, const struct edit *e,
		       struct text *out)
{
	bool done = !e->line;

	for (size_t at = b->inside, end; at < b->end_line; at = end) {
		end = line_end(from, at);
		if (!is_of(from, at, end, e->machine)) {
			text_addn(out, from->ptr + at, end - at);
		} else if (!done) {
			text_addf(out, "%s\n", e->line);
			done = true;
		}
	}
	if (!done)
		text_addf(out, "%s\n", e->line);
}

/* Behind the last whole line: one that nobody ended stays the last. */
static size_t place_for_block(const struct text *t)
{
	size_t at = t->len;

	while (at > 0 && t->ptr[at - 1] != '\n')
		at--;
	return at;
}

static int edit_text(const struct text *from, const struct edit *e, const char *path,
		     struct text *out, struct error *err)
{
	cleanup_text struct text lines = { 0 };
	struct block b = { 0 };
	int found = find_block(from, e->project_id, &b);

	if (found < 0)
		return error_set(err, ERROR_SYSTEM,
				 "cannot change '%s': '# bothy %s … begin' has no end there", path,
				 e->project_id);
	if (!found)
		b.begin = b.inside = b.end_line = b.end = place_for_block(from);
	edit_lines(from, &b, e, &lines);
	text_addn(out, from->ptr, found && lines.len ? b.inside : b.begin);
	if (!found && lines.len)
		add_mark(out, e, "begin");
	text_addn(out, text_str(&lines), lines.len);
	if (!found && lines.len)
		add_mark(out, e, "end");
	if (found && lines.len)
		b.end = b.end_line;
	text_addn(out, from->ptr + b.end, from->len - b.end);
	return 0;
}

/* A file that is mounted in its place, as containers have it, cannot be replaced, only written. */
static int write_in_place(const char *path, const struct text *t, struct error *err)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fs_write_all(fd, text_str(t), t->len) < 0 ||
	    ftruncate(fd, (off_t)t->len) < 0 || fsync(fd) < 0)
		return error_errno(err, errno, "cannot write '%s'", path);
	return 0;
}

static bool is_unchanged(const char *path, const char *target, const struct stat *before)
{
	cleanup_free char *now = realpath(path, NULL);
	struct stat st;

	return text_equal(now, target) && lstat(target, &st) == 0 && st.st_dev == before->st_dev &&
	       st.st_ino == before->st_ino && st.st_size == before->st_size &&
	       st.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	       st.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

/* Somebody else's editor knows no lock of ours. Returns 1 if the file changed meanwhile. */
static int try_change(const char *path, const char *target, const struct edit *e, struct error *err)
{
	cleanup_text struct text from = { 0 }, to = { 0 };
	struct owner owner;
	struct stat st;

	if (lstat(target, &st) < 0)
		return error_errno(err, errno, "cannot find '%s'", target);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_SYSTEM, "'%s' is no ordinary file", target);
	text_add(&from, "");
	if (fs_read(target, FILE_LIMIT, &from, err) < 0 ||
	    edit_text(&from, e, target, &to, err) < 0)
		return -1;
	if (to.len == from.len && memcmp(text_str(&to), text_str(&from), to.len) == 0)
		return 0;
	if (access(target, W_OK) < 0)
		return error_errno(err, errno, "cannot write '%s'", target);
	if (!is_unchanged(path, target, &st))
		return 1;
	owner = (struct owner){ .set = geteuid() == 0, .uid = st.st_uid, .gid = st.st_gid };
	if (st.st_nlink == 1 &&
	    fs_write(target, text_str(&to), to.len, st.st_mode & 07777, &owner, err) == 0)
		return 0;
	if (st.st_nlink == 1 && err->code != EBUSY)
		return -1;
	error_clear(err);
	return write_in_place(target, &to, err);
}

/* On its directory, since the file itself is replaced. */
static int lock_directory(const char *target, int *out_fd, struct error *err)
{
	cleanup_free char *directory =
		xstrndup(target, (size_t)(strrchr(target, '/') - target) + 1);
	cleanup_close int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t deadline = clock_ms() + LOCK_WAIT_MS;

	if (fd < 0)
		return error_errno(err, errno, "cannot open '%s'", directory);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(err, errno, "cannot lock '%s'", directory);
		if (stop_check(deadline, "waiting for another change of it", err) < 0)
			return -1;
		stop_wait_ms(10);
	}
	*out_fd = take_fd(fd);
	return 0;
}

static int change(const char *path, const struct edit *e, struct error *err)
{
	for (int i = 0; i < TRIES; i++) {
		cleanup_free char *target = NULL;
		cleanup_close int lock = -1;
		int rc;

		if (fs_real_path(path, &target, err) < 0 || lock_directory(target, &lock, err) < 0)
			return -1;
		rc = try_change(path, target, e, err);
		if (rc <= 0)
			return rc;
	}
	return error_set(err, ERROR_BUSY, "cannot write '%s': somebody else changes it", path);
}

static bool is_name(const char *s)
{
	return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789.-_:")] == '\0';
}

int hostsfile_set(const char *path, const struct project *project,
		  const struct hostsfile_entry *entry, struct error *err)
{
	cleanup_free char *line = hostsfile_line(entry);
	struct edit e = { project->id, project->directory, entry->names.at[0], line };

	for (size_t i = 0; i < entry->names.count; i++) {
		if (!is_name(entry->names.at[i]) || !is_name(entry->address))
			return error_set(err, ERROR_USAGE, "'%s' is no name for '%s'",
					 entry->names.at[i], path);
	}
	return change(path, &e, err);
}

int hostsfile_remove(const char *path, const char *project_id, const char *machine,
		     struct error *err)
{
	struct edit e = { project_id, "", machine, NULL };

	return fs_exists(path) ? change(path, &e, err) : 0;
}

char *hostsfile_find(const char *path, const char *project_id, const char *machine)
{
	cleanup_error struct error ignored = { 0 };
	cleanup_text struct text t = { 0 };
	struct block b;

	text_add(&t, "");
	if (fs_read(path, FILE_LIMIT, &t, &ignored) < 0 || find_block(&t, project_id, &b) <= 0)
		return NULL;
	for (size_t at = b.inside, end; at < b.end_line; at = end) {
		end = line_end(&t, at);
		if (is_of(&t, at, end, machine))
			return xstrndup(t.ptr + at, end - at - 1);
	}
	return NULL;
}
