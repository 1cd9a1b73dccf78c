/* SPDX-License-Identifier: Apache-2.0 */
/* What was copied into a machine. */
#include "guest/sent.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define FIRST_LINE "bothy sent 1\n"
#define SIZE_MOST ((size_t)1 << 30)

static char *file_name(const char *name, const char *suffix)
{
	return xasprintf("%s.%s", name, suffix);
}

/* Steps over `text` if it stands at *at; what is read ends with a NUL, so nothing is read behind it. */
static bool take(const char **at, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*at, text, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool take_hex(const char **at, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(*at, &end, 16);
	if (end == *at || *end != ' ' || errno)
		return false;
	*at = end + 1;
	return true;
}

static bool take_string(const char **at, const char *end, const char **out)
{
	const char *nul = *at < end ? memchr(*at, '\0', (size_t)(end - *at)) : NULL;

	if (!nul)
		return false;
	*out = *at;
	*at = nul + 1;
	return true;
}

static bool take_entry(const char **at, const char *end, struct listed *out)
{
	struct listed e = { .type = **at };
	uint64_t mode, mtime, ctime;

	if (!strchr("fdl", e.type) || !e.type)
		return false;
	++*at;
	if (!take_hex(at, &mode) || !take_hex(at, &e.size_bytes) || !take_hex(at, &mtime) ||
	    !take_hex(at, &ctime) || !take_string(at, end, &e.path) || !*e.path ||
	    (e.type == 'l' && !take_string(at, end, &e.target)))
		return false;
	e.mode = (unsigned)mode;
	e.mtime_ns = (int64_t)mtime;
	e.ctime_ns = (int64_t)ctime;
	/* Sent while it changed: no time is kept of it. */
	e.stale = !e.ctime_ns;
	*out = e;
	return true;
}

static bool parse(const struct text *file, const char *key, struct sent *out)
{
	const char *at = text_str(file), *end = at + file->len;
	struct listed entry;
	int n = 0;

	if (!take(&at, FIRST_LINE) || !take(&at, key) || !take(&at, "\n") ||
	    sscanf(at, "%16[0-9a-f] %lu%n", out->epoch, &out->count, &n) != 2 || at[n] != '\n')
		return false;
	at += n + 1;
	while (at < end) {
		if (!take_entry(&at, end, &entry))
			return false;
		listing_add(&out->entries, &entry);
	}
	out->known = true;
	return true;
}

/* Appends the file; none is as good as an empty one. */
static int read_file(const char *name, const char *suffix, struct text *out, struct error *err)
{
	cleanup_free char *path = file_name(name, suffix);

	if (fs_read(path, SIZE_MOST, out, err) == 0)
		return 0;
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	error_clear(err);
	return 0;
}

static void add_pending(const struct text *file, const char *key, struct sent *s)
{
	const char *at = text_str(file), *end = at + file->len, *line;
	size_t sorted = s->entries.count;

	if (!take(&at, key) || !take(&at, "\n"))
		return;
	while (take_string(&at, end, &line)) {
		struct listing before = s->entries;
		struct listed *known;

		if (!*line || !line[1] || !strchr("fdl", *line))
			continue;
		before.count = sorted;
		known = listing_find(&before, line + 1);
		if (known)
			known->stale = true;
		else
			listing_add(&s->entries, &(struct listed){ .path = line + 1,
								   .type = *line,
								   .stale = true });
	}
	listing_sort(&s->entries);
}

int sent_load(const char *name, const char *key, struct sent *out, struct error *err)
{
	cleanup_text struct text file = { 0 }, pending = { 0 };
	struct sent s = { 0 };

	if (read_file(name, "sent", &file, err) < 0 ||
	    read_file(name, "pending", &pending, err) < 0)
		return -1;
	if (!parse(&file, key, &s))
		sent_clear(&s);
	listing_sort(&s.entries);
	add_pending(&pending, key, &s);
	*out = s;
	return 0;
}

static void add_entry(struct text *out, const struct listed *e)
{
	text_addf(out, "%c%x %" PRIx64 " %" PRIx64 " %" PRIx64 " ", e->type, e->mode, e->size_bytes,
		  e->stale ? 0 : (uint64_t)e->mtime_ns, e->stale ? 0 : (uint64_t)e->ctime_ns);
	text_addn(out, e->path, strlen(e->path) + 1);
	if (e->type == 'l')
		text_addn(out, e->target, strlen(e->target) + 1);
}

int sent_save(const char *name, const char *key, const struct sent *s, const struct owner *owner,
	      struct error *err)
{
	cleanup_free char *path = file_name(name, "sent"), *pending = file_name(name, "pending");
	cleanup_text struct text file = { 0 };

	text_addf(&file, FIRST_LINE "%s\n%s %lu\n", key, s->epoch, s->count);
	for (size_t i = 0; i < s->entries.count; i++)
		add_entry(&file, &s->entries.at[i]);
	if (fs_write(path, file.ptr, file.len, 0600, owner, err) < 0)
		return -1;
	return fs_remove(pending, err);
}

int sent_mark(const char *name, const char *key, struct listed *const *entries, size_t count,
	      const struct owner *owner, struct error *err)
{
	cleanup_free char *path = file_name(name, "pending");
	cleanup_text struct text add = { 0 };
	cleanup_close int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

	if (end < 0)
		return error_errno(err, errno, "cannot write '%s'", path);
	if (end == 0 && owner->set && fchown(fd, owner->uid, owner->gid) < 0)
		return error_errno(err, errno, "cannot write '%s'", path);
	if (end == 0)
		text_addf(&add, "%s\n", key);
	/* Ends whatever a call that was cut off may have left. */
	text_addn(&add, "", 1);
	for (size_t i = 0; i < count; i++) {
		text_addn(&add, &entries[i]->type, 1);
		text_addn(&add, entries[i]->path, strlen(entries[i]->path) + 1);
	}
	if (fs_write_all(fd, text_str(&add), add.len) == 0)
		return 0;
	error_errno(err, errno, "cannot write '%s'", path);
	/* The beginning of a path is another path, and would be removed from the machine. */
	if (ftruncate(fd, end) < 0)
		unlink(path);
	return -1;
}

int sent_new_epoch(struct sent *s, struct error *err)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return error_errno(err, errno, "cannot get random numbers");
	snprintf(s->epoch, sizeof(s->epoch), "%016" PRIx64, random);
	s->count = 0;
	return 0;
}

void sent_clear(struct sent *s)
{
	listing_clear(&s->entries);
	*s = (struct sent){ 0 };
}
