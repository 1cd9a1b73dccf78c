/* SPDX-License-Identifier: Apache-2.0 */
/* The lock: from its file and back, what goes in and out. */
#include "boxes/lockfile.h"

#include <stdlib.h>
#include <string.h>

#include "boxes/lockline.h"
#include "core/mem.h"
#include "core/text.h"

#define LOCK_MAX_BYTES ((size_t)1 << 20)

static void clear_box(struct lock_box *b)
{
	free(b->name);
	free(b->provider);
	free(b->architecture);
	free(b->wanted);
	free(b->version);
	for (size_t i = 0; i < b->url_count; i++)
		free(b->urls[i]);
	free(b->urls);
	*b = (struct lock_box){ 0 };
}

void lockfile_clear(struct lockfile *l)
{
	for (size_t i = 0; i < l->box_count; i++)
		clear_box(&l->boxes[i]);
	for (size_t i = 0; i < l->file_count; i++)
		free(l->files[i].path);
	free(l->boxes);
	free(l->files);
	*l = (struct lockfile){ 0 };
}

bool lock_box_is_kin(const struct lock_box *a, const struct lock_box *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->provider, b->provider) == 0 &&
	       strcmp(a->architecture, b->architecture) == 0;
}

static struct lock_box *find_box(const struct lockfile *l, const struct lock_box *like)
{
	for (size_t i = 0; i < l->box_count; i++) {
		struct lock_box *b = &l->boxes[i];

		if (lock_box_is_kin(b, like) && text_equal(b->wanted, like->wanted))
			return b;
	}
	return NULL;
}

static struct lock_file *find_file(const struct lockfile *l, const char *path)
{
	for (size_t i = 0; i < l->file_count; i++)
		if (strcmp(l->files[i].path, path) == 0)
			return &l->files[i];
	return NULL;
}

const struct lock_file *lockfile_file(const struct lockfile *l, const char *path)
{
	return find_file(l, path);
}

const struct lock_box *lockfile_box(const struct lockfile *l, const struct lock_box *like)
{
	return find_box(l, like);
}

/* Lines of the items, so that a second one can tell where the first is. */
struct places {
	unsigned *boxes, *files;
};

/* Of the item that came last. */
static int check_twice(const struct lockfile *l, const struct places *at, bool is_box,
		       struct error *err)
{
	unsigned line;

	if (is_box) {
		const struct lock_box *last = &l->boxes[l->box_count - 1];
		const struct lock_box *b = find_box(l, last);

		if (b == last)
			return 0;
		line = at->boxes[b - l->boxes];
	} else {
		const struct lock_file *last = &l->files[l->file_count - 1];
		const struct lock_file *f = find_file(l, last->path);

		if (f == last)
			return 0;
		line = at->files[f - l->files];
	}
	error_set(err, ERROR_BOX, "the same %s is in line %u already", is_box ? "box" : "file",
		  line);
	return error_hint(err, "remove one of the two lines, or both and run bothy lock");
}

