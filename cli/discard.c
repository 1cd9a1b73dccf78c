/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes out of the store. */
#include "cli/discard.h"

#include <string.h>

#include "boxes/content.h"
#include "boxes/import.h"
#include "cli/stock.h"

const char *discard_user(struct session *s, const char *digest)
{
	static char text[1024];

	for (size_t i = 0; i < s->observed.machine_count; i++) {
		const struct observed_machine *m = &s->observed.machines[i];

		if (strcmp(m->box_digest, digest) != 0)
			continue;
		snprintf(text, sizeof(text), "'%s' in '%s'", m->name, m->project.directory);
		return text;
	}
	return NULL;
}

const struct error *discard_doubt(const struct session *s, const char *provider)
{
	const struct error *why = NULL;

	for (size_t i = 0; providers[i] && !why; i++) {
		if (strcmp(stock_provider_word(providers[i]->name), provider) == 0)
			why = session_doubt(s, i);
	}
	return why;
}

json_t *discard_in_use(struct session *s, const struct entry *e)
{
	if (discard_user(s, e->digest))
		return json_true();
	return discard_doubt(s, e->provider) ? json_null() : json_false();
}

static void warn(struct session *s, const char *provider)
{
	const struct error *why = discard_doubt(s, provider);

	if (!why)
		return;
	out_warn(s->out, "warning: which boxes for '%s' are in use is not known: %s", provider,
		 why->text);
	if (why->hint)
		out_warn(s->out, "hint: %s", why->hint);
	s->exit_status = SESSION_UNREACHED;
}

void discard_warn(struct session *s, bool vms, bool containers)
{
	if (vms)
		warn(s, "kvm");
	if (containers)
		warn(s, "container");
}

/* Whoever cannot be reached may hold it, unless another one turns out to. */
static int remove_bases(struct session *s, const char *digest, struct error *err)
{
	cleanup_error struct error unreachable = { 0 };
	bool found = false;

	for (size_t i = 0; providers[i]; i++) {
		cleanup_error struct error problem = { 0 };
		struct provider *p;
		bool exists;

		if (!providers[i]->base_remove || !session_may_hold(s, providers[i]))
			continue;
		if (session_provider(s, providers[i]->name, &p, &problem) < 0) {
			error_move(&unreachable, &problem);
			continue;
		}
		/* Also one that is not whole, as a removal that was killed leaves it. */
		if (provider_base_exists(p, digest, &exists, err) < 0 ||
		    provider_base_remove(p, digest, err) < 0)
			return -1;
		found = found || exists;
	}
	return !found && unreachable.kind ? error_move(err, &unreachable) : 0;
}

uint64_t discard_bytes(const struct session *s, const char *digest)
{
	cleanup_content struct content c = { 0 };
	cleanup_error struct error none = { 0 };
	uint64_t bytes = 0;

	if (content_load(s->home, digest, &c, &none) < 0)
		return 0;
	for (size_t i = 0; i < c.disk_count; i++)
		bytes += c.disks[i].file_bytes;
	return bytes ? bytes : c.size_bytes;
}

static int check_doubt(const struct session *s, const struct content *c, struct error *err)
{
	const struct error *why = discard_doubt(s, "container");

	if (c->kind != IMAGE_ROOTFS || !why)
		return 0;
	error_set(err, why->kind, "whether a machine uses it is not known: %s", why->text);
	return why->hint ? error_hint(err, "%s", why->hint) : -1;
}

static int remove_content(struct session *s, const char *digest, uint64_t *out_bytes,
			  struct error *err)
{
	cleanup_content struct content content = { 0 };
	cleanup_error struct error none = { 0 };
	const char *user = discard_user(s, digest);
	uint64_t bytes = discard_bytes(s, digest);

	if (user)
		return error_set(err, ERROR_BUSY, "it is used by machine %s", user);
	if (content_load(s->home, digest, &content, &none) < 0)
		return 0;
	if (check_doubt(s, &content, err) < 0)
		return -1;
	if ((content.kind == IMAGE_DISK && remove_bases(s, digest, err) < 0) ||
	    rootfs_discard(s->home, digest, err) < 0 || content_remove(s->home, digest, err) < 0)
		return -1;
	*out_bytes += bytes;
	return 0;
}

int discard_content(struct session *s, const char *digest, uint64_t *out_bytes, struct error *err)
{
	cleanup_entries struct entries all = { 0 };
	cleanup_close int lock = -1;

	if (entries_lock(s->home, &lock, err) < 0 || entries_load(s->home, &all, err) < 0)
		return -1;
	return entries_count_digest(&all, digest) ? 0 : remove_content(s, digest, out_bytes, err);
}

/* Whether the name still means the same content. */
static bool is_there(const struct entries *all, const struct entry *e)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct entry *other = &all->at[i];

		if (strcmp(other->digest, e->digest) == 0 && strcmp(other->name, e->name) == 0 &&
		    text_equal(other->version, e->version) &&
		    strcmp(other->provider, e->provider) == 0 &&
		    strcmp(other->architecture, e->architecture) == 0)
			return true;
	}
	return false;
}

int discard_entry(struct session *s, const struct entry *e, uint64_t *out_bytes, struct error *err)
{
	cleanup_entries struct entries all = { 0 };
	const char *user = discard_user(s, e->digest);
	cleanup_close int lock = -1;

	if (entries_lock(s->home, &lock, err) < 0 || entries_load(s->home, &all, err) < 0)
		return -1;
	if (!is_there(&all, e))
		return 0;
	if (entries_count_digest(&all, e->digest) > 1)
		return entry_remove(s->home, e, err);
	if (user) {
		error_set(err, ERROR_BUSY, "cannot remove box '%s': it is used by machine %s",
			  e->name, user);
		return error_hint(err, "'bothy destroy' that machine first");
	}
	/* The content first: a name without content is brought again, content without a name is forgotten. */
	if (remove_content(s, e->digest, out_bytes, err) < 0)
		return error_wrap(err, "cannot remove box '%s'", e->name);
	return entry_remove(s->home, e, err);
}
