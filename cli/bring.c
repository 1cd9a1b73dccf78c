/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes into the store. */
#include "cli/bring.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "boxes/download.h"
#include "boxes/import.h"
#include "boxes/resolve.h"
#include "cli/discard.h"
#include "cli/stock.h"
#include "cli/take.h"
#include "core/turn.h"

/* A server whose file changes while it is fetched may do so again, but not for ever. */
#define MAX_TRIES 3

static char *word_or_null(const char *word)
{
	return word ? xstrdup(word) : NULL;
}

static const char *architecture_of(const struct bring *b, const struct offer *offer,
				   const struct content *content)
{
	if (offer->architecture && strcmp(offer->architecture, "unknown") != 0)
		return offer->architecture;
	return b->want && b->want->architecture ? offer_architecture(b->want->architecture) :
	       content->architecture            ? content->architecture :
						  offer_host_architecture();
}

/* What is written down, and with bothy.lock published, has no secrets in it. */
static char *without_secrets(const char *place)
{
	return http_is_url(place) ? http_shown(place) : word_or_null(place);
}

/* A file of this host is called by its whole path: what else it may be called depends on where one stands. */
static char *name_of(const struct bring *b, const struct offer *offer)
{
	const char *directory = stock_resolve_conf(b->session)->directory;

	if (b->name)
		return xstrdup(b->name);
	return resolve_kind(directory, offer->name) == RESOLVE_PATH && offer->urls[0][0] == '/' ?
		       xstrdup(offer->urls[0]) :
		       without_secrets(offer->name);
}

