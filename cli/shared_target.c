/* SPDX-License-Identifier: Apache-2.0 */
/* A guest_target as JSON, between two processes of the same program. */
#include "cli/shared_target.h"

#include <jansson.h>

/* Whoever gives it another member says here how that gets to the keeper. */
_Static_assert(sizeof(struct guest_target) == 96 || sizeof(void *) != 8,
	       "encode the new member below");

int shared_target_encode(const struct shared_target *t, struct text *out, struct error *err)
{
	const struct guest_target *g = &t->target;
	json_error_t why = { 0 };
	json_t *document = json_pack_ex(
		&why, 0,
		"{s:s, s:s, s:i, s:s, s:s, s:s*, s:s*, s:s*, s:b, s:s*, s:b, s:b, s:I, s:I, s:s, "
		"s:s, s:i}",
		"machine", g->machine, "address", g->address, "port", (int)g->port, "user", g->user,
		"key_path", g->key_path, "user_public", g->user_public, "host_public",
		g->host_public, "pin_path", g->pin_path, "known_key", g->known_key, "password",
		g->password, "any_host_key", g->any_host_key, "owned", g->owner.set, "uid",
		(json_int_t)g->owner.uid, "gid", (json_int_t)g->owner.gid, "mark", t->mark,
		"directory", t->directory, "keep_s", (int)t->keep_s);
	cleanup_free char *dump = json_dumps(document, JSON_COMPACT);

	json_decref(document);
	if (!dump)
		return error_set(err, ERROR_USAGE, "cannot share a connection: %s", why.text);
	text_add(out, dump);
	return 0;
}

int shared_target_decode(const struct text *in, struct shared_target *out, void **out_document,
			 struct error *err)
{
	json_error_t why = { 0 };
	json_t *document = json_loadb(text_str(in), in->len, JSON_REJECT_DUPLICATES, &why);
	struct shared_target t = { 0 };
	struct guest_target *g = &t.target;
	json_int_t uid = 0, gid = 0;
	int port = 0, keep_s = 0, known_key = 0, any_host_key = 0, owned = 0;

	if (!document ||
	    json_unpack_ex(
		    document, &why, JSON_STRICT,
		    "{s:s, s:s, s:i, s:s, s:s, s?s, s?s, s?s, s:b, s?s, s:b, s:b, s:I, s:I, s:s, "
		    "s:s, s:i}",
		    "machine", &g->machine, "address", &g->address, "port", &port, "user", &g->user,
		    "key_path", &g->key_path, "user_public", &g->user_public, "host_public",
		    &g->host_public, "pin_path", &g->pin_path, "known_key", &known_key, "password",
		    &g->password, "any_host_key", &any_host_key, "owned", &owned, "uid", &uid,
		    "gid", &gid, "mark", &t.mark, "directory", &t.directory, "keep_s",
		    &keep_s) < 0) {
		json_decref(document);
		return error_set(err, ERROR_USAGE, "no target of a connection: %s", why.text);
	}
	g->port = (unsigned)port;
	g->known_key = known_key;
	g->any_host_key = any_host_key;
	g->owner = (struct owner){ owned, (uid_t)uid, (gid_t)gid };
	t.keep_s = (unsigned)keep_s;
	*out = t;
	*out_document = document;
	return 0;
}

void shared_target_free(void **document)
{
	json_decref(*document);
	*document = NULL;
}
