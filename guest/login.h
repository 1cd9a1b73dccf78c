/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: which keys a login uses, and what the first one into a Vagrant-style box does. */
#ifndef GUEST_LOGIN_H
#define GUEST_LOGIN_H

#include "guest/link.h"

/* Logs in over a connected socket, which it takes over. Results as of link_open(). */
enum link_result login_open(const struct guest_target *t, int fd, struct patience *p,
			    struct guest **out, struct error *err);

#endif
