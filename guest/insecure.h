/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vagrant's well-known key: boxes made for Vagrant let anyone in who has it, and everyone has it
 * (folder "keys" of Vagrant's sources).
 */
#ifndef GUEST_INSECURE_H
#define GUEST_INSECURE_H

#include "guest/link.h"

/* The private half. The caller frees it with link_free_key(). */
int insecure_key(ssh_key *out, struct error *err);
/* The public halves, as lines of an authorized_keys file. Static. */
const char *insecure_public_lines(void);
/* Takes every well-known key out of the login user's authorized_keys. */
int insecure_remove(struct guest *g, int64_t deadline_ms, struct error *err);

#endif
