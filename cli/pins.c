/* SPDX-License-Identifier: Apache-2.0 */
/* The project's bothy.lock. */
#include "cli/pins.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "boxes/box.h"
#include "cli/bring.h"
#include "cli/options.h"
#include "cli/plaintext.h"
#include "cli/stock.h"
#include "cli/trust.h"
#include "core/provision_files.h"
#include "core/strings.h"

struct pins {
	char *path;
	struct lockfile lock;
};

/* The project may have come from somebody else: a link leads anywhere, reading a pipe could last for ever. */
static int check_plain(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0 || S_ISREG(st.st_mode))
		return 0;
	return error_set(err, ERROR_DENIED, "'%s' is not a regular file", path);
}

int pins_load(struct session *s, const struct lockfile **out, struct error *err)
{
	static const struct lockfile none;

	if (!s->has_env) {
		*out = &none;
		return 0;
	}
	if (!s->pins) {
		struct pins *pins = xcalloc(1, sizeof(*pins));

		pins->path = fs_join(s->project.directory, LOCKFILE_NAME);
		s->pins = pins;
		if (check_plain(pins->path, err) < 0 ||
		    lockfile_load(pins->path, &pins->lock, err) < 0)
			return -1;
	}
	*out = &s->pins->lock;
	return 0;
}

void pins_free(struct pins **pins)
{
	if (!*pins)
		return;
	lockfile_clear(&(*pins)->lock);
	free((*pins)->path);
	free(*pins);
	*pins = NULL;
}

static bool is_file_of_host(const struct session *s, const struct machine *m)
{
	return resolve_kind(s->project.directory, m->box) == RESOLVE_PATH;
}

/* Whether some machine asks for that line. */
static bool is_asked_for(const struct session *s, const struct lock_box *l)
{
	for (size_t i = 0; i < s->env.machine_count; i++) {
		struct lock_box asks = stock_asks(&s->env.machines[i]);

		if (lock_box_is_kin(&asks, l) && text_equal(asks.wanted, l->wanted))
			return true;
	}
	return false;
}

/*
 * What the machine is to be made of. A line that is new shows that the file was changed, and with it what other
 * lines of that box were for.
 */
static void pin(const struct session *s, const struct machine *m, const struct lock_box *what,
		struct lockfile *lock)
{
	struct lock_box box = stock_asks(m);
	bool is_new = !lockfile_box(lock, &box);

	box.version = what->version;
	box.size_bytes = what->size_bytes;
	box.urls = what->urls;
	box.url_count = what->url_count;
	memcpy(box.digest, what->digest, sizeof(box.digest));
	lockfile_put_box(lock, &box);
	for (size_t i = lock->box_count; is_new && i > 0; i--) {
		if (lock_box_is_kin(&lock->boxes[i - 1], &box) &&
		    !is_asked_for(s, &lock->boxes[i - 1]))
			lockfile_drop_box(lock, i - 1);
	}
}

/* Where a box is a file of this host, the file says all there is to know. */
static int pin_path(struct session *s, const struct machine *m, struct lockfile *lock,
		    struct error *err)
{
	cleanup_free char *path = NULL;
	cleanup_error struct error missing = { 0 };
	char *urls[] = { (char *)(uintptr_t)m->box };
	struct lock_box box = { .urls = urls, .url_count = 1 };
	struct stat st;

	if (box_locate(m->box, s->project.directory, &path, &missing) < 0 || stat(path, &st) < 0)
		return 0;
	if (stock_digest(s, m, NULL, box.digest, NULL, err) < 0)
		return -1;
	box.size_bytes = (uint64_t)st.st_size;
	pin(s, m, &box, lock);
	return 0;
}

static void pin_entry(const struct session *s, const struct machine *m, const struct entry *e,
		      struct lockfile *lock)
{
	struct lock_box box = { .version = e->version,
				.size_bytes = e->size_bytes,
				.urls = (char **)(uintptr_t)&e->url,
				.url_count = 1 };

	memcpy(box.digest, e->digest, sizeof(box.digest));
	pin(s, m, &box, lock);
}

