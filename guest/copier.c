/* SPDX-License-Identifier: Apache-2.0 */
/* Copying directories by their differences. */
#include "guest/copier.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/stop.h"
#include "guest/become.h"
#include "guest/copy_script.h"
#include "guest/ids.h"
#include "guest/link.h"
#include "guest/run.h"
#include "guest/sent.h"
#include "guest/tarstream.h"

#define LOCK_WAIT_MS 60000

struct copier {
	const struct folder *folder;
	struct owner owner;
	struct ignore ignore;
	char key[DIGEST_HEX_BYTES];
	char *directory; /* of what is kept */
	char *name;      /* there, without suffix */
	struct sent sent;
	bool loaded;
	bool unsaved;        /* only the pending file has it */
	struct stat kept[2]; /* what the files were when we last had to do with them */
};

/* What one sync is about. */
struct job {
	struct copier *c;
	struct guest *g;
	bool full;
	int root_fd;
	struct listing now;
	struct listed **send; /* of now */
	size_t send_count;
	struct listed **gone; /* of c->sent, in its order */
	size_t gone_count;
	struct copier_result result;
};

static void make_key(const struct folder *f, const char *machine_id, char *out)
{
	struct digest *d = digest_new();

	digest_add_field(d, machine_id);
	digest_add_field(d, f->from);
	digest_add_field(d, f->to);
	digest_add_field(d, f->owner);
	digest_add_field(d, f->group);
	digest_finish(d, out);
	digest_free(&d);
}

char *copier_name(const struct folder *folder, const char *machine_id, const char *directory)
{
	char key[DIGEST_HEX_BYTES];

	make_key(folder, machine_id, key);
	return xasprintf("%s/%.16s", directory, key);
}

bool copier_has_copied(const struct folder *folder, const char *machine_id, const char *directory)
{
	cleanup_free char *name = copier_name(folder, machine_id, directory);
	cleanup_free char *sent = xasprintf("%s.sent", name);

	return fs_exists(sent);
}

struct copier *copier_new(const struct folder *folder, const char *machine_id,
			  const char *directory, const struct owner *owner)
{
	struct copier *c = xcalloc(1, sizeof(*c));

	c->folder = folder;
	c->owner = *owner;
	ignore_init(&c->ignore, &folder->exclude);
	ignore_add(&c->ignore, &folder->inner);
	make_key(folder, machine_id, c->key);
	c->directory = xstrdup(directory);
	c->name = copier_name(folder, machine_id, directory);
	return c;
}

void copier_free(struct copier **c)
{
	struct copier *old = *c;

	if (!old)
		return;
	ignore_clear(&old->ignore);
	sent_clear(&old->sent);
	free(old->directory);
	free(old->name);
	free(old);
	*c = NULL;
}

void copier_result_clear(struct copier_result *r)
{
	free(r->skipped_first);
	*r = (struct copier_result){ 0 };
}

/* --- what is kept ---------------------------------------------------------------------------- */

