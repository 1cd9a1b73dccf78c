/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a machine is and who may log in: an ed25519 key pair for the user and one for the machine's
 * own SSH host key, both made on the host before the first boot.
 *
 * Kept in <project>/.bothy/machines/<name>/: id_ed25519, id_ed25519.pub, host_ed25519,
 * host_ed25519.pub, all in OpenSSH's formats (PROTOCOL.key; RFC 4253 6.6 for the public blob).
 */
#ifndef GUEST_IDENTITY_H
#define GUEST_IDENTITY_H

#include "core/decl.h"
#include "core/error.h"
#include "core/fs.h"
#include "core/seed.h"

#define IDENTITY_ID_BYTES 17

struct identity {
	char *directory;     /* of the files */
	char *user_key_path; /* private key to log in with */
	char *user_public;   /* "ssh-ed25519 AAAA… bothy-web": one line without newline */
	char *host_private;  /* PEM text of the machine's host key */
	char *host_public;   /* "ssh-ed25519 AAAA…" */
	char key_id[IDENTITY_ID_BYTES]; /* 16 hex digits over both public keys */
};

/* Loads the identity kept in directory, or makes one (and the directory, 0700; keys 0600). */
int identity_ensure(const char *directory, const struct owner *owner, struct identity *out,
		    struct error *err);
/* Loads it; ERROR_NOT_FOUND if there is none, or a damaged one. */
int identity_load(const char *directory, struct identity *out, struct error *err);
void identity_clear(struct identity *id);
#define cleanup_identity cleanup(identity_clear)

/*
 * The files a machine needs before its sshd starts: host key pair, root's authorized_keys, those of
 * `user` if it is another one, /etc/hostname. `authorize` are public keys that may log in as `user` as well.
 * Everything in *out lives in `arena` or is borrowed from id.
 */
void identity_seed(const struct identity *id, const char *user, const char *hostname,
		   const struct strings *authorize, struct arena *arena, struct seed *out);

#endif