/* The lock's own line for what the machine asks for, written as that machine's; *out is false if it has none. */
static int pin_again(struct session *s, const struct machine *m, struct lockfile *lock, bool *out,
		     struct error *err)
{
	const struct lock_box *locked;

	if (stock_locked(s, m, &locked, err) < 0)
		return -1;
	if (locked)
		pin(s, m, locked, lock);
	*out = locked != NULL;
	return 0;
}

static const struct entry *entry_of(const struct entries *all, const struct machine *m,
				    const char *digest)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct entry *e = &all->at[i];

		if (strcmp(e->digest, digest) == 0 && strcmp(e->name, m->box) == 0 &&
		    strcmp(e->provider, stock_provider(m)) == 0)
			return e;
	}
	return NULL;
}

static int pin_known(struct session *s, const struct machine *m, const struct entries *all,
		     struct lockfile *lock, struct error *err)
{
	const struct observed_machine *have =
		s->has_observed ? observed_machine(&s->observed, s->project.id, m->name) : NULL;
	char digest[DIGEST_HEX_BYTES];
	const struct entry *e;
	bool locked;

	if (is_file_of_host(s, m))
		return pin_path(s, m, lock, err);
	if (pin_again(s, m, lock, &locked, err) < 0)
		return -1;
	if (locked)
		return 0;
	if (stock_digest(s, m, have, digest, NULL, err) < 0)
		return -1;
	e = entry_of(all, m, digest);
	if (e)
		pin_entry(s, m, e, lock);
	return 0;
}

static int pin_files(struct session *s, struct lockfile *lock, struct error *err)
{
	struct arena arena = { 0 };
	struct provision_file *files;
	size_t count;
	int rc = provisioners_files(&s->env, trust_given(s), &arena, &files, &count, err);

	for (size_t i = 0; rc == 0 && i < count; i++)
		lockfile_put_file(lock, files[i].path, files[i].digest);
	arena_clear(&arena);
	return rc;
}

/* A copy of the lock to change: as it is on the disk now. */
static int begin(struct session *s, struct lockfile *out, struct error *err)
{
	const struct lockfile *before;

	return pins_load(s, &before, err) < 0 ? -1 : lockfile_load(s->pins->path, out, err);
}

