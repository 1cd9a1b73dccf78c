/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk from which cloud-init takes a machine's identity: an ISO 9660 image labelled "cidata" with
 * meta-data and user-data (cloud-init, reference/datasources/nocloud).
 */
#ifndef BOXES_NOCLOUD_H
#define BOXES_NOCLOUD_H

#include "core/error.h"
#include "core/seed.h"

/*
 * user-data (#cloud-config) that writes the seed's files with owner and mode early in the first boot, gives
 * the host key, lets `user` in by the keys of the seed's authorized_keys, and keeps cloud-init from
 * replacing or printing any key. instance-id is key_id: a machine that gets other keys takes them at its next boot. *out is freed by the caller.
 */
int nocloud_image(const struct seed *seed, const char *user, const char *key_id,
		  unsigned char **out, size_t *out_bytes, struct error *err);

#endif
