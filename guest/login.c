/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The login. For a box with a well-known key or a password the first one is a small ceremony in an order that never locks
 * anyone out and can be cut off anywhere: our key is added and tried before what the box came with is
 * removed, and only when the machine has proved to refuse that is its host key pinned.
 */
#include "guest/login.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/stop.h"
#include "guest/authorized.h"
#include "guest/dial.h"
#include "guest/insecure.h"
#include "guest/password.h"

#define DIAL_AGAIN_MS 5000
#define PROOF_TRIES 3

static int read_own_key(const struct guest_target *t, ssh_key *out, struct error *err)
{
	if (ssh_pki_import_privkey_file(t->key_path, NULL, NULL, NULL, out) == SSH_OK)
		return 0;
	error_set(err, ERROR_GUEST, "cannot read the key of '%s': '%s'", t->machine, t->key_path);
	return error_hint(
		err,
		"without its key the machine has to be made anew: bothy destroy %s && bothy up %s",
		t->machine, t->machine);
}

/* *out stays NULL if nothing is pinned yet. */
static int read_pin(const struct guest_target *t, char **out, struct error *err)
{
	cleanup_text struct text text = { 0 };

	if (!t->pin_path || !fs_exists(t->pin_path))
		return 0;
	if (fs_read(t->pin_path, 16384, &text, err) < 0)
		return error_wrap(err, "cannot read the pinned host key of '%s'", t->machine);
	*out = xstrndup(text_str(&text), strcspn(text_str(&text), "\r\n"));
	return 0;
}

static enum link_result open_again(const struct guest_target *t, const struct link_offer *offer,
				   struct patience *p, struct guest **out, struct error *err)
{
	const struct dial_target to = { t->address, t->port, DIAL_AGAIN_MS };
	int fd, code;

	switch (dial_connect(&to, p, &fd, &code, err)) {
	case DIAL_YES:
		return link_open(t, offer, fd, p, out, err);
	case DIAL_NO:
		error_errno(err, code, "cannot reach '%s' at %s:%u", t->machine, t->address,
			    t->port);
		return LINK_BROKEN;
	case DIAL_FATAL:
		break;
	}
	return LINK_FATAL;
}

/* What the box came with lets nobody in any more. */
static enum link_result prove_refused(const struct guest_target *t, const struct link_offer *offer,
				      struct patience *p, struct error *err)
{
	enum link_result result = LINK_BROKEN;

	for (int i = 0; i < PROOF_TRIES && result == LINK_BROKEN; i++) {
		cleanup_guest struct guest *g = NULL;

		error_clear(err);
		result = open_again(t, offer, p, &g, err);
	}
	if (result == LINK_REFUSED) {
		error_clear(err);
		return LINK_OPEN;
	}
	if (result != LINK_OPEN)
		return result;
	if (offer->password) {
		error_set(err, ERROR_GUEST, "'%s' still lets '%s' in by its password", t->machine,
			  t->user);
		error_hint(err, "the box keeps its passwords elsewhere than in /etc/shadow");
		return LINK_FATAL;
	}
	error_set(err, ERROR_GUEST, "'%s' still lets anyone in who has Vagrant's well-known key",
		  t->machine);
	error_hint(
		err,
		"the box keeps its authorized keys elsewhere than in ~/.ssh/authorized_keys of '%s'",
		t->user);
	return LINK_FATAL;
}

static int pin(const struct guest_target *t, const char *host_public, struct error *err)
{
	cleanup_free char *line = xasprintf("%s\n", host_public);

	if (!t->pin_path)
		return 0;
	if (fs_write(t->pin_path, line, strlen(line), 0600, &t->owner, err) < 0)
		return error_wrap(err, "cannot keep the host key of '%s'", t->machine);
	return 0;
}

struct keys {
	ssh_key own, known; /* borrowed; known may be NULL */
};

/* What the box came with goes, and is proved to be gone. */
static enum link_result take_away(const struct guest_target *t, struct guest *g, ssh_key known,
				  struct patience *p, struct error *err)
{
	struct link_offer offer = { .host_public = g->host_public };
	enum link_result result = LINK_OPEN;

