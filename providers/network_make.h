/* SPDX-License-Identifier: Apache-2.0 */
/* Makes one network of a project be as it should, with a place for each card. */
#ifndef PROVIDERS_NETWORK_MAKE_H
#define PROVIDERS_NETWORK_MAKE_H

#include "providers/known_networks.h"
#include "providers/seating.h"

/* All borrowed. */
struct network_job {
	struct libvirt_provider *p;
	const struct env *env;
	const struct network *network; /* neither BRIDGED nor FOREIGN */
	const struct seats *seats;
	const struct known_network *old; /* NULL: there is none yet */
	const struct reservations *kept; /* places of old that shall stay */
};

/*
 * Makes it and starts it. One that is there already is only told of new machines, also while it runs, or stopped and
 * made anew if it has other settings; then it keeps its subnet and its addresses where they fit, and comes back as it
 * was if that fails. ERROR_BUSY, naming both, if something else has its subnet.
 */
int network_make(const struct network_job *job, struct error *err);

#endif
