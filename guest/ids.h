/* SPDX-License-Identifier: Apache-2.0 */
/* Inside this room: the numbers of users and groups of a guest. */
#ifndef GUEST_IDS_H
#define GUEST_IDS_H

#include "guest/guest.h"

/*
 * The numbers of `owner` (NULL: the login) and `group` (NULL: the owner's own), which are names or numbers. ERROR_GUEST,
 * with a hint, if the guest has none of that name, or the login may not give files away.
 */
int ids_find(struct guest *g, const char *owner, const char *group, unsigned *out_uid,
	     unsigned *out_gid, struct error *err);

#endif
