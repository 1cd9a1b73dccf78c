/* SPDX-License-Identifier: Apache-2.0 */
/* What the boxes of an environment mean. */
#include "cli/stock.h"

#include <stdlib.h>
#include <string.h>

#include "boxes/box.h"
#include "boxes/import.h"
#include "boxes/version.h"
#include "cli/pins.h"
#include "core/config.h"
#include "lua/configfile.h"

/* Backs a session's resolve_conf. */
struct stock {
	struct config config;
	struct http_host *hosts;
	char *directory;
	struct resolve_conf resolve;
};

static void fill_hosts(struct stock *stock)
{
	const struct config *c = &stock->config;

	/* One more, for stock_trust(). */
	stock->hosts = xcalloc(c->host_count + 1, sizeof(*stock->hosts));
	for (size_t i = 0; i < c->host_count; i++)
		stock->hosts[i] = (struct http_host){ .name = c->hosts[i].name,
						      .token = c->hosts[i].token,
						      .ca_file = c->hosts[i].ca_file,
						      .ca_path = c->hosts[i].ca_path,
						      .client_cert = c->hosts[i].client_cert,
						      .client_key = c->hosts[i].client_key,
						      .insecure = c->hosts[i].insecure };
}

int stock_configure(struct session *s, struct error *err)
{
	cleanup_free char *path = config_path();
	struct stock *stock = s->stock;
	size_t in_file;

	if (stock)
		return 0;
	s->stock = stock = xcalloc(1, sizeof(*stock));
	if (configfile_load(path, &stock->config, &s->problems, err) < 0)
		return -1;
	in_file = s->problems.count;
	config_add_environment(&stock->config, &s->problems);
	if (s->problems.count) {
		problems_sort(&s->problems);
		return in_file ? error_set(err, ERROR_ENVFILE, "the configuration in '%s' is wrong",
					   path) :
				 error_set(err, ERROR_ENVFILE,
					   "what the environment says about boxes is wrong");
	}
	fill_hosts(stock);
	stock->resolve.http.hosts = stock->hosts;
	stock->resolve.http.host_count = stock->config.host_count;
	stock->resolve.http.stall_s = stock->config.stall_s;
	stock->resolve.http.retries = stock->config.retries;
	stock->resolve.http.retry_wait_ms = stock->config.retry_wait_ms;
	stock->resolve.servers = stock->config.servers;
	stock->resolve.catalogs = stock->config.catalogs;
	if (s->has_env)
		stock->directory = xstrdup(s->project.directory);
	else if (fs_real_path(s->options.directory ? s->options.directory : ".", &stock->directory,
			      err) < 0)
		return -1;
	stock->resolve.directory = stock->directory;
	return 0;
}

void stock_free(struct stock **stock)
{
	if (!*stock)
		return;
	config_clear(&(*stock)->config);
	free((*stock)->hosts);
	free((*stock)->directory);
	free(*stock);
	*stock = NULL;
}

const struct resolve_conf *stock_resolve_conf(const struct session *s)
{
	return &s->stock->resolve;
}

void stock_trust(struct session *s, const struct http_host *trust)
{
	struct stock *stock = s->stock;

	memmove(&stock->hosts[1], &stock->hosts[0],
		stock->resolve.http.host_count * sizeof(*stock->hosts));
	stock->hosts[0] = *trust;
	stock->resolve.http.host_count++;
}

int stock_default_provider(const struct session *s, const char **out, struct error *err)
{
	const char *fallback = getenv("BOTHY_PROVIDER");
	const char *word = s->options.provider   ? s->options.provider :
			   fallback && *fallback ? fallback :
						   NULL;

	if (word && !provider_find(word))
		return session_no_provider(s, word, err);
	*out = word;
	return 0;
}

const char *stock_provider_word(const char *provider)
{
	return stock_kind_provider(provider_find(provider)->image_kind);
}

const char *stock_kind_problem(const char *provider, enum image_kind kind)
{
	const struct provider_ops *ops = provider_find(provider);

	if (!ops->has_guest || ops->image_kind == kind)
		return NULL;
	return kind == IMAGE_DISK ? "it is a disk image, for provider \"kvm\"" :
				    "it is a root filesystem, for provider \"container\"";
}