static void look_at_kept(const struct copier *c, struct stat out[2])
{
	cleanup_free char *sent = xasprintf("%s.sent", c->name);
	cleanup_free char *pending = xasprintf("%s.pending", c->name);

	memset(out, 0, 2 * sizeof(*out));
	if (stat(sent, &out[0]) < 0)
		out[0].st_ino = 0;
	if (stat(pending, &out[1]) < 0)
		out[1].st_ino = 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Another process may have synced meanwhile. */
static int load(struct copier *c, struct error *err)
{
	struct stat now[2];

	look_at_kept(c, now);
	if (c->loaded && is_same(&now[0], &c->kept[0]) && is_same(&now[1], &c->kept[1]))
		return 0;
	sent_clear(&c->sent);
	c->loaded = false;
	if (sent_load(c->name, c->key, &c->sent, err) < 0)
		return -1;
	memcpy(c->kept, now, sizeof(now));
	c->loaded = true;
	c->unsaved = false;
	return 0;
}

static int save(struct copier *c, struct error *err)
{
	if (!c->unsaved)
		return 0;
	if (sent_save(c->name, c->key, &c->sent, &c->owner, err) < 0)
		return -1;
	c->unsaved = false;
	look_at_kept(c, c->kept);
	return 0;
}

static int lock(struct copier *c, int *out_fd, struct error *err)
{
	cleanup_free char *path = xasprintf("%s.lock", c->name);

	return fs_lock(path, "sync", LOCK_WAIT_MS, &c->owner, out_fd, err);
}

int copier_save(struct copier *c, struct error *err)
{
	cleanup_close int fd = -1;
	struct stat now[2];

	if (!c->unsaved)
		return 0;
	if (lock(c, &fd, err) < 0)
		return -1;
	look_at_kept(c, now);
	if (is_same(&now[0], &c->kept[0]) && is_same(&now[1], &c->kept[1]))
		return save(c, err);
	/* Another process knows better. */
	c->loaded = c->unsaved = false;
	return 0;
}

/* --- what differs ---------------------------------------------------------------------------- */

static bool is_unchanged(const struct listed *was, const struct listed *is)
{
	if (was->stale || was->type != is->type)
		return false;
	if (is->type == 'l')
		return text_equal(was->target, is->target);
	if (was->mode != is->mode)
		return false;
	return is->type == 'd' || (was->size_bytes == is->size_bytes &&
				   was->mtime_ns == is->mtime_ns && was->ctime_ns == is->ctime_ns);
}

static void add_send(struct job *j, struct listed *entry)
{
	j->send[j->send_count++] = entry;
	if (entry->type == 'd')
		j->result.directories++;
	else
		j->result.files++;
}

static void compare(struct job *j)
{
	struct listing *was = &j->c->sent.entries, *is = &j->now;
	size_t a = 0, b = 0;

	j->send = xcalloc(is->count, sizeof(struct listed *));
	j->gone = xcalloc(was->count, sizeof(struct listed *));
	while (a < was->count || b < is->count) {
		int order = a == was->count ? 1 :
			    b == is->count  ? -1 :
					      strcmp(was->at[a].path, is->at[b].path);

		/* Something else of that name is in the way of the new. */
		if (order < 0 || (order == 0 && was->at[a].type != is->at[b].type))
			j->gone[j->gone_count++] = &was->at[a];
		if (order > 0 ||
		    (order == 0 && (j->full || !is_unchanged(&was->at[a], &is->at[b]))))
			add_send(j, &is->at[b]);
		a += order <= 0;
		b += order >= 0;
	}
	j->result.removed = j->gone_count;
}

static int scan(struct job *j, struct error *err)
{
	const struct folder *f = j->c->folder;

	if (listing_open_root(f->from, &j->root_fd, err) < 0)
		return -1;
	if (listing_scan(j->root_fd, f->from, &j->c->ignore, &j->now, err) < 0)
		return -1;
	if (f->mode)
		listing_find(&j->now, LISTING_ROOT)->mode = f->mode;
	j->result.skipped = j->now.special_count;
	j->result.skipped_first = j->now.special ? xstrdup(j->now.special) : NULL;
	return 0;
}

/* --- towards the guest ----------------------------------------------------------------------- */

/* Runs the command; *out_status is 0 or COPY_SCRIPT_UNKNOWN. */
static int run_script(struct job *j, const char *user, const char *script,
		      const struct run_input *input, int *out_status, struct error *err)
{
	cleanup_free char *command = become_command(j->g, user, script);
	cleanup_text struct text said = { 0 };

	if (run_capture(j->g,
			&(struct run_spec){
				.command = command, .what = "the transfer", .input = input },
			&said, out_status, err) < 0)
		return -1;
	if (*out_status == 0 || *out_status == COPY_SCRIPT_UNKNOWN)
		return 0;
	return copy_script_error(j->g->machine, *out_status, &said, err);
}

static int send_all(struct job *j, const char *user, struct copy_script *script, int *out_status,
		    struct error *err)
{
	struct tarstream stream = { .root_fd = j->root_fd,
				    .name = j->c->folder->from,
				    .entries = j->send,
				    .count = j->send_count };
	const struct run_input input = { .fd = -1, .read = tarstream_read, .ctx = &stream };
	cleanup_free char *text = NULL;
	int rc;

	if (j->send_count && ids_find(j->g, j->c->folder->owner, j->c->folder->group, &stream.uid,
				      &stream.gid, err) < 0)
		return -1;
	/* What does not fit into one command goes before. */
	while ((text = copy_script_removal(script))) {
		if (run_script(j, user, text, NULL, out_status, err) < 0)
			return -1;
		if (*out_status)
			return 0;
		free(take_ptr(text));
	}
	text = copy_script_text(script);
	rc = run_script(j, user, text, j->send_count ? &input : NULL, out_status, err);
	j->result.bytes = stream.sent_bytes;
	tarstream_clear(&stream);
	return rc;
}

/* Whatever happens afterwards, these are not known to be as they were. */
static int mark(struct job *j, struct error *err)
{
	struct copier *c = j->c;

	if (!j->send_count && !j->gone_count)
		return 0;
	if (sent_mark(c->name, c->key, j->send, j->send_count, &c->owner, err) < 0 ||
	    sent_mark(c->name, c->key, j->gone, j->gone_count, &c->owner, err) < 0)
		return -1;
	return 0;
}

/* *out_status is COPY_SCRIPT_UNKNOWN if the guest is not as it was left. */
static int bring(struct job *j, int *out_status, struct error *err)
{
	struct copier *c = j->c;
	struct sent next = { .known = true, .count = c->sent.count + 1 };
	struct copy_script script = { .to = c->folder->to,
				      .key = c->key,
				      .gone = j->gone,
				      .gone_count = j->gone_count,
				      .extract = j->send_count > 0,
				      .whole = j->full };
	bool may_root;

	memcpy(next.epoch, c->sent.epoch, sizeof(next.epoch));
	memcpy(script.epoch, c->sent.epoch, sizeof(script.epoch));
	if ((j->full && sent_new_epoch(&next, err) < 0) || mark(j, err) < 0 ||
	    become_may_root(j->g, 0, &may_root, err) < 0)
		return -1;
	script.count = c->sent.count;
	script.changes = j->send_count || j->gone_count || j->full;
	script.as_root = may_root;
	memcpy(script.next_epoch, next.epoch, sizeof(script.next_epoch));
	script.next_count = next.count;
	if (send_all(j, may_root ? "root" : j->g->user, &script, out_status, err) < 0)
		return -1;
	if (*out_status || !script.changes)
		return 0;
	sent_clear(&c->sent);
	next.entries = j->now;
	j->now = (struct listing){ 0 };
	c->sent = next;
	c->unsaved = true;
	return 0;
}

static void job_clear(struct job *j)
{
	if (j->root_fd >= 0)
		close(j->root_fd);
	listing_clear(&j->now);
	free(j->send);
	free(j->gone);
	copier_result_clear(&j->result);
}

/* One attempt. What failed leaves the pending file, from which the next one learns what to do. */
static int attempt(struct copier *c, struct guest *g, bool full, struct copier_result *out,
		   int *out_status, struct error *err)
{
	struct job j = { .c = c, .g = g, .full = full || !c->sent.known, .root_fd = -1 };
	int rc = scan(&j, err);

	if (rc == 0) {
		compare(&j);
		rc = bring(&j, out_status, err);
	}
	/* What is in the files is right still; what is not saved yet is pending there. */
	if (rc < 0 || *out_status)
		c->loaded = c->unsaved = false;
	if (rc == 0) {
		j.result.whole = j.full;
		*out = j.result;
		j.result.skipped_first = NULL;
	}
	job_clear(&j);
	return rc;
}

static int sync_locked(struct copier *c, struct guest *g, unsigned how, struct copier_result *out,
		       struct error *err)
{
	int status = 0;

	if (load(c, err) < 0 || attempt(c, g, how & COPIER_FULL, out, &status, err) < 0)
		return -1;
	if (status == COPY_SCRIPT_UNKNOWN) {
		copier_result_clear(out);
		if (load(c, err) < 0 || attempt(c, g, true, out, &status, err) < 0)
			return -1;
	}
	if (!(how & COPIER_KEEP) || out->whole)
		return save(c, err);
	look_at_kept(c, c->kept);
	return 0;
}

int copier_sync(struct copier *c, struct guest *g, unsigned how, struct copier_result *out,
		struct error *err)
{
	cleanup_close int fd = -1;

	if (fs_make_dirs(c->directory, 0700, &c->owner, err) < 0 || lock(c, &fd, err) < 0 ||
	    sync_locked(c, g, how, out, err) < 0)
		return error_wrap(err, "cannot copy '%s' into '%s'", c->folder->said, g->machine);
	return 0;
}
