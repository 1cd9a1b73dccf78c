/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether virtual machines can be run by KVM here. That /dev/kvm exists says nothing: the CPU may
 * lack the instructions, and libvirt's QEMU, another user than ours, may not be allowed to open it.
 */
#ifndef PROVIDERS_ACCEL_H
#define PROVIDERS_ACCEL_H

#include "providers/kvm_xml.h"
#include "providers/libvirt.h"

/* Asks once per connection; if false, *out_why says why. Borrowed from p. */
bool accel_kvm_usable(struct libvirt_provider *p, const struct kvm_arch *arch,
		      const char **out_why);
/* libvirt's domain type for what a machine asks for: "kvm" or "qemu"; ERROR_PROVIDER if it cannot be had. Static. */
int accel_choose(struct libvirt_provider *p, const struct machine *m, const struct kvm_arch *arch,
		 const char **out_type, struct error *err);
/* "auto", "kvm" or "tcg". Static. */
const char *accel_name(enum accel accel);
/* Whether /proc/cpuinfo of this host lists the virtualization instructions; true where it does not tell. */
bool accel_cpu_can(const struct kvm_arch *arch);

#endif