const char *stock_kind_provider(enum image_kind kind)
{
	return kind == IMAGE_ROOTFS ? "container" : "kvm";
}

const char *stock_provider(const struct machine *m)
{
	return stock_provider_word(m->provider);
}

static int parse_version(const struct machine *m, struct constraint **out, struct error *err)
{
	if (constraint_parse(m->box_version ? m->box_version : "", out, err) < 0)
		return error_wrap(err, "machine '%s'.box_version", m->name);
	return 0;
}

int stock_want(const struct machine *m, struct box_want *out, struct error *err)
{
	cleanup_constraint struct constraint *c = NULL;

	if (parse_version(m, &c, err) < 0)
		return -1;
	*out = (struct box_want){ .name = m->box,
				  .version = m->box_version,
				  .urls = m->box_urls,
				  .provider = stock_provider(m),
				  .architecture = stock_architecture(m) };
	if (m->box_checksum)
		return checksum_parse(m->box_checksum, &out->checksum, err);
	return 0;
}

const char *stock_architecture(const struct machine *m)
{
	return m->box_architecture ? offer_architecture(m->box_architecture) :
				     offer_host_architecture();
}

/* What the file asks for may have changed since the lock was written. */
static int still_wanted(const struct machine *m, const struct lock_box *l, bool *out,
			struct error *err)
{
	cleanup_constraint struct constraint *c = NULL;

	if (parse_version(m, &c, err) < 0)
		return -1;
	*out = constraint_holds(c, l->version) &&
	       (!m->box_checksum || strcmp(m->box_checksum, l->digest) == 0);
	return 0;
}

struct lock_box stock_asks(const struct machine *m)
{
	const char *wanted = m->box_version && *m->box_version ? m->box_version : NULL;

	return (struct lock_box){ .name = (char *)(uintptr_t)m->box,
				  .provider = (char *)(uintptr_t)stock_provider(m),
				  .architecture = (char *)(uintptr_t)stock_architecture(m),
				  .wanted = (char *)(uintptr_t)wanted };
}

static bool is_newer(const struct lock_box *a, const struct lock_box *b)
{
	return !b || (a->version && (!b->version || version_compare(a->version, b->version) > 0));
}

int stock_locked(struct session *s, const struct machine *m, const struct lock_box **out,
		 struct error *err)
{
	struct lock_box asks = stock_asks(m);
	const struct lock_box *exact, *found = NULL;
	const struct lockfile *lock;
	bool fits = false;

	if (pins_load(s, &lock, err) < 0)
		return -1;
	exact = lockfile_box(lock, &asks);
	if (exact && still_wanted(m, exact, &fits, err) < 0)
		return -1;
	if (fits)
		found = exact;
	for (size_t i = 0; i < lock->box_count && !fits; i++) {
		const struct lock_box *l = &lock->boxes[i];
		bool may_be = false;

		if (lock_box_is_kin(l, &asks) && still_wanted(m, l, &may_be, err) < 0)
			return -1;
		if (may_be && is_newer(l, found))
			found = l;
	}
	*out = found;
	return 0;
}

/* A file of this host says by itself what it is. One that is not there may still have been used before. */
static int digest_of_path(struct session *s, const struct machine *m, char *out_hex,
			  struct error *err)
{
	cleanup_error struct error missing = { 0 };
	struct watcher watch = out_watcher(s->out);
	cleanup_free char *path = NULL;

	out_hex[0] = '\0';
	if (box_locate(m->box, s->project.directory, &path, &missing) < 0)
		return 0;
	if (box_digest(s->home, path, &watch, out_hex, err) < 0)
		return error_wrap(err, "cannot read the box of machine '%s'", m->name);
	if (!m->box_checksum || strcmp(m->box_checksum, out_hex) == 0)
		return 0;
	error_set(err, ERROR_BOX,
		  "box '%s' of machine '%s' has another checksum than the file wants", m->box,
		  m->name);
	return error_hint(err, "it is sha256:%s", out_hex);
}

static int digest_by_name(struct session *s, const struct machine *m, char *out_hex,
			  struct error *err)
{
	cleanup_entries struct entries all = { 0 };
	const struct entry *found;
	struct box_want want;

