/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing folders into machines. */
#include "cli/sync.h"

#include <stdlib.h>
#include <string.h>

#include "cli/reach.h"
#include "cli/rsyncshell.h"
#include "core/stop.h"

#define LOCK_WAIT_MS 60000

bool sync_is_for(const struct folder *f)
{
	return !folder_is_shared(f->kind);
}

static char *kept_directory(const struct syncing *s)
{
	return session_machine_path(s->session, s->have->name, SYNC_FOLDERS);
}

static int connect_guest(struct syncing *s, struct error *err)
{
	cleanup_reach struct reach t = { 0 };

	if (*s->guest)
		return 0;
	if (reach_init(s->session, s->have, s->want, &t, err) < 0)
		return -1;
	return guest_connect(&t.target, 0, s->guest, err);
}

static int copy(struct syncing *s, size_t index, unsigned how, struct sync_result *sum,
		struct error *err)
{
	cleanup_free char *directory = kept_directory(s);
	cleanup_copier_result struct copier_result r = { 0 };
	cleanup_sync_result struct sync_result part = { 0 };

	if (!s->copiers)
		s->copiers = xcalloc(s->want->folder_count, sizeof(struct copier *));
	if (!s->copiers[index])
		s->copiers[index] = copier_new(&s->want->folders[index], s->have->id, directory,
					       &s->session->owner);
	if (connect_guest(s, err) < 0)
		return -1;
	if (copier_sync(s->copiers[index], *s->guest, how, &r, err) < 0) {
		/* A fresh one is cheaper than finding out what this one is still good for. */
		guest_close(s->guest);
		return -1;
	}
	part = (struct sync_result){ .files = r.files,
				     .others = r.directories,
				     .bytes = r.bytes,
				     .removed = r.removed,
				     .skipped = r.skipped,
				     .skipped_first = take_ptr(r.skipped_first) };
	sync_result_add(sum, &part);
	return 0;
}

static int rsync(struct syncing *s, size_t index, unsigned how, struct sync_result *sum,
		 struct error *err)
{
	const struct folder *f = &s->want->folders[index];
	cleanup_free char *directory = kept_directory(s);
	cleanup_free char *name = copier_name(f, s->have->id, directory);
	cleanup_free char *lock = xasprintf("%s.lock", name), *sent = xasprintf("%s.sent", name);
	struct rsync what = { .folder = f, .machine = s->have->name, .full = how & COPIER_FULL };
	cleanup_close int fd = -1;
	cleanup_rsync_result struct rsync_result r = { 0 };
	cleanup_sync_result struct sync_result part = { 0 };

	if (fs_make_dirs(directory, 0700, &s->session->owner, err) < 0 ||
	    fs_lock(lock, "sync", LOCK_WAIT_MS, &s->session->owner, &fd, err) < 0 ||
	    connect_guest(s, err) < 0)
		return -1;
	what.user = guest_user(*s->guest);
	if (rsyncshell_run(*s->guest, &what, &r, err) < 0) {
		guest_close(s->guest);
		return -1;
	}
	part = (struct sync_result){ .files = r.files,
				     .others = r.others,
				     .bytes = r.bytes,
				     .removed = r.removed,
				     .skipped = r.skipped,
				     .skipped_first = take_ptr(r.skipped_first) };
	sync_result_add(sum, &part);
	return fs_exists(sent) ? 0 : fs_write(sent, "", 0, 0600, &s->session->owner, err);
}

int sync_make_source(const struct session *s, const struct folder *f, struct error *err)
{
	return f->create ? fs_make_dirs_without_links(f->from, 0755, &s->owner, err) : 0;
}

int sync_folder(struct syncing *s, size_t index, unsigned how, struct sync_result *sum,
		struct error *err)
{
	const struct folder *f = &s->want->folders[index];
	int64_t start_ms = clock_ms();
	int rc;

	if (sync_make_source(s->session, f, err) < 0)
		return -1;
	rc = f->kind == FOLDER_RSYNC ? rsync(s, index, how, sum, err) :
				       copy(s, index, how, sum, err);
	sum->took_ms += clock_ms() - start_ms;
	return rc;
}

int sync_save(struct syncing *s, struct error *err)
{
	for (size_t i = 0; s->copiers && i < s->want->folder_count; i++) {
		if (s->copiers[i] && copier_save(s->copiers[i], err) < 0)
			return -1;
	}
	return 0;
}

char *sync_reason(struct session *s, const struct observed_machine *have, const struct folder *f)
{
	cleanup_free char *directory = session_machine_path(s, have->name, SYNC_FOLDERS);

	if (copier_has_copied(f, have->id, directory))
		return NULL;
	return xasprintf("%s was never brought to %s", f->said, f->to);
}

/* "12 KiB" */
static void add_bytes(struct text *t, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1000 && unit + 1 < ARRAY_SIZE(units)) {
		value /= 1024;
		unit++;
	}
	if (bytes == 1)
		text_add(t, "1 byte");
	else
		text_addf(t, "%.*f %s", unit && value < 10 ? 1 : 0, value, units[unit]);
}

char *sync_describe(const struct sync_result *r)
{
	struct text t = { 0 };

	if (!r->files && !r->others && !r->removed)
		return xstrdup("up to date");
	if (r->files) {
		text_addf(&t, "sent %zu file%s (", r->files, r->files == 1 ? "" : "s");
		add_bytes(&t, r->bytes);
		text_add(&t, ")");
	} else if (r->others) {
		text_addf(&t, "sent %zu director%s", r->others, r->others == 1 ? "y" : "ies");
	}
	if (r->removed)
		text_addf(&t, "%sremoved %zu", t.len ? ", " : "", r->removed);
	text_addf(&t, " in %.1f s", (double)r->took_ms / 1000);
	return text_take(&t);
}

char *sync_describe_skipped(const struct sync_result *r, const struct folder *f)
{
	if (!r->skipped)
		return NULL;
	return xasprintf("%s: left out %zu that %s neither file, directory nor link: '%s'%s",
			 f->said, r->skipped, r->skipped == 1 ? "is" : "are", r->skipped_first,
			 r->skipped == 1 ? "" : ", …");
}

json_t *sync_document(const struct sync_result *r)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "files", (json_int_t)r->files, "directories",
			 (json_int_t)r->others, "bytes", (json_int_t)r->bytes, "removed",
			 (json_int_t)r->removed, "elapsed_ms", (json_int_t)r->took_ms);
}

void sync_result_add(struct sync_result *sum, struct sync_result *part)
{
	sum->files += part->files;
	sum->others += part->others;
	sum->bytes += part->bytes;
	sum->removed += part->removed;
	sum->skipped += part->skipped;
	sum->took_ms += part->took_ms;
	if (!sum->skipped_first)
		sum->skipped_first = take_ptr(part->skipped_first);
}

void sync_result_clear(struct sync_result *r)
{
	free(r->skipped_first);
	*r = (struct sync_result){ 0 };
}

void syncing_clear(struct syncing *s)
{
	for (size_t i = 0; s->copiers && i < s->want->folder_count; i++)
		copier_free(&s->copiers[i]);
	free(s->copiers);
	s->copiers = NULL;
}
