/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: running something as another user than the one logged in. */
#ifndef GUEST_BECOME_H
#define GUEST_BECOME_H

#include "guest/guest.h"

/* A user's name as every Linux takes it. */
bool become_is_name(const char *user);
/* Whether the login may become root; asked once a connection. Returns 0 or -1. */
int become_may_root(struct guest *g, int64_t deadline_ms, bool *out, struct error *err);
/* ERROR_GUEST with a hint if the login may not become `user` (NULL: root) or there is no such user. */
int become_check(struct guest *g, const char *user, int64_t deadline_ms, struct error *err);
/* The command that runs `script` by sh as `user` (NULL: root), in that user's home. Caller frees. */
char *become_command(const struct guest *g, const char *user, const char *script);

#endif