	if (stock_want(m, &want, err) < 0 || entries_load(s->home, &all, err) < 0 ||
	    entries_find(&all, &want, &found, err) < 0)
		return -1;
	if (found)
		memcpy(out_hex, found->digest, DIGEST_HEX_BYTES);
	return 0;
}

/* The version that content has by that name, as far as the store or the lock know; NULL likewise. Borrowed. */
static const char *version_of(const struct entries *all, const struct lockfile *lock,
			      const struct machine *m, const char *digest)
{
	struct lock_box asks = stock_asks(m);

	for (size_t i = 0; i < all->count; i++) {
		if (strcmp(all->at[i].digest, digest) == 0 && strcmp(all->at[i].name, m->box) == 0)
			return all->at[i].version;
	}
	for (size_t i = 0; i < lock->box_count; i++) {
		if (lock_box_is_kin(&lock->boxes[i], &asks) &&
		    strcmp(lock->boxes[i].digest, digest) == 0)
			return lock->boxes[i].version;
	}
	return NULL;
}

/* Whether the machine is made of what the file asks for. Where nobody knows its version, the name has to be enough: it is not made anew on a guess. */
static int still_fits(struct session *s, const struct machine *m,
		      const struct observed_machine *have, bool *out, struct error *err)
{
	cleanup_entries struct entries all = { 0 };
	struct lock_box made_of = { 0 };
	const struct lockfile *lock;

	*out = text_equal(have->box_name, m->box);
	if (!*out)
		return 0;
	if (entries_load(s->home, &all, err) < 0 || pins_load(s, &lock, err) < 0)
		return -1;
	memcpy(made_of.digest, have->box_digest, sizeof(made_of.digest));
	made_of.version = (char *)(uintptr_t)version_of(&all, lock, m, have->box_digest);
	if (made_of.version)
		return still_wanted(m, &made_of, out, err);
	*out = !m->box_checksum || strcmp(m->box_checksum, have->box_digest) == 0;
	return 0;
}

static int digest_of_name(struct session *s, const struct machine *m,
			  const struct observed_machine *have, char *out_hex, bool *out_unfit,
			  struct error *err)
{
	const struct lock_box *locked;
	bool fits = false;

	if (stock_locked(s, m, &locked, err) < 0)
		return -1;
	if (locked) {
		memcpy(out_hex, locked->digest, DIGEST_HEX_BYTES);
		return 0;
	}
	if (have && have->box_digest[0] && still_fits(s, m, have, &fits, err) < 0)
		return -1;
	/* Without a lock, a newer box in the store is no reason to make a machine anew. */
	if (fits) {
		memcpy(out_hex, have->box_digest, DIGEST_HEX_BYTES);
		return 0;
	}
	if (digest_by_name(s, m, out_hex, err) < 0)
		return -1;
	*out_unfit = have && have->box_digest[0] && !out_hex[0];
	return 0;
}

int stock_digest(struct session *s, const struct machine *m, const struct observed_machine *have,
		 char out_hex[static DIGEST_HEX_BYTES], bool *out_unfit, struct error *err)
{
	struct box_want want;
	bool unfit = false;
	int rc;

	out_hex[0] = '\0';
	if (stock_want(m, &want, err) < 0)
		return -1;
	if (resolve_kind(s->project.directory, m->box) == RESOLVE_PATH) {
		rc = digest_of_path(s, m, out_hex, err);
		unfit = !out_hex[0] && have && have->box_name &&
			!text_equal(have->box_name, m->box);
	} else {
		rc = digest_of_name(s, m, have, out_hex, &unfit, err);
	}
	if (rc == 0 && out_unfit)
		*out_unfit = unfit;
	return rc;
}

int stock_holds(struct session *s, const char *provider, const struct content *c, bool *out,
		struct error *err)
{
	const struct provider_ops *ops = provider_find(provider);
	struct provider *p;

	*out = false;
	if (c->kind == IMAGE_ROOTFS) {
		cleanup_free char *root = rootfs_stored(s->home, c->digest);

		*out = root != NULL;
		return 0;
	}
	if (!ops->base_exists)
		return 0;
	return session_provider(s, provider, &p, err) < 0 ?
		       -1 :
		       provider_base_exists(p, c->digest, out, err);
}