/* Content is known by its digest, but people know boxes by name: that must not change under them. */
static int check_others(const struct bring *b, const struct entry *e, struct error *err)
{
	cleanup_entries struct entries all = { 0 };

	if (!b->keeps_others)
		return 0;
	if (entries_load(b->session->home, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.count; i++) {
		const struct entry *other = &all.at[i];

		if (strcmp(other->name, e->name) != 0 || !text_equal(other->version, e->version) ||
		    strcmp(other->provider, e->provider) != 0 ||
		    strcmp(other->architecture, e->architecture) != 0 ||
		    strcmp(other->digest, e->digest) == 0)
			continue;
		error_set(err, ERROR_DECLINED, "there is another box '%s'%s%s already", e->name,
			  e->version ? " " : "", e->version ? e->version : "");
		return error_hint(err, "take its place with --force, or give this one another "
				       "--name or --box-version");
	}
	return 0;
}

/* Whether the digest is in the store and in the hands of a provider that can use it. */
static int is_held(const struct bring *b, const char *digest, const char **out_provider,
		   struct content *content, bool *out, struct error *err)
{
	cleanup_error struct error none = { 0 };

	*out = false;
	if (content_load(b->session->home, digest, content, &none) < 0)
		return 0;
	*out_provider = take_provider(b, content->kind);
	return stock_holds(b->session, *out_provider, content, out, err);
}

/* What is in the store, and how it came there. */
struct held {
	const struct content *content;
	const char *provider, *url;
};

static void fill_entry(const struct bring *b, const struct offer *offer, const struct held *held,
		       struct entry *out)
{
	const struct content *content = held->content;
	const char *version = offer->version ? offer->version : b->version;

	*out = (struct entry){
		.name = name_of(b, offer),
		.version = word_or_null(version),
		.provider = xstrdup(stock_provider_word(held->provider)),
		.architecture = xstrdup(architecture_of(b, offer, content)),
		.url = without_secrets(held->url),
		.catalog_url = offer->catalog_url ? without_secrets(offer->catalog_url) : NULL,
		.size_bytes = content->size_bytes,
		.added_at = time(NULL),
	};
	memcpy(out->digest, content->digest, sizeof(out->digest));
}

/* 1: written down; 0: somebody has removed the content meanwhile. */
static int write_down(const struct bring *b, const struct offer *offer, const struct held *held,
		      struct entry *out, struct error *err)
{
	cleanup_content struct content content = { 0 };
	const char *home = b->session->home, *provider;
	cleanup_close int lock = -1;
	bool there;
	struct entry e;

	if (entries_lock(home, &lock, err) < 0 ||
	    is_held(b, held->content->digest, &provider, &content, &there, err) < 0)
		return -1;
	if (!there)
		return 0;
	fill_entry(b, offer, held, &e);
	if (check_others(b, &e, err) < 0 || entry_save(home, &e, err) < 0) {
		entry_clear(&e);
		return -1;
	}
	*out = e;
	return 1;
}

/* Content that came for a name it must not have, or not wholly; who else has it, keeps it. */
static void take_out(const struct take *t)
{
	cleanup_error struct error none = { 0 };
	uint64_t bytes = 0;

	if (t->written[0] && !t->known)
		discard_content(t->bring->session, t->written, &bytes, &none);
}

static void tell_change(const struct bring *b)
{
	struct event ev = { .kind = EVENT_NOTE,
			    .text = "the file changed on the server; beginning anew" };

	watcher_emit(b->watch, &ev);
}

/* 1: taken in; 0: the file became another one at its source, or somebody removed it, so try again; -1. */
static int try_once(const struct bring *b, const struct offer *offer, struct entry *out,
		    bool *out_new, struct error *err)
{
	cleanup_take struct take t = { .bring = b, .offer = offer, .staging = { .lock_fd = -1 } };
	struct held held;
	int rc;

	if (take_in(&t, err) < 0) {
		if (t.file && growing_is_abandoned(t.file)) {
			tell_change(b);
			return 0;
		}
		take_out(&t);
		/* What is not the right file is not worth keeping; all else may pass. */
		if (t.download && err->kind == ERROR_BOX)
			download_discard(t.download);
		return t.named ? -1 : error_wrap(err, "cannot use box '%s'", offer->name);
	}
	held = (struct held){ &t.content, t.provider, b->origin ? b->origin : t.url };
	rc = write_down(b, offer, &held, out, err);
	if (rc < 0)
		take_out(&t);
	if (rc <= 0)
		return rc;
	if (t.download)
		download_discard(t.download);
	*out_new = !t.known;
	return 1;
}

static int take_offer(const struct bring *b, const struct offer *offer, struct entry *out,
		      bool *out_new, struct error *err)
{
	for (int i = 0; i < MAX_TRIES; i++) {
		int rc = try_once(b, offer, out, out_new, err);

		if (rc)
			return rc < 0 ? -1 : 0;
		error_clear(err);
	}
	error_set(err, ERROR_BOX, "cannot get box '%s': it changes while it is brought",
		  offer->name);
	return error_hint(err, "try again later, or ask whoever publishes it");
}

/* 1: it is here already, under this name too by now; 0: it is not. */
static int use_what_is_there(const struct bring *b, const struct offer *offer, const char *digest,
			     struct entry *out, struct error *err)
{
	cleanup_content struct content content = { 0 };
	const char *provider = NULL;
	bool held;

	if (b->again || !digest)
		return 0;
	if (is_held(b, digest, &provider, &content, &held, err) < 0)
		return -1;
	if (!held)
		return 0;
	return write_down(b, offer, &(struct held){ &content, provider, offer->urls[0] }, out, err);
}

static const char *known_digest(const struct offer *offer)
{
	return checksum_is_set(&offer->checksum) && offer->checksum.kind == DIGEST_SHA256 ?
		       offer->checksum.hex :
		       NULL;
}

/* The same file by the same URL is the work of one process at a time. */
static int lock_source(const struct bring *b, const struct offer *offer, struct turn *out,
		       bool *out_waited, struct error *err)
{
	cleanup_free char *note =
		xasprintf("waiting for box '%s', which is being brought already", offer->name);
	cleanup_free char *locks = fs_join(b->session->home, "locks"), *path = NULL;
	struct event ev = { .kind = EVENT_NOTE, .text = note };
	char hex[DIGEST_HEX_BYTES];
	int rc;

	digest_of(offer->urls[0], strlen(offer->urls[0]), hex);
	path = fs_join(locks, hex);
	if (fs_make_dirs(locks, 0755, NULL, err) < 0)
		return -1;
	*out_waited = false;
	rc = turn_take(path, "bringing a box", 0, out, err);
	if (rc == 0 || err->kind != ERROR_BUSY)
		return rc;
	error_clear(err);
	*out_waited = true;
	watcher_emit(b->watch, &ev);
	return turn_take(path, "bringing a box", INT_MAX, out, err);
}

/* What the process we waited for has brought: whoever asks for that URL now gets what it got. */
static const char *brought_meanwhile(const struct entries *all, const struct offer *offer,
				     int64_t since)
{
	cleanup_free char *url = without_secrets(offer->urls[0]);

	for (size_t i = 0; i < all->count; i++) {
		if (all->at[i].added_at >= since && text_equal(all->at[i].url, url))
			return all->at[i].digest;
	}
	return NULL;
}

static int bring_offer(const struct bring *b, const struct offer *offer, struct entry *out,
		       bool *out_new, struct error *err)
{
	cleanup_entries struct entries all = { 0 };
	cleanup_turn struct turn turn = { .fd = -1 };
	int64_t since = time(NULL);
	bool waited;
	int rc = use_what_is_there(b, offer, known_digest(offer), out, err);

	if (rc == 0 && lock_source(b, offer, &turn, &waited, err) < 0)
		return -1;
	if (rc == 0 && waited) {
		const char *digest = known_digest(offer);

		if (entries_load(b->session->home, &all, err) < 0)
			return -1;
		rc = use_what_is_there(b, offer,
				       digest ? digest : brought_meanwhile(&all, offer, since), out,
				       err);
	}
	*out_new = false;
	return rc < 0 ? -1 : rc > 0 ? 0 : take_offer(b, offer, out, out_new, err);
}

/* The file of the environment may have the secrets that its lock has not. */
static const char *with_secrets(const struct bring *b, const char *url)
{
	for (size_t i = 0; b->want && i < b->want->urls.count + 1; i++) {
		const char *whole = i ? b->want->urls.at[i - 1] : b->want->name;
		cleanup_free char *shown = http_is_url(whole) ? http_shown(whole) : NULL;

		if (text_equal(shown, url))
			return whole;
	}
	return url;
}

static void offer_of_lock(const struct bring *b, struct offer *out)
{
	const struct lock_box *l = b->locked;

	*out = (struct offer){ .name = xstrdup(l->name),
			       .version = word_or_null(l->version),
			       .provider = xstrdup(l->provider),
			       .architecture = xstrdup(l->architecture),
			       .size_bytes = l->size_bytes };
	out->checksum.kind = DIGEST_SHA256;
	memcpy(out->checksum.hex, l->digest, sizeof(l->digest));
	for (size_t i = 0; i < l->url_count; i++)
		offer_add_url(out, with_secrets(b, l->urls[i]));
}

static int find_offer(const struct bring *b, struct offer *out, struct error *err)
{
	if (b->locked) {
		offer_of_lock(b, out);
		return 0;
	}
	return resolve(stock_resolve_conf(b->session), b->want, out, err);
}

int bring_box(const struct bring *b, struct entry *out, bool *out_new, struct error *err)
{
	cleanup_offer struct offer offer = { 0 };
	bool made;

	if (find_offer(b, &offer, err) < 0)
		return -1;
	return bring_offer(b, &offer, out, out_new ? out_new : &made, err);
}
