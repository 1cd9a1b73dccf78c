/* SPDX-License-Identifier: Apache-2.0 */
/* The boxes of one run. */
#include "cli/images.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "boxes/box.h"
#include "boxes/import.h"
#include "cli/bring.h"
#include "cli/stock.h"

struct loaded {
	char *key; /* see plan_box_id() */
	struct content content;
	char *rootfs; /* backs image.rootfs */
	struct image image;
};

struct images {
	struct session *session;
	const struct watcher *watch;
	pthread_mutex_t lock; /* guards the list; what is in it does not change any more */
	struct loaded **at;
	size_t count;
};

struct images *images_new(struct session *s, const struct watcher *watch)
{
	struct images *i = xcalloc(1, sizeof(*i));

	i->session = s;
	i->watch = watch;
	pthread_mutex_init(&i->lock, NULL);
	return i;
}

static void free_loaded(struct loaded *l)
{
	content_clear(&l->content);
	free(l->rootfs);
	free(l->key);
	free(l);
}

void images_free(struct images **slot)
{
	struct images *i = *slot;

	if (!i)
		return;
	for (size_t k = 0; k < i->count; k++)
		free_loaded(i->at[k]);
	free(i->at);
	pthread_mutex_destroy(&i->lock);
	free(i);
	*slot = NULL;
}

/* The digest that was seen when the run was planned; the box may be in the store already. */
static const char *planned_digest(const struct session *s, const struct machine *m)
{
	for (size_t i = 0; i < s->view_count; i++) {
		if (&s->env.machines[i] == m)
			return s->views[i].box_digest;
	}
	return NULL;
}

/* What was in the store but is not with this provider: the same file again. */
static int known_source(struct session *s, const struct machine *m, struct entries *all,
			struct lock_box *out, bool *out_known, struct error *err)
{
	const char *digest = planned_digest(s, m);

	*out_known = false;
	if (!digest || entries_load(s->home, all, err) < 0)
		return digest ? -1 : 0;
	for (size_t i = 0; i < all->count && !*out_known; i++) {
		struct entry *e = &all->at[i];

		if (strcmp(e->digest, digest) != 0 || strcmp(e->name, m->box) != 0)
			continue;
		*out = (struct lock_box){ .name = e->name,
					  .provider = e->provider,
					  .architecture = e->architecture,
					  .version = e->version,
					  .size_bytes = e->size_bytes,
					  .urls = &e->url,
					  .url_count = 1 };
		memcpy(out->digest, digest, DIGEST_HEX_BYTES);
		*out_known = true;
	}
	return 0;
}

static int bring_path(struct bring *b, const struct machine *m, struct entry *out,
		      struct error *err)
{
	cleanup_free char *path = NULL;

	if (box_locate(m->box, b->session->project.directory, &path, err) < 0)
		return -1;
	b->name = path;
	return bring_box(b, out, NULL, err);
}

/* Whoever publishes the box may have replaced it; then the hint of the download leads astray. */
static int blame_lock(const struct machine *m, struct error *err)
{
	if (err->kind != ERROR_NOT_FOUND && err->kind != ERROR_BOX)
		return -1;
	error_wrap(err, "cannot get the box that bothy.lock has");
	free(take_ptr(err->hint));
	return error_hint(err,
			  "give it a mirror in \"urls\" of its line, or take what is offered now: "
			  "bothy lock --update '%s'",
			  m->box);
}

static int bring_named(struct bring *b, const struct machine *m, struct entry *out,
		       struct error *err)
{
	cleanup_entries struct entries all = { 0 };
	const struct lock_box *pinned;
	struct lock_box known;
	bool is_known = false;

	b->name = m->box;
	if (stock_locked(b->session, m, &pinned, err) < 0)
		return -1;
	if (!pinned && known_source(b->session, m, &all, &known, &is_known, err) < 0)
		return -1;
	b->locked = is_known ? &known : pinned;
	if (bring_box(b, out, NULL, err) == 0)
		return 0;
	return pinned ? blame_lock(m, err) : -1;
}

static int check_kind(const struct machine *m, const struct content *c, struct error *err)
{
	const char *problem = stock_kind_problem(m->provider, c->kind);

	if (!problem)
		return 0;
	error_set(err, ERROR_BOX, "cannot make machine '%s' by provider '%s' from box '%s': %s",
		  m->name, m->provider, m->box, problem);
	return error_hint(err, "give the machine 'provider = \"%s\"', or another box",
			  stock_kind_provider(c->kind));
}

static int load(struct images *i, const struct machine *m, const char *digest, struct loaded **out,
		struct error *err)
{
	struct loaded *l = xcalloc(1, sizeof(*l));
	const char *home = i->session->home;

	if (content_load(home, digest, &l->content, err) < 0) {
		free(l);
		return -1;
	}
	l->key = plan_box_id(m);
	content_image(&l->content, m->box, &l->image);
	if (l->content.kind == IMAGE_ROOTFS)
		l->image.rootfs = l->rootfs = rootfs_stored(home, digest);
	content_touch(home, digest);
	*out = l;
	return 0;
}

static struct loaded *find(struct images *i, const char *key)
{
	for (size_t k = 0; k < i->count; k++) {
		if (strcmp(i->at[k]->key, key) == 0)
			return i->at[k];
	}
	return NULL;
}

/* The one for that key, which another lane may have put there meanwhile. */
static struct loaded *keep(struct images *i, struct loaded *l)
{
	struct loaded *found;

	pthread_mutex_lock(&i->lock);
	found = find(i, l->key);
	if (found) {
		free_loaded(l);
	} else {
		i->at = xgrow(i->at, i->count, sizeof(struct loaded *));
		i->at[i->count++] = found = l;
	}
	pthread_mutex_unlock(&i->lock);
	return found;
}

int images_bring(struct images *i, const struct step *step, struct error *err)
{
	struct session *s = i->session;
	const struct machine *m = step->want;
	struct box_want want;
	struct bring b = {
		.session = s, .want = &want, .provider = step->provider, .watch = i->watch
	};
	struct loaded *l;
	struct entry e;
	int rc;

	if (stock_want(m, &want, err) < 0)
		return -1;
	if (resolve_kind(s->project.directory, m->box) == RESOLVE_PATH)
		rc = bring_path(&b, m, &e, err);
	else
		rc = bring_named(&b, m, &e, err);
	if (rc < 0)
		return -1;
	rc = load(i, m, e.digest, &l, err);
	entry_clear(&e);
	if (rc == 0)
		keep(i, l);
	return rc;
}

int images_get(struct images *i, const struct machine *m, const struct image **out,
	       struct error *err)
{
	cleanup_free char *key = plan_box_id(m);
	const char *digest = planned_digest(i->session, m);
	struct loaded *l;

	pthread_mutex_lock(&i->lock);
	l = find(i, key);
	pthread_mutex_unlock(&i->lock);
	if (!l) {
		if (!digest || load(i, m, digest, &l, err) < 0)
			return error_set(err, ERROR_BOX, "box '%s' is not in the store any more",
					 m->box);
		l = keep(i, l);
	}
	if (check_kind(m, &l->content, err) < 0)
		return -1;
	if (l->content.kind == IMAGE_ROOTFS && !l->image.rootfs)
		return error_set(err, ERROR_BOX, "box '%s' is not in the store any more", m->box);
	*out = &l->image;
	return 0;
}
