/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys of SSH as a line of text: "ssh-ed25519 AAAA… comment" (sshd(8), authorized_keys without options). */
#ifndef CORE_PUBLIC_KEY_H
#define CORE_PUBLIC_KEY_H

#include "core/mem.h"

/* Why that is no public key, or NULL. White space at the ends does not matter. Static. */
const char *public_key_flaw(const char *line);
/* The line without white space at its ends; in `arena`. */
char *public_key_line(const char *line, struct arena *arena);

#endif