static bool is_conflict(const char *line, size_t len)
{
	static const char *const marks[] = { "<<<<<<<", "|||||||", "=======", ">>>>>>>" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (len >= strlen(marks[i]) && memcmp(line, marks[i], strlen(marks[i])) == 0)
			return true;
	return false;
}

static int take_line(struct lockfile *l, struct places *at, const char *line, size_t len,
		     unsigned number, struct error *err)
{
	size_t boxes = l->box_count, files = l->file_count;

	if (is_conflict(line, len)) {
		error_set(err, ERROR_BOX, "a conflict of a merge is left here");
		return error_hint(err, "whole lines of both sides may stay, in any order");
	}
	if (lockline_parse(line, len, l, err) < 0)
		return -1;
	if (l->box_count > boxes) {
		at->boxes = xgrow(at->boxes, boxes, sizeof(*at->boxes));
		at->boxes[boxes] = number;
	} else {
		at->files = xgrow(at->files, files, sizeof(*at->files));
		at->files[files] = number;
	}
	return check_twice(l, at, l->box_count > boxes, err);
}

static int take_lines(struct lockfile *l, const char *path, const struct text *content,
		      struct error *err)
{
	const char *line = text_str(content), *end = line + content->len;
	struct places at = { 0 };
	int rc = 0;

	for (unsigned number = 1; rc == 0 && line < end; number++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((newline ? newline : end) - line), all = len;

		while (len && strchr(" \t\r", line[len - 1]) && line[len - 1])
			len--;
		if (len)
			rc = take_line(l, &at, line, len, number, err);
		if (rc < 0)
			error_wrap(err, "%s:%u", path, number);
		line += all + 1;
	}
	free(at.boxes);
	free(at.files);
	return rc;
}

int lockfile_load(const char *path, struct lockfile *out, struct error *err)
{
	cleanup_lockfile struct lockfile l = { 0 };
	cleanup_text struct text content = { 0 };
	cleanup_error struct error cause = { 0 };

	if (fs_read(path, LOCK_MAX_BYTES, &content, &cause) < 0 && cause.kind != ERROR_NOT_FOUND)
		return error_move(err, &cause);
	if (take_lines(&l, path, &content, err) < 0)
		return -1;
	*out = l;
	l = (struct lockfile){ 0 };
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_lines(const struct lockfile *l, struct text *out)
{
	size_t count = l->box_count + l->file_count, at = 0;
	char **lines = xcalloc(count ? count : 1, sizeof(*lines));

	for (size_t i = 0; i < l->box_count; i++)
		lines[at++] = lockline_of_box(&l->boxes[i]);
	for (size_t i = 0; i < l->file_count; i++)
		lines[at++] = lockline_of_file(&l->files[i]);
	qsort(lines, count, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < count; i++) {
		text_addf(out, "%s\n", lines[i]);
		free(lines[i]);
	}
	free(lines);
}

int lockfile_save(const struct lockfile *l, const char *path, const struct owner *owner,
		  struct error *err)
{
	cleanup_text struct text before = { 0 }, after = { 0 };
	cleanup_error struct error ignored = { 0 };
	bool readable = fs_read(path, LOCK_MAX_BYTES, &before, &ignored) == 0;

	print_lines(l, &after);
	if (after.len > LOCK_MAX_BYTES)
		return error_set(err, ERROR_SYSTEM,
				 "cannot write '%s': it would be larger than 1 MiB", path);
	if ((readable || (ignored.kind == ERROR_NOT_FOUND && !after.len)) &&
	    before.len == after.len && memcmp(text_str(&before), text_str(&after), after.len) == 0)
		return 0;
	return fs_write(path, text_str(&after), after.len, 0644, owner, err);
}

static void add_url(struct lock_box *b, const char *url)
{
	for (size_t i = 0; i < b->url_count; i++)
		if (strcmp(b->urls[i], url) == 0)
			return;
	b->urls = xgrow(b->urls, b->url_count, sizeof(*b->urls));
	b->urls[b->url_count++] = xstrdup(url);
}

static void keep_mirrors(const struct lockfile *l, struct lock_box *box)
{
	for (size_t i = 0; i < l->box_count; i++) {
		const struct lock_box *kin = &l->boxes[i];

		if (!lock_box_is_kin(kin, box) || strcmp(kin->digest, box->digest) != 0)
			continue;
		for (size_t k = 0; k < kin->url_count; k++)
			add_url(box, kin->urls[k]);
	}
}

void lockfile_put_box(struct lockfile *l, const struct lock_box *box)
{
	struct lock_box *old = find_box(l, box);
	struct lock_box copy = { .name = xstrdup(box->name),
				 .provider = xstrdup(box->provider),
				 .architecture = xstrdup(box->architecture),
				 .wanted = box->wanted ? xstrdup(box->wanted) : NULL,
				 .version = box->version ? xstrdup(box->version) : NULL,
				 .size_bytes = box->size_bytes };

	memcpy(copy.digest, box->digest, DIGEST_HEX_BYTES);
	for (size_t i = 0; i < box->url_count; i++)
		add_url(&copy, box->urls[i]);
	keep_mirrors(l, &copy);
	if (old) {
		clear_box(old);
	} else {
		l->boxes = xgrow(l->boxes, l->box_count, sizeof(*l->boxes));
		old = &l->boxes[l->box_count++];
	}
	*old = copy;
}

void lockfile_put_file(struct lockfile *l, const char *path, const char *digest)
{
	struct lock_file *f = find_file(l, path);

	if (!f) {
		l->files = xgrow(l->files, l->file_count, sizeof(*l->files));
		f = &l->files[l->file_count++];
		*f = (struct lock_file){ .path = xstrdup(path) };
	}
	memmove(f->digest, digest, DIGEST_HEX_BYTES);
}

void lockfile_drop_box(struct lockfile *l, size_t index)
{
	clear_box(&l->boxes[index]);
	l->box_count--;
	memmove(&l->boxes[index], &l->boxes[index + 1], (l->box_count - index) * sizeof(*l->boxes));
}

void lockfile_drop_file(struct lockfile *l, const char *path)
{
	struct lock_file *f = find_file(l, path);

	if (!f)
		return;
	free(f->path);
	*f = l->files[--l->file_count];
}
