/* SPDX-License-Identifier: Apache-2.0 */
/* How two locks differ, for people. */
#include "boxes/lockfile.h"

#include <inttypes.h>
#include <string.h>

#include "boxes/member.h"
#include "core/text.h"

struct comparison {
	struct problems *out;
	struct text line; /* being written */
	size_t differences;
};

static void begin_box(struct comparison *c, const struct lock_box *b)
{
	text_reset(&c->line);
	text_addf(&c->line, "box %s%s%s (%s, %s)", b->name, b->wanted ? " " : "",
		  b->wanted ? b->wanted : "", b->provider, b->architecture);
}

static void begin_file(struct comparison *c, const struct lock_file *f)
{
	text_reset(&c->line);
	text_addf(&c->line, "file %s", f->path);
}

static void end(struct comparison *c)
{
	cleanup_free char *shown = member_shown(text_str(&c->line));

	problems_add(c->out, NULL, 0, "%s", shown);
	c->differences++;
}

static bool same_urls(const struct lock_box *a, const struct lock_box *b)
{
	if (a->url_count != b->url_count)
		return false;
	for (size_t i = 0; i < a->url_count; i++)
		if (strcmp(a->urls[i], b->urls[i]) != 0)
			return false;
	return true;
}

static void compare_boxes(struct comparison *c, const struct lock_box *a, const struct lock_box *b)
{
	const char *gap = ": ";
	size_t start;

	begin_box(c, b);
	start = c->line.len;
	if (!text_equal(a->version, b->version)) {
		text_addf(&c->line, "%sversion %s → %s", gap, a->version ? a->version : "none",
			  b->version ? b->version : "none");
		gap = ", ";
	}
	if (strcmp(a->digest, b->digest) != 0) {
		text_addf(&c->line, "%ssha256 %.12s → %.12s", gap, a->digest, b->digest);
		gap = ", ";
	}
	if (a->size_bytes != b->size_bytes) {
		text_addf(&c->line, "%ssize %" PRIu64 " → %" PRIu64, gap, a->size_bytes,
			  b->size_bytes);
		gap = ", ";
	}
	if (!same_urls(a, b))
		text_addf(&c->line, "%sother URLs", gap);
	if (c->line.len > start)
		end(c);
}

static void find_new(struct comparison *c, const struct lockfile *before,
		     const struct lockfile *after)
{
	for (size_t i = 0; i < after->box_count; i++) {
		const struct lock_box *b = &after->boxes[i];
		const struct lock_box *a = lockfile_box(before, b);

		if (a) {
			compare_boxes(c, a, b);
			continue;
		}
		begin_box(c, b);
		text_add(&c->line, ": not locked yet");
		end(c);
	}
	for (size_t i = 0; i < after->file_count; i++) {
		const struct lock_file *f = &after->files[i], *a = lockfile_file(before, f->path);

		if (a && strcmp(a->digest, f->digest) == 0)
			continue;
		begin_file(c, f);
		text_add(&c->line, a ? ": has changed" : ": not locked yet");
		end(c);
	}
}

static void find_gone(struct comparison *c, const struct lockfile *before,
		      const struct lockfile *after)
{
	for (size_t i = 0; i < before->box_count; i++) {
		const struct lock_box *b = &before->boxes[i];

		if (lockfile_box(after, b))
			continue;
		begin_box(c, b);
		text_add(&c->line, ": no longer used");
		end(c);
	}
	for (size_t i = 0; i < before->file_count; i++) {
		if (lockfile_file(after, before->files[i].path))
			continue;
		begin_file(c, &before->files[i]);
		text_add(&c->line, ": no longer used");
		end(c);
	}
}

size_t lockfile_differences(const struct lockfile *before, const struct lockfile *after,
			    struct problems *out)
{
	struct comparison c = { .out = out };

	find_new(&c, before, after);
	find_gone(&c, before, after);
	text_clear(&c.line);
	return c.differences;
}
