/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual machines on their way into a box: layers over their disks, and copies of them. */
#ifndef PROVIDERS_KVM_LAYER_H
#define PROVIDERS_KVM_LAYER_H

#include "providers/libvirt.h"
#include "providers/tag.h"

/* Behind the slots. */
int kvm_layer(struct provider *p, const char *id, bool on, struct error *err);
int kvm_export(struct provider *p, const char *id, const struct image_target *target,
	       struct error *err);

/* Takes the layer of a machine that is off away, if it has one. */
int kvm_layer_drop(struct libvirt_provider *p, virDomainPtr dom, struct error *err);
/* How many disks a machine has that boxes know of. */
size_t kvm_disk_count(const struct tag *tag);

#endif