	if ((known && insecure_remove(g, p->deadline_ms, err) < 0) ||
	    (t->password && password_take_away(g, t->password, p->deadline_ms, err) < 0))
		return LINK_FATAL;
	if (known) {
		offer.keys[offer.key_count++] = known;
		result = prove_refused(t, &offer, p, err);
	}
	if (t->password && result == LINK_OPEN) {
		offer.key_count = 0;
		offer.password = t->password;
		result = prove_refused(t, &offer, p, err);
	}
	return result;
}

static int add_ours(const struct guest_target *t, struct guest *g, struct patience *p,
		    struct error *err)
{
	struct authorized_change c = { 0 };

	authorized_add(&c, t->user_public);
	if (authorized_apply(g, &c, p->deadline_ms, err) < 0)
		return error_wrap(err, "cannot give '%s' its own key", t->machine);
	return 0;
}

static enum guest_first what_it_was(const struct guest_target *t, const struct guest *first,
				    const struct keys *keys)
{
	if (first->key_used == 0)
		return t->password ? GUEST_FIRST_LOCKED : GUEST_FIRST_NONE;
	return keys->known && first->key_used == 1 ? GUEST_FIRST_KEY : GUEST_FIRST_PASSWORD;
}

static enum link_result replace(const struct guest_target *t, struct guest *first,
				const struct keys *keys, struct patience *p, struct guest **out,
				struct error *err)
{
	const struct link_offer offer = { .host_public = first->host_public,
					  .keys = { keys->own },
					  .key_count = 1 };
	cleanup_guest struct guest *g = NULL;
	enum link_result result;

	if (add_ours(t, first, p, err) < 0)
		return LINK_FATAL;
	result = open_again(t, &offer, p, &g, err);
	if (result != LINK_OPEN) {
		error_wrap(err, "cannot use the new key");
		return result;
	}
	result = take_away(t, g, keys->known, p, err);
	if (result != LINK_OPEN)
		return result;
	if (pin(t, g->host_public, err) < 0)
		return LINK_FATAL;
	g->first = what_it_was(t, first, keys);
	*out = take_ptr(g);
	return LINK_OPEN;
}

static enum link_result first_login(const struct guest_target *t, ssh_key own, int fd,
				    struct patience *p, struct guest **out, struct error *err)
{
	cleanup_key ssh_key known = NULL;
	cleanup_guest struct guest *first = NULL;
	/* Ours comes first: an earlier ceremony may have been cut off after it was added. */
	struct link_offer offer = { .keys = { own },
				    .key_count = 1,
				    .password = t->password,
				    .host_public = t->known_key || t->any_host_key ?
							   NULL :
							   t->host_public };
	enum link_result result;

	if (t->known_key && insecure_key(&known, err) < 0) {
		mem_close_fd(&fd);
		return LINK_FATAL;
	}
	if (known)
		offer.keys[offer.key_count++] = known;
	result = link_open(t, &offer, fd, p, &first, err);
	if (result != LINK_OPEN)
		return result;
	return replace(t, first, &(struct keys){ own, known }, p, out, err);
}

enum link_result login_open(const struct guest_target *t, int fd, struct patience *p,
			    struct guest **out, struct error *err)
{
	cleanup_key ssh_key own = NULL;
	cleanup_free char *pinned = NULL;
	cleanup_close int socket = fd;
	bool has_first = t->known_key || t->password;
	struct link_offer offer = { .host_public = t->host_public, .key_count = 1 };

	if (read_own_key(t, &own, err) < 0 || (t->pin_path && read_pin(t, &pinned, err) < 0))
		return LINK_FATAL;
	if (has_first && !pinned)
		return first_login(t, own, take_fd(socket), p, out, err);
	if (pinned)
		offer.host_public = pinned;
	offer.keys[0] = own;
	return link_open(t, &offer, take_fd(socket), p, out, err);
}
