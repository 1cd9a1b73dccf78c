/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disks of the fake provider's machines: nobody ever wrote anything on them, but who copies one
 * gets a real qcow2 image, small and whole, of a disk that begins with the machine's name.
 */
#ifndef PROVIDERS_FAKE_DISK_H
#define PROVIDERS_FAKE_DISK_H

#include "providers/provider.h"

/* Behind the slots. */
int fake_machine_layer(struct provider *p, const char *id, bool on, struct error *err);
int fake_machine_export(struct provider *p, const char *id, const struct image_target *target,
			struct error *err);

#endif