int pins_write(struct session *s, struct error *err)
{
	cleanup_lockfile struct lockfile after = { 0 };
	cleanup_entries struct entries all = { 0 };

	if (begin(s, &after, err) < 0 || entries_load(s->home, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < s->env.machine_count; i++) {
		if (pin_known(s, &s->env.machines[i], &all, &after, err) < 0)
			return -1;
	}
	if (pin_files(s, &after, err) < 0)
		return -1;
	return lockfile_save(&after, s->pins->path, &s->owner, err);
}

/* Nothing but the lock may say which box it is. */
static int check_machine(struct session *s, const struct machine *m, struct lockfile *after,
			 struct error *err)
{
	bool locked;

	if (is_file_of_host(s, m))
		return pin_path(s, m, after, err);
	if (pin_again(s, m, after, &locked, err) < 0)
		return -1;
	if (!locked)
		problems_add(&s->problems, s->env.file, m->line,
			     "box '%s' (%s, %s) of machine '%s' is not in bothy.lock", m->box,
			     stock_provider(m), stock_architecture(m), m->name);
	return 0;
}

int pins_check(struct session *s, struct error *err)
{
	cleanup_lockfile struct lockfile after = { 0 };
	const struct lockfile *before;

	if (pins_load(s, &before, err) < 0 || begin(s, &after, err) < 0)
		return -1;
	for (size_t i = 0; i < s->env.machine_count; i++) {
		if (check_machine(s, &s->env.machines[i], &after, err) < 0)
			return -1;
	}
	if (pin_files(s, &after, err) < 0)
		return -1;
	lockfile_differences(before, &after, &s->problems);
	if (s->problems.count == 0)
		return 0;
	problems_sort(&s->problems);
	error_set(err, ERROR_BOX, "'%s' would change", s->pins->path);
	return error_hint(err, "run 'bothy lock' and keep the new file in version control");
}

static int renew_machine(struct session *s, const struct machine *m, const struct pins_update *what,
			 struct lockfile *after, struct error *err)
{
	struct watcher watch = out_watcher(s->out);
	bool locked = false;
	struct box_want want;
	struct bring b = { .session = s,
			   .want = &want,
			   .provider = m->provider,
			   .name = m->box,
			   .watch = &watch };
	struct entry e;

	if (is_file_of_host(s, m))
		return pin_path(s, m, after, err);
	if (!what->all && !strings_have(&what->names, m->box) &&
	    pin_again(s, m, after, &locked, err) < 0)
		return -1;
	if (locked)
		return 0;
	if (stock_want(m, &want, err) < 0 || bring_box(&b, &e, NULL, err) < 0)
		return -1;
	pin_entry(s, m, &e, after);
	entry_clear(&e);
	return 0;
}

static bool has_box(const struct session *s, const char *name)
{
	for (size_t i = 0; i < s->env.machine_count; i++) {
		if (strcmp(s->env.machines[i].box, name) == 0)
			return true;
	}
	return false;
}

/* On this host or on another one. */
static bool is_used(const struct session *s, const struct lock_box *l)
{
	for (size_t i = 0; i < s->env.machine_count; i++) {
		struct lock_box asks = stock_asks(&s->env.machines[i]);

		if (strcmp(asks.name, l->name) == 0 && text_equal(asks.wanted, l->wanted))
			return true;
	}
	return false;
}

static void drop_unused(const struct session *s, struct lockfile *lock)
{
	for (size_t i = lock->box_count; i > 0; i--) {
		if (!is_used(s, &lock->boxes[i - 1]))
			lockfile_drop_box(lock, i - 1);
	}
	while (lock->file_count)
		lockfile_drop_file(lock, lock->files[0].path);
}

static void show(struct session *s, const struct problems *changes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < changes->count; i++) {
		out_line(s->out, "%s", changes->at[i].text);
		json_array_append_new(list, json_string(changes->at[i].text));
	}
	if (changes->count == 0)
		out_info(s->out, "'%s' is as it should be", LOCKFILE_NAME);
	out_document(s->out, json_pack("{s:o, s:o}", "file", plaintext_json_text(s->pins->path),
				       "changes", list));
}

static int check_names(const struct session *s, const struct pins_update *what, struct error *err)
{
	for (size_t i = 0; i < what->names.count; i++) {
		const char *name = what->names.at[i], *near;
		const char **boxes;

		if (has_box(s, name))
			continue;
		boxes = xcalloc(s->env.machine_count + 1, sizeof(*boxes));
		for (size_t k = 0; k < s->env.machine_count; k++)
			boxes[k] = s->env.machines[k].box;
		near = text_nearest(name, boxes, s->env.machine_count);
		free(boxes);
		error_set(err, ERROR_USAGE, "no machine of '%s' has a box '%s'", s->env.file, name);
		return near ? error_hint(err, "did you mean '%s'?", near) : -1;
	}
	return 0;
}

int pins_renew(struct session *s, const struct pins_update *what, struct error *err)
{
	cleanup_lockfile struct lockfile after = { 0 };
	const struct lockfile *before;
	struct problems changes = { 0 };
	int rc;

	if (check_names(s, what, err) < 0 || pins_load(s, &before, err) < 0 ||
	    begin(s, &after, err) < 0)
		return -1;
	for (size_t i = 0; i < s->env.machine_count; i++) {
		if (renew_machine(s, &s->env.machines[i], what, &after, err) < 0)
			return -1;
	}
	/* Only now, since what goes may have had mirrors of what stays. */
	drop_unused(s, &after);
	if (pin_files(s, &after, err) < 0)
		return -1;
	rc = lockfile_save(&after, s->pins->path, &s->owner, err);
	if (rc == 0) {
		lockfile_differences(before, &after, &changes);
		show(s, &changes);
	}
	problems_clear(&changes);
	return rc;
}
