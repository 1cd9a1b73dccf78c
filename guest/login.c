/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The login. For a Vagrant-style box the first one is a small ceremony in an order that never locks
 * anyone out and can be cut off anywhere: our key is added and tried before the well-known one is
 * removed, and only when the machine has proved to refuse that is its host key pinned.
 */
#include "guest/login.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/stop.h"
#include "guest/dial.h"
#include "guest/insecure.h"

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

static enum link_result prove_refused(const struct guest_target *t, const char *host_public,
				      ssh_key known, struct patience *p, struct error *err)
{
	const struct link_offer offer = { .host_public = host_public,
					  .keys = { known },
					  .key_count = 1 };
	enum link_result result = LINK_BROKEN;

	for (int i = 0; i < PROOF_TRIES && result == LINK_BROKEN; i++) {
		cleanup_guest struct guest *g = NULL;

		error_clear(err);
		result = open_again(t, &offer, p, &g, err);
	}
	if (result == LINK_REFUSED) {
		error_clear(err);
		return LINK_OPEN;
	}
	if (result != LINK_OPEN)
		return result;
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
	ssh_key own, known; /* borrowed */
};

static enum link_result replace_key(const struct guest_target *t, struct guest *first,
				    const struct keys *keys, struct patience *p, struct guest **out,
				    struct error *err)
{
	const struct link_offer offer = { .host_public = first->host_public,
					  .keys = { keys->own },
					  .key_count = 1 };
	cleanup_guest struct guest *g = NULL;
	enum link_result result;

	if (insecure_add_ours(first, t->user_public, p->deadline_ms, err) < 0)
		return LINK_FATAL;
	result = open_again(t, &offer, p, &g, err);
	if (result != LINK_OPEN) {
		error_wrap(err, "cannot use the new key");
		return result;
	}
	if (insecure_remove(g, p->deadline_ms, err) < 0)
		return LINK_FATAL;
	result = prove_refused(t, g->host_public, keys->known, p, err);
	if (result != LINK_OPEN)
		return result;
	if (pin(t, g->host_public, err) < 0)
		return LINK_FATAL;
	g->replaced_key = first->key_used != 0;
	*out = take_ptr(g);
	return LINK_OPEN;
}

static enum link_result first_login(const struct guest_target *t, ssh_key own, int fd,
				    struct patience *p, struct guest **out, struct error *err)
{
	cleanup_key ssh_key known = NULL;
	cleanup_guest struct guest *first = NULL;
	struct link_offer offer = { .keys = { own }, .key_count = 2 };
	enum link_result result;

	if (insecure_key(&known, err) < 0) {
		mem_close_fd(&fd);
		return LINK_FATAL;
	}
	/* Ours comes first: an earlier ceremony may have been cut off after it was added. */
	offer.keys[1] = known;
	result = link_open(t, &offer, fd, p, &first, err);
	if (result != LINK_OPEN)
		return result;
	return replace_key(t, first, &(struct keys){ own, known }, p, out, err);
}

enum link_result login_open(const struct guest_target *t, int fd, struct patience *p,
			    struct guest **out, struct error *err)
{
	cleanup_key ssh_key own = NULL;
	cleanup_free char *pinned = NULL;
	cleanup_close int socket = fd;
	struct link_offer offer = { .host_public = t->host_public, .key_count = 1 };

	if (read_own_key(t, &own, err) < 0 || (t->known_key && read_pin(t, &pinned, err) < 0))
		return LINK_FATAL;
	if (t->known_key && !pinned)
		return first_login(t, own, take_fd(socket), p, out, err);
	if (t->known_key)
		offer.host_public = pinned;
	offer.keys[0] = own;
	return link_open(t, &offer, take_fd(socket), p, out, err);
}
