/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Machines that must not hear each other: pairs of hardware addresses whose frames this host's bridges drop, in a
 * table of nftables of each project, "bothy_<project id>" of family bridge. What goes by macvtap does not pass there.
 * Only root may read such tables, so that the same pairs stand in /run/bothy/parted/<project id> as well, a line each.
 */
#ifndef PROVIDERS_LIBVIRT_PARTING_H
#define PROVIDERS_LIBVIRT_PARTING_H

#include "providers/libvirt.h"

/* Behind the slots of both providers. */
int libvirt_cards_part(struct provider *p, const char *project_id, const struct strings *a,
		       const struct strings *b, struct error *err);
/* Removes the project's table, if there is one. Does nothing without root, which has made none then. */
void libvirt_parting_remove(struct libvirt_provider *p, const char *project_id);

/* Adds the pairs of that project (NULL: of all) to `out`, unless its other provider has done so. */
void libvirt_parting_observe(const char *project_id, struct observed *out);

#endif
