/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk from which cloud-init takes a machine's identity: an ISO 9660 image labelled "cidata" with
 * meta-data, user-data and, where the seed has cards, network-config (cloud-init, reference/datasources/nocloud).
 */
#ifndef BOXES_NOCLOUD_H
#define BOXES_NOCLOUD_H

#include <stddef.h>

#include "core/error.h"
#include "core/seed.h"

/* All borrowed. */
struct nocloud {
	const struct seed *seed;
	const char *user; /* who logs in */
	const char *
		key_id; /* the instance-id: a machine that gets other keys takes them at its next boot */
	const char *const *
		user_data; /* what people give their machine, each in a form that cloud-init knows */
	size_t user_data_count;
};

/*
 * user-data (#cloud-config) that writes the seed's files with owner and mode early in the first boot, gives
 * the host key, lets `user` in by the keys of the seed's authorized_keys, and keeps cloud-init from
 * replacing or printing any key. All of that holds whatever people's user data say: ours is merged into theirs by rules of
 * its own (cloud-init, "Merging user data sections"), where theirs cannot be merged with it is refused with ERROR_ENVFILE.
 * *out is freed by the caller.
 */
int nocloud_image(const struct nocloud *what, unsigned char **out, size_t *out_bytes,
		  struct error *err);

#endif
